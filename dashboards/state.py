"""What a reader has chosen, and the address that says so.

Only choices that differ from the default stand in the address, so that a shared link is short;
whatever is not on the release's own lists falls back to the default.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode

from dashboards.release import Release

EVERYBODY = "all"


@dataclass(frozen=True)
class State:
    """One view: language, wave, and the group looked at (`variable`=`level`, or everybody)."""

    lang: str
    wave: str
    variable: str = EVERYBODY
    level: str = ""

    @property
    def domain(self) -> str:
        return EVERYBODY if self.variable == EVERYBODY else f"{self.variable}={self.level}"


def default(release: Release) -> State:
    return State(lang=release.languages[0], wave=release.waves()[-1])


def allowed(release: Release, *, lang: object, wave: object, variable: object, level: object):
    """A State made of whatever a request asks for; unknown words become defaults."""
    base = default(release)
    if variable not in release.variables():
        variable, level = EVERYBODY, ""
    elif level not in release.levels(str(variable)):
        level = release.levels(str(variable))[0]
    return State(
        lang=str(lang) if lang in release.languages else base.lang,
        wave=str(wave) if wave in release.waves() else base.wave,
        variable=str(variable),
        level=str(level),
    )


def from_address(release: Release, search: str | None) -> State:
    """The view an address asks for."""
    asked = dict(parse_qsl((search or "").lstrip("?")))
    return allowed(
        release,
        lang=asked.get("lang"),
        wave=asked.get("wave"),
        variable=asked.get("by"),
        level=asked.get("level"),
    )


def to_address(release: Release, state: State) -> str:
    """The query of a view: only what differs from the default."""
    base = default(release)
    parts = {
        "lang": state.lang if state.lang != base.lang else "",
        "wave": state.wave if state.wave != base.wave else "",
        "by": state.variable if state.variable != EVERYBODY else "",
        "level": state.level,
    }
    told = urlencode({name: value for name, value in parts.items() if value})
    return f"?{told}" if told else ""

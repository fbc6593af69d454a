"""Writing a freeze of quality cut-offs into a study's frozen.yml; what one is: cutoffs.py."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import yaml

from survey.errors import UsageError
from survey.instrument.cutoffs import FROZEN, Frozen, changes, frozen_now
from survey.instrument.load import Instrument, load_instrument
from survey.io.atomic import write_text
from survey.project import Project

HEAD = "# Quality cut-offs as frozen, oldest first; written by `perception freeze-quality` only.\n"


@dataclass(frozen=True)
class Done:
    """A freeze that was written.

    Attributes
    ----------
    changed : cut-offs that differ from the freeze before, and how
    begins : first day of fieldwork
    """

    path: Path
    record: Frozen
    changed: tuple[tuple[str, str], ...]
    begins: dt.date

    @property
    def before_fieldwork(self) -> bool:
        return self.record.date < self.begins


def freeze(project: Project, study: str, wave: str, *, date: dt.date, reason: str = "") -> Done:
    """Freeze a wave's cut-offs as they are in its files.

    Raises
    ------
    UsageError
        If the wave was frozen before and there is no reason, no change, or an earlier date; or no
        cut-off is set.
    """
    instrument = load_instrument(project, study)
    before = instrument.frozen.get(wave, ())
    record = frozen_now(instrument, wave, date=date, reason=reason.strip())
    path = project.instrument(study) / FROZEN
    changed = tuple(changes(before[-1].cutoffs, record.cutoffs)) if before else ()
    _require(before, record, changed, wave, project.relative(path))
    _write(path, instrument, wave, (*before, record))
    return Done(path, record, changed, instrument.waves[wave].period.start)


def _require(
    before: tuple[Frozen, ...], record: Frozen, changed: tuple, wave: str, where: str
) -> None:
    if not record.cutoffs:
        raise UsageError(f"no cut-off is set for {wave}", where=where, hint="see docs/quality.md")
    if not before:
        return
    if not changed:
        raise UsageError(f"{wave} is frozen as it is since {before[-1].date}", where=where)
    if not record.reason:
        raise UsageError(
            f"{wave} was frozen on {before[-1].date}",
            where=where,
            expected="--reason, told by every quality report",
        )
    if record.date < before[-1].date:
        raise UsageError(f"{record.date} is before the freeze of {before[-1].date}", where=where)


def _write(path: Path, instrument: Instrument, wave: str, records: tuple[Frozen, ...]) -> None:
    every = {**instrument.frozen, wave: records}
    told = {
        name: [entry.model_dump(exclude_defaults=True) for entry in every[name]]
        for name in sorted(every)
    }
    write_text(path, HEAD + yaml.safe_dump(told, allow_unicode=True, sort_keys=True, width=100))

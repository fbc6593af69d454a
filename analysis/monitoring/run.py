"""The stage that turns scans and notices into estimates; all reading and writing of this room.

Writes per wave under data/clean `intake.csv`, and `apps.parquet` and `rejects.csv` for a file
measured in memory, `app_counts.csv` and `rejects.parquet` for one measured in blocks (how large a
file must be for that is declared in scans.yml); per study `estimates.parquet` and
`comparisons.parquet` under build. Studies of another pipeline are left alone. What is counted, and
how, is decided in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.monitoring import large
from analysis.monitoring.bulk import distinct
from analysis.monitoring.bulkread import lists_as_columns, read_narrow, records_in
from analysis.monitoring.copies import Merged, merge_copies
from analysis.monitoring.estimates import not_made, scan_rows
from analysis.monitoring.groups import measures
from analysis.monitoring.intake import Intake
from analysis.monitoring.published import published_rows, read_published, tolerances
from analysis.monitoring.register import register_rows
from analysis.monitoring.scanned import Scanned
from analysis.monitoring.scans import TOKENS, Scans, read_scans
from analysis.monitoring.shares import band_rows
from analysis.monitoring.terms import Reach
from analysis.results import schema, store
from survey.instrument.load import Instrument, load_instrument
from survey.instrument.monitoring import Monitoring, load_monitoring
from survey.instrument.scanrules import ScanRules, load_rules
from survey.io.source import check_files
from survey.io.tables import write_csv, write_parquet
from survey.progress import Progress
from survey.project import Project

PUBLISHED = "published.csv"


@dataclass(frozen=True)
class Study:
    """One monitoring study with its files, as the steps below take it."""

    project: Project
    instrument: Instrument
    monitoring: Monitoring
    rules: ScanRules

    @property
    def id(self) -> str:
        return self.instrument.study.id

    def raw(self, wave: str, file: str) -> Path:
        return self.project.raw(self.id, wave) / file

    def period(self, wave: str) -> str:
        return self.instrument.waves[wave].period.end.isoformat()

    def levels(self, item: str) -> list[str]:
        scale = self.instrument.scale_of(item)
        return [scale.code(value) for value in scale.values()]


def run(project: Project, studies: Iterable[str], progress: Progress) -> list[Path]:
    """Estimate every monitoring study among `studies`; returns the files written."""
    written: list[Path] = []
    for name in studies:
        instrument = load_instrument(project, name)
        if instrument.study.pipeline != "monitoring":
            continue
        rules = load_rules(project, instrument)
        study = Study(project, instrument, load_monitoring(project, instrument), rules)
        rows, files = estimate(study, progress)
        written += [
            *files,
            store.write_rows(rows, project.estimates(name)),
            store.write_rows(schema.empty(), project.comparisons(name)),
        ]
    return written


def estimate(study: Study, progress: Progress) -> tuple[pd.DataFrame, list[Path]]:
    """Rows of estimates of a study, and the files of its waves written on the way."""
    parts: list[pd.DataFrame] = []
    written: list[Path] = []
    for wave, held in study.instrument.waves.items():
        card = check_files(study.project, study.id, wave, held.raw.file)
        if in_blocks(study, wave, progress):
            rows, files = _large_wave(study, wave, progress)
        else:
            rows, files = _wave(study, wave, progress)
        written += files
        rows["wording_id"] = held.questionnaire + "/" + rows["indicator"]
        parts.append(rows.assign(wave=wave, kind=card.kind, period=study.period(wave)))
        parts += _published_parts(study, wave)
    parts += _register_parts(study)
    rows = pd.concat(parts, ignore_index=True).assign(study=study.id, cov_family="none")
    unit = rows["analysis_unit"] if "analysis_unit" in rows else pd.Series(index=rows.index)
    rows["analysis_unit"] = unit.fillna(study.instrument.study.unit)
    return schema.conform(rows), written


def in_blocks(study: Study, wave: str, progress: Progress) -> bool:
    """Whether a wave's file is measured in blocks; where it is too large and cannot be, says so."""
    rule = study.rules.in_blocks
    if rule is None:
        return False
    held = study.instrument.waves[wave]
    path = study.raw(wave, held.raw.file)
    records = records_in(path)
    if records <= rule.above:
        return False
    if reach(study, wave) == "sampled_stores":
        progress.step(
            f"{study.id} {wave}: {records} records of sampled stores are measured in memory, "
            f"although there are more than {rule.above}"
        )
        return False
    if not lists_as_columns(path, held):
        progress.step(
            f"{study.id} {wave}: {records} records are measured in memory, since a list of names "
            "in the file is no list column"
        )
        return False
    return True


def measure(study: Study, wave: str) -> tuple[Scans, Merged, pd.DataFrame]:
    """Read a wave's scans, merge copies, and map every app to the measures of groups.yml."""
    held = study.instrument.waves[wave]
    path = study.raw(wave, held.raw.file)
    name = study.project.relative(path)
    scans = read_scans(path, held, study.instrument, name=name, rules=study.rules)
    order = study.levels(study.monitoring.mix.item)
    merged = merge_copies(scans.records, category_order=order, rules=study.rules)
    return scans, merged, measures(merged.apps, study.monitoring.grouping)


def reach(study: Study, wave: str) -> Reach:
    """How the apps of a wave were reached, as its files declare it."""
    if wave in study.rules.complete:
        return "complete"
    sampled = study.instrument.waves[wave].design.kind == "probability"
    return "sampled_stores" if sampled else "convenience"


def _wave(study: Study, wave: str, progress: Progress) -> tuple[pd.DataFrame, list[Path]]:
    """A wave measured in memory: its rows, and the files written."""
    scans, merged, flags = measure(study, wave)
    scanned = Scanned(records=scans.records, merged=merged, **_terms(study, wave))
    notes = not_made(scanned)
    counted = scans.rejects["reason"].value_counts()
    rejected = {str(reason): int(n) for reason, n in counted.items()}
    steps = Intake(
        scans.read, rejected, merged.repeated, merged.older, merged.further, len(merged.apps), notes
    )
    files = _write_wave(study, wave, scans, merged, flags, steps)
    _tell(study, wave, steps, progress)
    return scan_rows(scanned), files


def _large_wave(study: Study, wave: str, progress: Progress) -> tuple[pd.DataFrame, list[Path]]:
    """A wave measured in blocks: its rows, and the files written."""
    held = study.instrument.waves[wave]
    path = study.raw(wave, held.raw.file)
    folder = study.project.clean(study.id, wave)
    rejects = folder / "rejects.parquet"
    terms = _terms(study, wave)
    narrow = read_narrow(
        path, held, study.instrument, study.monitoring.grouping, study.rules, rejects=rejects,
        name=study.project.relative(path),
        installs=any(name.endswith("_installs") for name in terms["indicators"]),
    )  # fmt: skip
    read, rejected = narrow.read, narrow.rejected
    records, repeated = distinct(narrow)
    del narrow
    found = large.measure(large.Large(records=records, **terms))
    steps = Intake(read, rejected, repeated, found.older, found.further, found.apps, [])
    files = [
        rejects,
        write_csv(found.counts, folder / "app_counts.csv"),
        write_csv(steps.table(), folder / "intake.csv"),
    ]
    _remove(folder, "apps.parquet", "rejects.csv")
    _tell(study, wave, steps, progress, how=", in blocks")
    return found.rows, files


def _terms(study: Study, wave: str) -> dict[str, Any]:
    """Fields of terms.Terms."""
    instrument = study.instrument
    return {
        "grouping": study.monitoring.grouping,
        "rules": study.rules,
        "domains": {item: study.levels(item) for item in instrument.study.domains},
        "levels": study.levels(study.monitoring.mix.item),
        "indicators": frozenset(entry.id for entry in instrument.study.indicators),
        "conf_level": instrument.policy("conf_level"),
        "min_base": instrument.policy("min_base"),
        "reach": reach(study, wave),
        "source": study.rules.complete.get(wave, ""),
        "lonely": instrument.waves[wave].design.lonely,
    }


def _published_parts(study: Study, wave: str) -> list[pd.DataFrame]:
    """The published levels beside a wave's shares, and the bands that follow from these."""
    instrument, mix = study.instrument, study.monitoring.mix
    path = study.raw(wave, PUBLISHED)
    if not path.exists():
        return []
    table = read_published(path, instrument, name=study.project.relative(path))
    levels = _about_levels(study, table)
    within = tolerances(levels, instrument)
    published = published_rows(table, within)
    measured = published["indicator"].isin(list(study.monitoring.grouping.measures))
    frame = measured.map({True: "monitoring", False: "notices"})
    bands = band_rows(
        levels,
        variable=mix.item,
        weights=mix.weights(study.levels(mix.item)),
        tolerance=within,
        spread=instrument.policy("category_spread"),
    )
    parts = [
        published.assign(kind="published", frame=frame),
        bands.assign(wave=wave, kind="simulated", frame="model"),
    ]
    return [part.assign(period=study.period(wave)) for part in parts]


def _about_levels(study: Study, table: pd.DataFrame) -> dict[str, float]:
    """Published overall level of each measure that was published as "about"."""
    overall = table[table["domain"].eq("all") & table["category"].eq("")]
    found = dict(zip(overall["indicator"], overall["estimate"], strict=True))
    measured = study.monitoring.grouping.measures
    return {key: found[key] for key, measure in measured.items() if measure.about and key in found}


def _register_parts(study: Study) -> list[pd.DataFrame]:
    """Everything the register gives, from the latest wave that has one."""
    register = study.monitoring.register
    holders = [w for w in study.instrument.waves if study.raw(w, register.file).exists()]
    if not holders:
        return []
    wave = holders[-1]
    needed = [file for file in (register.file, register.readings_file) if file]
    check_files(study.project, study.id, wave, *needed)
    folder = study.raw(wave, register.file).parent
    rows = register_rows(
        folder,
        register,
        wave=wave,
        until=study.period(wave),
        level=study.instrument.policy("conf_level"),
        name=study.project.relative(folder),
    )
    return [rows]


def _write_wave(
    study: Study, wave: str, scans: Scans, merged: Merged, flags: pd.DataFrame, steps: Intake
) -> list[Path]:
    folder = study.project.clean(study.id, wave)
    apps = pd.concat([merged.apps, flags], axis=1)
    for field in TOKENS:
        apps[field] = apps[field].str.join(";")
    if "scan_date" in apps:
        apps["scan_date"] = apps["scan_date"].dt.strftime("%Y-%m-%d")
    files = [
        write_parquet(apps, folder / "apps.parquet"),
        write_csv(scans.rejects, folder / "rejects.csv"),
        write_csv(steps.table(), folder / "intake.csv"),
    ]
    _remove(folder, "app_counts.csv", "rejects.parquet")
    return files


def _remove(folder: Path, *names: str) -> None:
    """Files that the other way of measuring left; they would describe another run."""
    for name in names:
        (folder / name).unlink(missing_ok=True)


def _tell(study: Study, wave: str, steps: Intake, progress: Progress, how: str = "") -> None:
    progress.step(f"{study.id} {wave}: {steps.read} records, {steps.apps} apps{how}")
    for note in steps.notes:
        progress.step(f"{study.id} {wave}: not made: {note}")

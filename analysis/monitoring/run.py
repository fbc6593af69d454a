"""The stage that turns scans and notices into estimates; all reading and writing of this room.

Writes per wave `apps.parquet`, `rejects.csv` and `intake.csv` under data/clean, and per study
`estimates.parquet` and `comparisons.parquet` under build. Studies of another pipeline are left
alone. What is counted, and how, is decided in the modules beside this one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.monitoring.copies import Merged, merge_copies
from analysis.monitoring.estimates import Reach, Scanned, scan_rows
from analysis.monitoring.groups import measures
from analysis.monitoring.published import published_rows, read_published, tolerances
from analysis.monitoring.register import register_rows
from analysis.monitoring.scans import TOKENS, Scans, read_scans
from analysis.monitoring.shares import band_rows
from analysis.results import schema, store
from survey.instrument.load import Instrument, load_instrument
from survey.instrument.monitoring import Monitoring, load_monitoring
from survey.instrument.scanrules import ScanRules, load_rules
from survey.io.source import Source, check_files
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
    for wave in study.instrument.waves:
        raw_file = study.instrument.waves[wave].raw.file
        card = check_files(study.project, study.id, wave, raw_file)
        scans, merged, flags = measure(study, wave)
        written += _write_wave(study, wave, scans, merged, flags)
        progress.step(f"{study.id} {wave}: {scans.read} records, {len(merged.apps)} apps")
        parts += _scan_parts(study, wave, card, scans, merged)
    parts += _register_parts(study)
    rows = pd.concat(parts, ignore_index=True).assign(study=study.id, cov_family="none")
    unit = rows["analysis_unit"] if "analysis_unit" in rows else pd.Series(index=rows.index)
    rows["analysis_unit"] = unit.fillna(study.instrument.study.unit)
    return schema.conform(rows), written


def measure(study: Study, wave: str) -> tuple[Scans, Merged, pd.DataFrame]:
    """Read a wave's scans, merge copies, and map every app to the measures of groups.yml."""
    path = study.raw(wave, study.instrument.waves[wave].raw.file)
    name = study.project.relative(path)
    held = study.instrument.waves[wave]
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


def _scan_parts(
    study: Study, wave: str, card: Source, scans: Scans, merged: Merged
) -> list[pd.DataFrame]:
    """Shares of apps, the published levels beside them, and the bands that follow from these."""
    instrument, mix = study.instrument, study.monitoring.mix
    held = instrument.waves[wave]
    rows = scan_rows(
        Scanned(
            records=scans.records,
            merged=merged,
            grouping=study.monitoring.grouping,
            rules=study.rules,
            domains={item: study.levels(item) for item in instrument.study.domains},
            levels=study.levels(mix.item),
            indicators=frozenset(entry.id for entry in instrument.study.indicators),
            conf_level=instrument.policy("conf_level"),
            min_base=instrument.policy("min_base"),
            reach=reach(study, wave),
            source=study.rules.complete.get(wave, ""),
            lonely=held.design.lonely,
        )
    )
    rows["wording_id"] = held.questionnaire + "/" + rows["indicator"]
    parts = [rows.assign(wave=wave, kind=card.kind)]
    path = study.raw(wave, PUBLISHED)
    if path.exists():
        table = read_published(path, instrument, name=study.project.relative(path))
        levels = _about_levels(study, table)
        within = tolerances(levels, instrument)
        published = published_rows(table, within)
        measured = published["indicator"].isin(list(study.monitoring.grouping.measures))
        frame = measured.map({True: "monitoring", False: "notices"})
        parts.append(published.assign(kind="published", frame=frame))
        bands = band_rows(
            levels,
            variable=mix.item,
            weights=mix.weights(study.levels(mix.item)),
            tolerance=within,
            spread=instrument.policy("category_spread"),
        )
        parts.append(bands.assign(wave=wave, kind="simulated", frame="model"))
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
    study: Study, wave: str, scans: Scans, merged: Merged, flags: pd.DataFrame
) -> list[Path]:
    folder = study.project.clean(study.id, wave)
    apps = pd.concat([merged.apps, flags], axis=1)
    for field in TOKENS:
        apps[field] = apps[field].str.join(";")
    if "scan_date" in apps:
        apps["scan_date"] = apps["scan_date"].dt.strftime("%Y-%m-%d")
    return [
        write_parquet(apps, folder / "apps.parquet"),
        write_csv(scans.rejects, folder / "rejects.csv"),
        write_csv(intake(scans, merged), folder / "intake.csv"),
    ]


def intake(scans: Scans, merged: Merged) -> pd.DataFrame:
    """Where every record went: columns `step`, `records`; all but `read` add up to `read`."""
    rejected = scans.rejects["reason"].value_counts().sort_index()
    steps = [("read", scans.read)]
    steps += [(f"rejected: {reason}", int(count)) for reason, count in rejected.items()]
    steps += [("repeated in every field", merged.repeated), ("older version", merged.older)]
    steps += [("further store or day of the newest version", merged.further)]
    steps += [("apps", len(merged.apps))]
    return pd.DataFrame(steps, columns=["step", "records"])

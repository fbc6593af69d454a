"""Hands a wave to R: its clean responses, targets and design, as pipeline_score.R reads them.

    python -m tests.golden.export_wave security_perception 2018H1 /tmp/wave
    Rscript tests/golden/pipeline_score.R /tmp/wave/config.json /tmp/wave/r.json
    python -m tests.golden.export_wave security_perception 2018H1 --against /tmp/wave/r.json

The last line holds `build/<study>/estimates.parquet` against what R computed and ends with 1 if
anything is further off than 1e-8 (estimates) or 1e-6 (standard errors), relatively.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from survey.instrument.load import Instrument, load_instrument
from survey.io.tables import read_parquet
from survey.project import Project

LIMITS = {"estimate": 1e-8, "se": 1e-6, "df": 0, "n": 0, "weighted_n": 1e-8, "deff": 1e-6}
LIMITS |= {"ci_low": 1e-6, "ci_high": 1e-6}


def export_wave(project: Project, study: str, wave: str, folder: Path) -> Path:
    """Write responses.csv, targets.csv and config.json; the path of the last."""
    instrument = load_instrument(project, study)
    folder.mkdir(parents=True, exist_ok=True)
    responses = read_parquet(project.clean(study, wave) / "responses.parquet")
    responses.to_csv(folder / "responses.csv", index=False, lineterminator="\n")
    targets = pd.DataFrame([target.model_dump() for target in instrument.targets[wave]])
    targets.to_csv(folder / "targets.csv", index=False, lineterminator="\n")
    config = folder / "config.json"
    told = wave_config(instrument, wave, responses="responses.csv", targets="targets.csv")
    config.write_text(json.dumps(told, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return config


def wave_config(instrument: Instrument, wave: str, *, responses: str, targets: str) -> dict:
    """Everything about a wave that R needs beside its answers."""
    plan, design = instrument.waves[wave].calibrate, instrument.waves[wave].design
    study = instrument.study
    margin_items = sorted({item for t in instrument.targets[wave] for item in t.items.split(":")})
    domains = [[name] for name in study.domains] + [list(pair) for pair in study.crossed_domains]
    coded = sorted({*margin_items, *(name for names in domains for name in names)})
    return {
        "study": study.id,
        "wave": wave,
        "responses": responses,
        "targets": targets,
        "strata": design.strata,
        "psu": design.psu or "",
        "base_weight": design.base_weight or "",
        "lonely": design.lonely,
        "margins": plan.margins if plan else [],
        "bounds": plan.bounds if plan and plan.bounds else [],
        "trim": plan.trim.model_dump(exclude_none=True) if plan and plan.trim else {},
        "outside_margin": plan.outside_margin if plan else {},
        "codes": {item: _codes(instrument, item) for item in coded},
        "domains": domains,
        "levels": {
            name: [scale.code(value) for value in scale.values()]
            for name in sorted({name for names in domains for name in names})
            for scale in [instrument.scale_of(name)]
        },
        "quantities": [q for i in study.indicators for q in _quantities(instrument, i)],
    }


def differences(rows: pd.DataFrame, golden: list[dict], limits=LIMITS) -> list[str]:
    """Where rows are further from R's than the limits allow; suppressed rows are passed over."""
    key = ["indicator", "statistic", "category", "domain", "base_kind"]
    found = rows[rows["kind"] != "published"].set_index(key)
    told = []
    for reference in golden:
        place = tuple(reference[name] for name in key)
        if place not in found.index:
            told.append(f"{place} is not among the estimates")
            continue
        row = found.loc[place]
        if row["quality"] == "suppressed":
            continue
        for column, limit in limits.items():
            want = reference.get(column)
            if want is None or isinstance(want, str):
                continue
            if not abs(row[column] - want) <= limit * max(abs(want), 1e-12) + 1e-12:
                told.append(f"{place} {column}: {row[column]!r}, R has {want!r}")
    return told


def _codes(instrument: Instrument, item: str) -> dict[str, str]:
    scale = instrument.scale_of(item)
    return {str(value): scale.code(value) for value in scale.values()} | {
        str(code): kind for code, kind in scale.missing.items()
    }


def _quantities(instrument: Instrument, indicator) -> list[dict]:
    item, scale = instrument.items[indicator.item], instrument.scale_of(indicator.item)
    values = scale.values()
    groups = {name: scale.groups[name] for name in indicator.groups} or {
        scale.code(value): [value] for value in values
    }
    common = {
        "indicator": indicator.id,
        "item": item.id,
        "multiple": item.kind == "multiple",
        "base_kind": indicator.base,
        "missing": list(scale.missing),
        "not_asked": [code for code, kind in scale.missing.items() if kind == "not_asked"],
        "exclusive": item.exclusive,
        "score": [min(values), max(values)] if indicator.as_score10 else [],
        "names": list(groups),
        "codes": list(groups.values()),
    }
    return [common | {"statistic": statistic} for statistic in indicator.statistic]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("study")
    parser.add_argument("wave")
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--against", type=Path)
    options = parser.parse_args(arguments)
    project = Project.find()
    if options.against is None:
        print(export_wave(project, options.study, options.wave, options.folder))
        return 0
    rows = pd.read_parquet(project.estimates(options.study))
    golden = json.loads(options.against.read_text(encoding="utf-8"))["rows"]
    told = differences(rows[rows["wave"] == options.wave], golden)
    print("\n".join(told) or f"{len(golden)} rows agree with R")
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())

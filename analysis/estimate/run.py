"""The estimates stage: all waves of a study to estimates, comparisons and variance factors.

Input and output, and which waves are linked by their respondents (overlap.py); what is estimated
is decided in plan.py, how in variance.py, what is compared in analysis/compare.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.compare.change import matched
from analysis.compare.covariances import old_columns
from analysis.compare.pairs import wave_pairs
from analysis.compare.run import compare
from analysis.compare.standing import marked
from analysis.estimate.overlap import pairs_of_respondents
from analysis.estimate.published import published_rows
from analysis.estimate.wave import WaveEstimates, estimate_wave
from analysis.results.covariance import (
    BETWEEN,
    NO_FAMILY,
    Factors,
    Shared,
    row_keys,
    write_between,
    write_factors,
)
from analysis.results.schema import conform
from analysis.results.store import write_rows
from survey.clean.run import IMPUTED
from survey.instrument.load import Instrument, load_instrument
from survey.io.atomic import sha256
from survey.io.source import read_source
from survey.io.tables import read_parquet
from survey.privacy.linking import require_one_key
from survey.progress import Progress
from survey.project import Project
from survey.weights.record import read_record


def run(project: Project, studies: Sequence[str], progress: Progress) -> list[Path]:
    """Estimate every wave of the studies; the files written.

    Raises
    ------
    EstimateError
        If a plan, a design or a table is at fault.
    DataError
        If an earlier stage has not been run, or a published number is at fault.
    """
    written: list[Path] = []
    for study in studies:
        instrument = load_instrument(project, study)
        if instrument.study.pipeline != "survey":
            continue
        parts: list[pd.DataFrame] = []
        pairs = [pair for pair in wave_pairs(instrument) if pair.overlap == "respondent"]
        linked = {wave for pair in pairs for wave in (pair.new, pair.old)}
        for pair in pairs:
            require_one_key(project, study, (pair.old, pair.new))
        factors = Factors({}, {})
        kept: dict[str, WaveEstimates] = {}
        for wave in instrument.waves:
            done = _estimate(project, instrument, wave, linked=wave in linked)
            progress.step(f"{study} {wave}: {len(done.rows):,} estimates")
            parts.append(done.rows)
            factors = _with(factors, done)
            if wave in linked:
                kept[wave] = done
        between = [between_waves(kept[pair.new], kept[pair.old]) for pair in pairs]
        factors = replace(factors, between={k: v for part in between for k, v in part.items()})
        parts.append(published_rows(project, instrument))
        rows = conform(pd.concat([part for part in parts if len(part)], ignore_index=True))
        rows = marked(rows, instrument)
        comparisons = compare(rows, factors, instrument)
        progress.step(f"{study}: {len(comparisons):,} comparisons")
        written += [
            write_rows(rows, project.estimates(study)),
            write_rows(comparisons, project.comparisons(study)),
            write_factors(factors, project.build(study) / "factors.parquet"),
        ]
        beside = project.build(study) / BETWEEN
        if factors.between:
            written.append(write_between(factors, beside))
        else:
            beside.unlink(missing_ok=True)
    return written


def between_waves(new: WaveEstimates, old: WaveEstimates) -> dict[tuple[str, str], Shared]:
    """Covariance of every pair of rows that two waves with shared respondents have alike."""
    assert new.linked is not None
    assert old.linked is not None
    sides = [conform(done.rows).assign(place=np.arange(len(done.rows))) for done in (new, old)]
    pair = matched(*(side[side["cov_family"] != NO_FAMILY] for side in sides))
    ours, theirs = (pair[name].to_numpy() for name in ("place", "place_old"))
    covariance, degrees = pairs_of_respondents(
        replace(new.linked, values=new.linked.values[:, ours]),
        replace(old.linked, values=old.linked.values[:, theirs]),
    )
    keys = zip(row_keys(pair), row_keys(old_columns(pair)), strict=True)
    return {k: Shared(float(c), degrees) for k, c in zip(keys, covariance, strict=True)}


def _estimate(
    project: Project, instrument: Instrument, wave: str, *, linked: bool
) -> WaveEstimates:
    instrument = instrument.at(wave)
    folder = project.clean(instrument.study.id, wave)
    files = [folder / name for name in ("responses.parquet", "weights.parquet")]
    record = folder / "calibration.json"
    imputed = folder / IMPUTED
    more = [imputed] if imputed.exists() else []
    return estimate_wave(
        read_parquet(files[0]),
        read_parquet(files[1]),
        read_record(record),
        instrument,
        wave,
        kind=read_source(project, instrument.study.id, wave).kind,
        run_id=_run_id(instrument, [*files, record, *more]),
        linked=linked,
        imputed=read_parquet(imputed) if more else None,
    )


def _run_id(instrument: Instrument, files: Sequence[Path]) -> str:
    """Twelve hex digits of everything that went into a wave's rows."""
    told = [sha256(path) for path in files]
    told.append(instrument.study.model_dump_json())
    if instrument.imputation is not None:
        told.append(instrument.imputation.model_dump_json())
    for part in (instrument.methods, instrument.items, instrument.scales):
        told += [f"{name}:{part[name].model_dump_json()}" for name in sorted(part)]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()[:12]


def _with(factors: Factors, done: WaveEstimates) -> Factors:
    return Factors(
        {**factors.vectors, **done.factors},
        {**factors.families, **done.families},
        {**factors.units, **done.units},
    )

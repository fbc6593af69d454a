"""The report of the simulation: docs/simulation.md, its picture, and every row as a table.

Numbers come from the measurements of run.py; the words about failures stand in reasons.py. No
estimate is made here.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from tests.simulation import harness, measures
from tests.simulation.cells import Cell, cells
from tests.simulation.defects import DEFECTS
from tests.simulation.harness import Samples, judged, summary
from tests.simulation.picture import picture
from tests.simulation.populations import FOLDER, ICC, SHARES, icc, load
from tests.simulation.reasons import REASONS, TEXT, Reason
from tests.simulation.samples import SEED

MEASURED = FOLDER / "results.csv"
ENOUGH = 5_000  # samples from which on coverage is judged without Monte Carlo slack
DIGITS = 6


def write(wanted: list[str], kept: Path, out: Path, *, samples: int) -> int:
    """Write the report of the cells that were measured; 0 if all is as it should be."""
    slack = 0.0 if samples >= ENOUGH else 3.0
    found = {name: read(kept / f"{name}.npz") for name in wanted if name not in DEFECTS}
    _require_whole(found, samples)
    rows = pd.concat(
        [judged(summary(cells()[name], one), slack=slack) for name, (one, _) in found.items()],
        ignore_index=True,
    )
    planted = {name: _defect(name, kept) for name in wanted if name in DEFECTS}
    records = [record for _, record in found.values()]
    whole = not (set(cells()) | set(DEFECTS)) - set(wanted) and samples >= ENOUGH
    unexplained = [row for row in _failures(rows) if _reason(row) is None]
    passed_defects = [name for name, table in planted.items() if table["ok"].all()]
    if whole:
        rows.round(DIGITS).to_csv(MEASURED, index=False, float_format=f"%.{DIGITS}g")
        (out.parent / "images" / "simulation.svg").write_text(picture(rows))
    out.write_text(_document(rows, planted, records, samples))
    for row in unexplained:
        print(f"fails: {row['cell']}, {row['statistic']} ({row['interval']}): {_told(row)}")
    for name in passed_defects:
        print(f"the harness did not notice: {name}")
    return int(bool(unexplained or passed_defects))


def read(path: Path) -> tuple[Samples, dict]:
    """Measurements of a cell, and what is known of the run."""
    with np.load(path) as file:
        record = json.loads(str(file["record"]))
        arrays = [file[key] for key in ("value", "se", "df", "low", "high")]
    kinds = tuple((name, kind) for name, kind in record["kinds"])
    return Samples(tuple(record["names"]), kinds, *arrays), record


def _require_whole(found: dict[str, tuple[Samples, dict]], samples: int) -> None:
    """Every cell has the samples the report speaks of."""
    short = {name: len(one.value) for name, (one, _) in found.items() if len(one.value) != samples}
    if short:
        raise ValueError(f"cells were not measured with {samples} samples: {short}")


def _defect(name: str, kept: Path) -> pd.DataFrame:
    """Judged rows of a defect; coverage gets the slack of its fewer samples."""
    one, _ = read(kept / f"{name}.npz")
    table = judged(summary(cells()[DEFECTS[name].cell], one), slack=harness.ERRORS)
    return table[table["judged"]]


def _failures(rows: pd.DataFrame) -> list[pd.Series]:
    return [row for _, row in rows[rows["judged"] & ~rows["ok"]].iterrows()]


def _reason(row: pd.Series) -> Reason | None:
    return next((reason for reason in REASONS if reason.covers(row)), None)


def _document(rows, planted, records, samples: int) -> str:
    parts = [
        TEXT["head"],
        _verdicts(rows, planted),
        TEXT["populations"].format(seed=SEED),
        _populations(),
        TEXT["cells"].format(samples=samples),
        _cells_table(rows),
        "## Shares\n",
        TEXT["shares"],
        _wide(rows, "design", ("share .25", "share .5", "share .25 of domain")),
        "### Rare shares: which interval holds\n",
        TEXT["rare"],
        _rare(rows),
        "## Means, totals and ratios\n",
        TEXT["means"],
        _wide(rows, "design", ("mean", "ratio", "total", "mean of domain", "total of domain")),
        "## Quantiles of a discrete score\n",
        TEXT["quantiles"],
        _quantiles(rows),
        "## Raked weights\n",
        TEXT["raked"],
        _wide(rows, "raked", (*measures.SHARES, *measures.MEANS, *measures.TOTALS)),
        "## Trimmed weights\n",
        TEXT["trimmed"].format(upper=measures.TRIM_UPPER),
        _wide(rows, "raked", tuple(
            f"{name}, trimmed" for name in (*measures.SHARES, *measures.MEANS, *measures.TOTALS)
        )),
        "## Changes between overlapping waves\n",
        TEXT["overlap"],
        _wide(rows, "overlap", tuple(measures.CHANGES)),
        "## Dropout related to the score\n",
        TEXT["attrition"],
        _attrition(rows),
        "## Planted defects\n",
        TEXT["defects"],
        _planted(planted),
        "## What fails, and why\n",
        _failed(rows),
        "## The run\n",
        _run(records, samples),
    ]  # fmt: skip
    return "\n".join(part.strip("\n") + "\n" for part in parts if part.strip())


def _verdicts(rows: pd.DataFrame, planted) -> str:
    counted = rows[rows["judged"]]
    kind = counted["cell"].map(lambda name: cells()[name].kind)
    trimmed = counted["statistic"].str.endswith(", trimmed")
    quantile = counted["statistic"].str.startswith("quantile")
    attrition = counted["statistic"].str.startswith("second wave, ")
    few = counted["df"] < harness.MANY_DF
    with_coverage = ~trimmed & ~attrition & ~quantile
    lines = [
        ("coverage 94-96 %, df of 30 and more", with_coverage & ~few, "coverage_ok"),
        ("coverage 92.5-97 %, fewer df", with_coverage & few, "coverage_ok"),
        ("coverage of discrete quantiles at least 94 %", quantile, "coverage_ok"),
        ("variance ratio 0.95-1.05", ~trimmed & ~attrition & ~quantile, "ratio_ok"),
        ("variance ratio 0.9-1.1, trimmed weights", trimmed, "ratio_ok"),
        ("at most 25 % of the bias left after attrition weights",
         attrition & (counted["statistic"] == "second wave, adjusted"), "bias_ok"),
    ]  # fmt: skip
    table = [(told, counted.loc[here, ok].sum(), int(here.sum())) for told, here, ok in lines]
    noticed = sum(not one["ok"].all() for one in planted.values())
    table.append(("planted defects that fail", noticed, len(planted)))
    assert len(kind) == len(counted)
    return _table(
        ("What is judged", "holds", "of"), [(told, int(good), n) for told, good, n in table if n]
    )


def _populations() -> str:
    lines = []
    for name, target in ICC.items():
        one = load(name)
        small = _small(name)
        for key, told in (
            *((k, f"share {v:g}") for k, v in SHARES.items()),
            ("score", "score 0-10"),
        ):
            y = one.columns[key].astype(float)
            inside = small.members
            unweighted = np.average(y, weights=one.columns["size"])
            lines.append((
                f"{target:g}", told, f"{y.mean():.4f}", f"{icc(y, one.psu, one.region):.3f}",
                f"{y[inside].mean():.4f}", f"{icc(y[inside], one.psu[inside], one.region):.3f}",
                f"{unweighted / y.mean() - 1:+.1%}",
            ))  # fmt: skip
    head = ("correlation", "answer", "true value", "measured correlation", "small country: value",
            "its correlation", "error of unweighted estimates")  # fmt: skip
    return _table(head, lines)


def _small(name: str):
    return next(
        c.universe
        for c in cells().values()
        if c.population == name and c.plan.fraction != 0.01 and c.plan.psus == 10
    )


def _cells_table(rows: pd.DataFrame) -> str:
    lines = []
    for name in rows["cell"].unique():
        cell = cells()[name]
        plan, universe = cell.plan, cell.universe
        psus = universe.psus.shape[0] * plan.psus
        lines.append((
            name, cell.kind, len(universe.psus), psus, psus * plan.take, psus - len(universe.psus),
            len(universe.members),
        ))  # fmt: skip
    head = ("cell", "kind", "strata", "PSUs", "people", "df", "population")
    return _table(head, lines)


def _wide(rows: pd.DataFrame, kind: str, statistics: Iterable[str]) -> str:
    """Cells by statistics: coverage and variance ratio with their Monte Carlo errors."""
    here = rows[rows["judged"] & rows["cell"].map(lambda name: cells()[name].kind == kind)]
    lines = []
    for name in here["cell"].unique():
        one = here[here["cell"] == name].set_index("statistic")
        lines.append((_short(cells()[name]), *(_cellwise(one, s) for s in statistics)))
    return _table(("cell", *statistics), lines) if lines else ""


def _cellwise(one: pd.DataFrame, statistic: str) -> str:
    if statistic not in one.index:
        return ""
    row = one.loc[statistic]
    mark = "" if row["ok"] else " **fails**"
    return f"{_coverage(row)}; {row['ratio']:.3f} ± {row['ratio_error']:.3f}{mark}"


def _coverage(row: pd.Series) -> str:
    return f"{100 * row['coverage']:.1f} ± {100 * row['coverage_error']:.1f}"


def _rare(rows: pd.DataFrame) -> str:
    here = rows[(rows["statistic"] == "share .02") & ~rows["interval"].isin(["mean"])]
    lines = []
    for name in here["cell"].unique():
        one = here[here["cell"] == name].set_index("interval")
        row = one.loc["logit"]
        true, plan = row["truth"], cells()[name].plan
        n = len(cells()[name].universe.psus) * plan.psus * plan.take
        effective = true**2 * (1 - true) / row["sd"] ** 2
        kind = one.index[one["judged"]][0]
        marks = [
            f"**{_coverage(one.loc[k])}**" if k == kind else _coverage(one.loc[k])
            for k in ("logit", "beta", "wilson")
        ]
        lines.append((
            name, f"{row['df']:.0f}", f"{n * true:.1f}", f"{effective:.1f}", *marks,
            f"{row['ratio']:.3f} ± {row['ratio_error']:.3f}",
            "holds" if one.loc[kind, "ok"] else "**fails**",
        ))  # fmt: skip
    head = ("cell", "df", "expected count", "effective count", "logit", "beta (Korn-Graubard)",
            "Wilson", "variance ratio", "the judged one")  # fmt: skip
    return _table(head, lines)


def _quantiles(rows: pd.DataFrame) -> str:
    here = rows[rows["statistic"].str.startswith("quantile")]
    lines = []
    for name in here["cell"].unique():
        for statistic in here["statistic"].unique():
            one = here[(here["cell"] == name) & (here["statistic"] == statistic)]
            one = one.set_index("interval")
            if one.empty:
                continue
            kind = one.index[one["judged"]][0]
            cellwise = [
                _coverage(one.loc[k]) if k in one.index else "not offered"
                for k in ("score", "mean")
            ]
            lines.append((name, statistic.removeprefix("quantile "), f"{one['truth'].iloc[0]:g}",
                          *cellwise, "holds" if one.loc[kind, "ok"] else "**fails**"))  # fmt: skip
    head = (
        "cell",
        "order",
        "true value",
        "test inverted (score)",
        "Woodruff as in R (mean)",
        "the judged one",
    )
    return _table(head, lines)


def _attrition(rows: pd.DataFrame) -> str:
    here = rows[rows["statistic"].str.startswith("second wave, ")]
    lines = []
    for name in here["cell"].unique():
        one = here[here["cell"] == name].set_index("statistic")
        before, after = one.loc["second wave, unadjusted"], one.loc["second wave, adjusted"]
        lines.append((
            name,
            *(f"{row['bias']:+.4f} ± {row['bias_error']:.4f}" for row in (before, after)),
            f"{after['bias_left']:.1%}", *(_coverage(row) for row in (before, after)),
            f"{after['ratio']:.3f} ± {after['ratio_error']:.3f}",
            "holds" if after["bias_ok"] else "**fails**",
        ))  # fmt: skip
    head = ("cell", "bias unadjusted", "bias adjusted", "left", "coverage unadjusted",
            "coverage adjusted", "variance ratio", "verdict")  # fmt: skip
    return _table(head, lines) if lines else ""


def _planted(planted: dict[str, pd.DataFrame]) -> str:
    lines = []
    for name, table in planted.items():
        failed = table[~table["ok"]]
        worst = failed.loc[(failed["ratio"] - 1).abs().nlargest(3).index] if len(failed) else failed
        told = "; ".join(f"{row['statistic']}: {_told(row)}" for _, row in worst.iterrows())
        lines.append((
            name, DEFECTS[name].told.rstrip("."), DEFECTS[name].cell,
            f"{len(failed)} of {len(table)}", told or "**nothing: not noticed**",
        ))  # fmt: skip
    return _table(("defect", "what is wrong", "cell", "statistics that fail", "the worst"), lines)


def _failed(rows: pd.DataFrame) -> str:
    """Failures under the reason they have."""
    by_reason: dict[str, list[tuple]] = {}
    for row in _failures(rows):
        reason = _reason(row)
        told = reason.told if reason else "**Not explained.**"
        line = (row["cell"], row["statistic"], row["interval"], _told(row))
        by_reason.setdefault(told, []).append(line)
    if not by_reason:
        return "Nothing that is judged fails.\n"
    head = ("cell", "statistic", "interval", "measured")
    return "\n".join(f"{told}\n\n{_table(head, lines)}" for told, lines in by_reason.items())


def _told(row: pd.Series) -> str:
    parts = []
    if not row["coverage_ok"]:
        parts.append(f"coverage {_coverage(row)} %")
    if not row["ratio_ok"]:
        parts.append(f"variance ratio {row['ratio']:.3f} ± {row['ratio_error']:.3f}")
    if not row["bias_ok"]:
        parts.append(f"{row['bias_left']:.0%} of the bias left")
    return ", ".join(parts) or "holds"


def _run(records: list[dict], samples: int) -> str:
    seconds = sum(record["seconds"] for record in records)
    versions = ", ".join(f"{name} {told}" for name, told in records[0]["versions"].items())
    return (
        f"{samples:,} samples in each of {len(records)} cells; {seconds / 60:.0f} minutes of "
        f"processor time; seed {SEED}. {versions}. Defects: {TEXT['defect samples']}.\n"
    )


def _short(cell: Cell) -> str:
    return cell.name.removeprefix("raked, ").removeprefix("overlap, ")


def _table(head: Iterable, lines: Iterable[Iterable]) -> str:
    written = ["| " + " | ".join(str(cell) for cell in line) + " |" for line in lines]
    names = [str(name) for name in head]
    rule = "|" + "|".join("---" for _ in names) + "|"
    return "\n".join(["| " + " | ".join(names) + " |", rule, *written]) + "\n"

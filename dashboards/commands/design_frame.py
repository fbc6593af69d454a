"""``perception design allocate`` and ``draw``: from a frame to sizes, from a frame to a sample.

Words and help are in design_options.py; what is computed stands in survey/planning.
"""

from __future__ import annotations

import argparse
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from survey.errors import DataError, UsageError, collect

if TYPE_CHECKING:
    from survey.planning.frame import Frame


def allocate(options: argparse.Namespace) -> None:
    """Split a sample over the strata of a frame; print it, and write it if asked."""
    from survey.io.atomic import write_text
    from survey.planning.frame import csv_text, read_frame

    frame = read_frame(options.frame)
    labels = frame.texts(options.stratum)
    _require_single(labels, frame, options.stratum)
    order = np.argsort(np.array(labels), kind="stable")  # ties do not depend on the order of rows
    columns = {
        name: _column(frame, getattr(options, name), order)
        for name in ("population", "sd", "cost", "mean")
    }
    provinces = None
    if options.province:
        cells = frame.texts(options.province)
        provinces = [cells[row] for row in order]
    n = _split(options, columns, provinces)
    names = [labels[row] for row in order]
    if options.out is not None:
        sizes = dict(zip(names, n.tolist(), strict=True))
        rows = [(label, sizes[label]) for label in labels]
        write_text(options.out, csv_text(("stratum", "n"), rows))
    _print_allocation(names, n, columns, options.deff)
    if columns["sd"] is not None:
        _print_precision(provinces, n, columns, options)


def draw(options: argparse.Namespace) -> None:
    """Draw units of a frame; write the sample and, beside it, the record of the draw."""
    from survey.planning.draw_record import Columns, write_draw
    from survey.planning.frame import read_frame, read_sizes
    from survey.planning.pps import draw_pps

    if options.out.resolve() == options.frame.resolve():
        raise UsageError("--out would replace the frame", where=str(options.out))
    frame = read_frame(options.frame)
    columns = Columns(
        options.unit or next(iter(frame.columns)),
        options.measure,
        _names(options.strata),
        _names(options.order),
    )
    labels = columns.labels(frame)
    drawn = draw_pps(
        frame.texts(columns.unit),
        frame.numbers(columns.measure),
        options.size if options.sizes is None else read_sizes(options.sizes),
        options.seed,
        strata=labels,
        order=[frame.keys(name) for name in columns.order],
    )
    record = write_draw(frame, drawn, columns, options.out)
    _print_draw(drawn, Counter(labels))
    print(f"written: {options.out}, {record.name}")


def _column(frame: Frame, given: str | None, order: np.ndarray) -> np.ndarray | None:
    """A column in the order of strata, or one number for all of them."""
    if given is None:
        return None
    if given not in frame.columns:
        try:
            return np.full(frame.size, float(given))
        except ValueError:
            pass
    return frame.numbers(given)[order]


def _split(options: argparse.Namespace, columns: dict, provinces: list[str] | None) -> np.ndarray:
    """Numbers of the strata by the method asked for."""
    from survey.planning import allocation

    _require_options(options, columns, provinces)
    population, sd, cost = columns["population"], columns["sd"], columns["cost"]
    if options.method == "precision":
        return _precise(options, columns, provinces or [])
    if options.method == "neyman":
        return allocation.neyman(options.size, population, sd, least=options.least)
    if options.method == "optimal":
        return allocation.optimal(
            population, sd, cost, n=options.size, budget=options.budget, least=options.least
        )
    if options.method == "power":
        cv = sd / np.abs(columns["mean"])
        return allocation.power_allocation(
            options.size, population, cv, population, exponent=options.exponent, least=options.least
        )
    return allocation.proportional(options.size, population, least=options.least)


def _require_options(
    options: argparse.Namespace, columns: dict, provinces: list[str] | None
) -> None:
    """Every option that the method lacks, named at once."""
    needed = {
        "proportional": (),
        "neyman": ("sd",),
        "optimal": ("sd", "cost"),
        "power": ("sd", "mean"),
        "precision": ("sd",),
    }[options.method]
    with collect(UsageError) as faults:
        if not options.deff > 0:
            faults.add(f"--deff is {options.deff:g}", expected="over 0")
        if options.least < 1:
            faults.add(f"--least is {options.least}", expected="at least 1")
        for name in needed:
            if columns[name] is None:
                faults.add(f"--{name} is missing for the method {options.method}")
        if options.method == "precision":
            if options.half_width is None and options.cv is None:
                faults.add("--half-width or --cv is missing for the method precision")
            cvs = options.cv is not None or options.national_cv is not None
            if cvs and columns["mean"] is None:
                faults.add("--mean is missing for a CV")
            if provinces is None:
                faults.add("--province is missing for the method precision")
            if options.size is not None or options.budget is not None:
                faults.add("the method precision finds the size itself: leave --size out")
        elif options.size is None and (options.method != "optimal" or options.budget is None):
            faults.add(f"--size is missing for the method {options.method}")


def _precise(options: argparse.Namespace, columns: dict, provinces: list[str]) -> np.ndarray:
    """Fewest respondents for the half-widths or CVs asked for."""
    from survey.planning.precision import smallest_allocation
    from survey.planning.sample_size import normal_quantile

    z = normal_quantile(options.level)
    population, mean = columns["population"], columns["mean"]
    labels = np.array(provinces)
    province_se: dict[str, float] = {}
    for name in sorted(set(provinces)):
        mine = labels == name
        province_se[name] = (
            options.half_width / z
            if options.half_width is not None
            else options.cv * abs(np.average(mean[mine], weights=population[mine]))
        )
    national = None
    if options.national_half_width is not None:
        national = options.national_half_width / z
    elif options.national_cv is not None:
        national = options.national_cv * abs(np.average(mean, weights=population))
    return smallest_allocation(
        population,
        columns["sd"],
        provinces,
        province_se=province_se,
        national_se=national,
        deff=options.deff,
        least=options.least,
    ).n


def _print_allocation(names: list[str], n: np.ndarray, columns: dict, deff: float) -> None:
    from dashboards.commands.terminal import table

    population, cost = columns["population"], columns["cost"]
    rows = [
        (name, f"{N:,.0f}", f"{k:,}", f"{k / N:.2%}" if N else "-")
        for name, N, k in zip(names, population, n.tolist(), strict=True)
    ]
    total, people = int(n.sum()), population.sum()
    rows.append(("all", f"{people:,.0f}", f"{total:,}", f"{total / people:.2%}"))
    table("allocation", ("stratum", "population", "n", "fraction"), rows)
    if cost is not None:
        print(f"cost: {(cost * n).sum():,.10g}")


def _print_precision(
    provinces: list[str] | None, n: np.ndarray, columns: dict, options: argparse.Namespace
) -> None:
    """What the allocation reaches, in every province and in all."""
    from dashboards.commands.terminal import table
    from survey.planning.precision import se_of_mean
    from survey.planning.sample_size import normal_quantile

    z = normal_quantile(options.level)
    population, sd = columns["population"], columns["sd"] * np.sqrt(options.deff)
    labels = np.array(provinces if provinces is not None else ["all"] * len(n))
    parts = [(name, labels == name) for name in sorted(set(labels.tolist()))]
    parts = parts if len(parts) > 1 else []
    rows = []
    for name, mine in [*parts, ("all", np.ones(len(n), dtype=bool))]:
        se = se_of_mean(n[mine], population[mine], sd[mine])
        rows.append((name, f"{n[mine].sum():,}", f"{se:.4g}", f"{z * se:.4g}"))
    head = ("province", "n", "standard error", f"+- at {options.level:.0%}")
    table("precision of the mean", head, rows)


def _print_draw(drawn, frame_units: Counter) -> None:
    from dashboards.commands.terminal import table

    rows = [
        (name or "all", f"{frame_units[name]:,}", f"{drawn.sizes[name]:,}")
        for name in sorted(drawn.sizes)
    ]
    table("draw", ("stratum", "units in the frame", "drawn"), rows)
    if drawn.certainty:
        print(f"taken for certain: {', '.join(drawn.certainty)}")


def _require_single(labels: list[str], frame: Frame, column: str) -> None:
    with collect(DataError) as faults:
        for label, times in sorted(Counter(labels).items()):
            if times > 1:
                faults.add(
                    f"stratum '{label}' occurs {times} times in column '{column}'",
                    where=str(frame.path),
                    expected="one row per stratum",
                )


def _names(text: str) -> tuple[str, ...]:
    return tuple(name.strip() for name in text.split(",") if name.strip())

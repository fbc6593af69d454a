"""``perception compare``: change between waves from any survey files, with what they share."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from analysis.estimate.survey import Survey
    from analysis.estimate.waves import Waves

EXAMPLES = """\
examples
  two independent samples:
    perception compare old.csv new.csv --overlap none --weight w --strata s --psu p --mean score
  the same sampling points were visited again; by region:
    perception compare old.sav new.sav --overlap psu=seg --weight w --strata s --psu seg \\
      --mean score --share trust --by region
  a panel with refreshment, every respondent a PSU:
    perception compare old.csv new.csv --overlap respondent=id --weight w --strata s --mean score
  only those who were there both times, with the weight made for them; who moved where:
    perception compare old.csv new.csv --overlap respondent=id --both-weight bw --strata s \\
      --mean score --share trust
  what came of the age structure, what of opinions inside age groups:
    perception compare old.csv new.csv --overlap none --weight w --psu p --mean score --split age
  both files with replicate weights that the producer drew together:
    perception compare old.sav new.sav --overlap replicates --weight w --replicates 'rep*' \
      --method fay --rho .5 --quantile income:0.5
  three waves and more: their trend, with dates and a break:
    perception compare a.csv b.csv c.csv --overlap psu=p --weight w --psu p --mean score \\
      --dates YYYY-06-30,YYYY-06-30,YYYY-12-31 --breaks b

The overlap is declared, never guessed from labels that happen to be equal. The variance of a change
is V1 + V2 - 2C; --overlap none takes C for 0. Options of design and questions are those of
`perception tabulate` and hold for every file.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    from analysis.tabulate.options import (
        add_design_options,
        add_output_options,
        add_question_options,
    )

    parser = command("compare", _compare, "change between waves, with what their samples share")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("old", type=Path, metavar="OLD")
    parser.add_argument("new", type=Path, metavar="NEW", nargs="+", help="later waves, in order")
    parser.add_argument(
        "--overlap", required=True, metavar="none|respondent=ID|psu=ID|replicates",
        help="what the samples share, and the column that names it in every file",
    )  # fmt: skip
    parser.add_argument(
        "--both-weight", metavar="BW",
        help="longitudinal: only respondents of both waves, with this weight of NEW",
    )  # fmt: skip
    parser.add_argument("--split", metavar="G", help="split changes into composition and within G")
    parser.add_argument(
        "--standard", choices=["average", "old"], default="average",
        help="of --split: two parts at the waves' average, or three at the old wave",
    )  # fmt: skip
    parser.add_argument("--dates", metavar="D[,D2...]", help="ISO date of every wave, for trends")
    parser.add_argument("--breaks", metavar="NAME[,...]", help="waves that start a new level")
    add_design_options(parser)
    add_question_options(parser)
    add_output_options(parser)


def _compare(options: argparse.Namespace) -> None:
    from analysis.tabulate.show import show
    from survey.io.surveyfile import read_survey_file
    from survey.progress import Progress

    overlap, unit = _overlap(options.overlap)
    paths = [options.old, *options.new]
    names = _names(paths)
    _check(options, names, overlap)
    progress = Progress.for_terminal("compare", quiet=options.quiet)
    files = {}
    for name, path in zip(names, paths, strict=True):
        with progress.waiting(f"reading {path.name}"):
            files[name] = read_survey_file(path)
    with progress.waiting("estimating"):
        if options.both_weight:
            rows = _panel(options, files, unit)
        else:
            rows = _waves(options, files, overlap, unit)
    show(rows, options.format, options.out, words=files[names[-1]].value_labels)


def _waves(options: argparse.Namespace, files: Mapping, overlap: str, unit: str) -> pd.DataFrame:
    """Changes between waves that follow each other, parts of them, and trends."""
    import pandas as pd

    from analysis.compare.multiplicity import adjust
    from analysis.estimate.waves import ask_waves
    from analysis.results.schema import conform
    from analysis.tabulate.options import ask, survey_from
    from survey.errors import EstimateError

    surveys = {name: survey_from(options, file) for name, file in files.items()}
    if options.split:
        return _split(options, surveys, overlap, unit)
    waves = ask_waves(surveys, lambda survey: ask(survey, options), overlap=overlap, unit=unit)
    last = len(files) - 1
    pairs = [(new, new - 1) for new in range(1, last + 1)]
    if last > 1:
        pairs.append((last, 0))
    parts = [waves.changes(new, old) for new, old in pairs]
    if not any(len(part) for part in parts):
        raise EstimateError(
            "the waves have nothing in common to compare",
            hint="do domains and answers have the same codes in every file?",
        )
    if options.dates:
        parts += _trends(options, waves)
    return conform(adjust(pd.concat(parts, ignore_index=True)))


def _trends(options: argparse.Namespace, waves: Waves) -> list[pd.DataFrame]:
    import pandas as pd

    from analysis.compare.trend import trend_rows
    from analysis.tabulate.options import listed

    dates = listed(options.dates)
    steps = [waves.names.index(name) for name in listed(options.breaks)]
    parts = []
    for places in waves.alike():
        rows = pd.concat(
            [
                result.rows.iloc[[place]].assign(wave=name, period=date)
                for result, place, name, date in zip(
                    waves.results, places, waves.names, dates, strict=True
                )
            ],
            ignore_index=True,
        )
        parts.append(trend_rows(rows, waves.covariance(places), waves.degrees(places), steps=steps))
    return parts


def _split(
    options: argparse.Namespace, surveys: Mapping[str, Survey], overlap: str, unit: str
) -> pd.DataFrame:
    import pandas as pd

    from analysis.estimate.parts import split_change
    from analysis.tabulate.options import listed

    parts = [
        split_change(
            surveys,
            item,
            options.split,
            statistic=statistic,
            where=options.where,
            overlap=overlap,
            unit=unit,
            standard=options.standard,
        )
        for statistic in ("mean", "share")
        for text in getattr(options, statistic)
        for item in listed(text)
    ]
    return pd.concat(parts, ignore_index=True)


def _panel(options: argparse.Namespace, files: Mapping, unit: str) -> pd.DataFrame:
    """Respondents' own changes of numbers, and gross flows between answers."""
    import pandas as pd

    from analysis.estimate.flows import gross_flows, panel_change
    from analysis.tabulate.options import listed

    old, new = (file.frame for file in files.values())
    common = {
        "respondent": unit,
        "weight": options.both_weight,
        "names": tuple(files),
        "strata": listed(options.strata),
        "psu": listed(options.psu),
        "fpc": listed(options.fpc),
        "nested": options.nested,
        "lonely": options.lonely,
        "conf_level": options.level,
    }
    among = {"by": listed(options.by), "where": options.where}
    parts = [
        panel_change(old, new, item, **common, **among).rows
        for text in options.mean
        for item in listed(text)
    ]
    parts += [
        gross_flows(old, new, item, where=options.where, **common).rows
        for text in options.share
        for item in listed(text)
    ]
    return pd.concat(parts, ignore_index=True)


def _overlap(text: str) -> tuple[str, str]:
    from survey.errors import UsageError

    kind, _, unit = text.partition("=")
    alone = ("none", "replicates")
    if (kind in alone) == bool(unit) or kind not in (*alone, "respondent", "psu"):
        raise UsageError(
            f"--overlap {text} is not known",
            expected="none, respondent=ID, psu=ID or replicates",
            hint="ID is the column that names respondents or PSUs in every file",
        )
    return kind, unit.strip()


def _names(paths: Sequence[Path]) -> list[str]:
    """Waves are called by their files."""
    stems = [path.name.split(".")[0] for path in paths]
    return stems if len(set(stems)) == len(stems) else [str(path) for path in paths]


def _check(options: argparse.Namespace, names: Sequence[str], overlap: str) -> None:
    """What options cannot go together; every fault at once."""
    from analysis.tabulate.options import QUESTIONS, listed
    from survey.errors import UsageError, collect, one_of

    asked = {name for name in QUESTIONS if getattr(options, name)}
    with collect(UsageError) as faults:
        if len(set(names)) < len(names):
            faults.add("a file is compared with itself")
        if options.both_weight and overlap != "respondent":
            faults.add("--both-weight needs --overlap respondent=ID")
        for option in ("split", "both_weight"):
            if not getattr(options, option):
                continue
            word = "--" + option.replace("_", "-")
            if len(names) > 2:
                faults.add(f"{word} compares two waves", hint=f"{len(names)} files are named")
            if asked - {"mean", "share"} or not asked:
                faults.add(f"{word} is for --mean and --share")
        if options.split and (options.by or options.both_weight):
            faults.add("--split goes with neither --by nor --both-weight")
        if options.both_weight and (options.weight or options.replicates):
            faults.add("--both-weight takes the place of --weight and --replicates")
        dates = listed(options.dates)
        if dates and len(dates) != len(names):
            faults.add(f"{len(dates)} dates for {len(names)} files", hint="one --dates entry each")
        if dates and len(names) < 3:
            faults.add("a trend needs three waves or more")
        for date in dates:
            if not _is_date(date):
                faults.add(f"'{date}' is no date", expected="a date written YYYY-MM-DD")
        for name in listed(options.breaks):
            if name not in names[1:]:
                faults.add(f"--breaks names '{name}'", expected=one_of(names[1:]))
        if options.breaks and not dates:
            faults.add("--breaks needs --dates")


def _is_date(text: str) -> bool:
    import datetime as dt

    try:
        return bool(dt.date.fromisoformat(text))
    except ValueError:
        return False

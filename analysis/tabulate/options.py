"""The words of ``perception tabulate`` and ``compare``: design options, questions, output.

Decided here: how an option is written and which survey and questions it means. What a question
computes is decided in analysis/estimate/survey.py, how rows are shown in show.py.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.estimate.names import BASES, QUANTILE_INTERVALS, QUANTILE_RULES, SHARE_INTERVALS
from survey.design.names import LONELY, REPLICATE_METHODS
from survey.errors import UsageError

if TYPE_CHECKING:
    from analysis.estimate.result import Result
    from analysis.estimate.survey import Survey
    from survey.io.surveyfile import SurveyFile

FORMATS = ("table", "json", "csv", "xlsx")
QUESTIONS = ("mean", "share", "total", "ratio", "quantile", "variance", "correlation", "multi")


def add_design_options(parser: argparse.ArgumentParser) -> None:
    """Options that say how the sample was drawn and weighted."""
    design = parser.add_argument_group("design")
    design.add_argument("--weight", metavar="W", help="column of final weights")
    design.add_argument("--strata", metavar="S[,S2]", help="columns whose combinations are strata")
    design.add_argument("--psu", metavar="P[,Q]", help="sampling units, one column per stage")
    design.add_argument(
        "--fpc", metavar="F[,G]", help="population sizes or sampling fractions, one per stage"
    )
    design.add_argument(
        "--nested", action="store_true", help="PSU labels start again in every stratum"
    )
    design.add_argument(
        "--pps", choices=["brewer"], help="--fpc holds unequal inclusion probabilities"
    )
    design.add_argument(
        "--lonely", choices=LONELY, default="fail", help="strata with one PSU (default: fail)"
    )
    design.add_argument(
        "--pair", action="append", default=[], metavar="S=T",
        help="join a stratum with one PSU with another one",
    )  # fmt: skip
    design.add_argument("--replicates", metavar="'REP*'", help="columns of replicate weights")
    design.add_argument("--method", choices=REPLICATE_METHODS, help="how the replicates were made")
    design.add_argument("--rho", type=float, help="Fay's factor")
    design.add_argument("--scale", type=float, help="scale of the replicates' variance")
    design.add_argument("--rscales", metavar="X[,Y...]", help="scales by replicate")
    design.add_argument(
        "--multipliers", action="store_true", help="replicate columns multiply the weight"
    )
    design.add_argument(
        "--centre", choices=["estimate", "mean"], default="estimate",
        help="what replicates are measured from (default: the estimate)",
    )  # fmt: skip
    design.add_argument("--df", type=float, help="degrees of freedom of the replicates")
    design.add_argument(
        "--weights-fixed", action="store_true",
        help="take calibrated weights as fixed: errors are then those of uncalibrated weights",
    )  # fmt: skip


def add_question_options(parser: argparse.ArgumentParser) -> None:
    """Options that say what is asked, of whom."""
    ask = parser.add_argument_group("questions (repeat for several)")
    told = {
        "mean": ("Y", "mean of a number"),
        "share": ("X", "share of every answer of X"),
        "total": ("Y", "population total"),
        "ratio": ("A/B", "ratio of two totals"),
        "quantile": ("Y:0.5", "quantiles, as Y:0.25,0.5"),
        "variance": ("Y", "variance in the population"),
        "correlation": ("A,B", "correlation of two numbers"),
        "multi": ("'Q4_*'", "options of a multiple-response set in 0/1 columns"),
    }
    for name in QUESTIONS:
        metavar, help_text = told[name]
        ask.add_argument(f"--{name}", action="append", default=[], metavar=metavar, help=help_text)
    ask.add_argument("--by", metavar="G[,H]", help="domains: every level, or crossed levels")
    ask.add_argument("--where", metavar="COND", help="for example 'age >= 18 and sex in (1, 2)'")
    ask.add_argument("--base", choices=BASES, default="all", help="base of --multi (default: all)")
    ask.add_argument("--exclusive", metavar="Q4_9", help="options of --multi that exclude others")
    ask.add_argument(
        "--interval", choices=SHARE_INTERVALS, default="logit", help="of shares (default: logit)"
    )
    ask.add_argument(
        "--rule", choices=QUANTILE_RULES, default="math", help="of quantiles (default: math)"
    )
    ask.add_argument(
        "--quantile-interval",
        choices=QUANTILE_INTERVALS,
        default="score",
        help="of quantiles: a test inverted (score), Woodruff's on the named scale, or the spread "
        "of replicates (default: score)",
    )
    ask.add_argument("--deff", choices=["replace", "without"], default="replace",
                     help="simple random sampling that design effects are against")  # fmt: skip
    ask.add_argument("--level", type=float, default=0.95, help="confidence level (default: 0.95)")


def add_output_options(parser: argparse.ArgumentParser) -> None:
    output = parser.add_argument_group("output")
    output.add_argument("--format", choices=FORMATS, default="table")
    output.add_argument("--out", type=Path, help="file to write (needed for xlsx)")


def survey_from(options: argparse.Namespace, file: SurveyFile) -> Survey:
    """The survey the design options describe.

    Raises
    ------
    UsageError
        If options contradict each other.
    DataError, EstimateError
        If the file, its calibration record or the design is at fault.
    """
    from analysis.estimate.survey import Survey
    from analysis.tabulate.record import read_calibration
    from survey.io.surveyfile import matching

    if not 0 < options.level < 1:
        raise UsageError("--level must lie between 0 and 1", got=f"{options.level:g}")
    if options.format == "xlsx" and options.out is None:
        raise UsageError("--format xlsx needs a file", hint="add --out tables.xlsx")
    common = {"weight": options.weight, "deff": options.deff, "conf_level": options.level}
    names = list(file.frame.columns)
    if options.replicates is None:
        given = [
            name
            for name in ("method", "rho", "scale", "rscales", "df")
            if getattr(options, name) is not None
        ]
        if given:
            raise UsageError(f"--{given[0]} needs --replicates")
        return Survey(
            file.frame,
            strata=listed(options.strata),
            psu=listed(options.psu),
            fpc=listed(options.fpc),
            nested=options.nested,
            pps=options.pps,
            lonely=options.lonely,
            pairs=dict(_pair(text) for text in options.pair),
            calibration=read_calibration(file, options.weight, fixed=options.weights_fixed),
            **common,
        )
    if options.strata or options.psu or options.fpc:
        raise UsageError(
            "replicates hold the whole design", hint="leave out --strata, --psu and --fpc"
        )
    if options.method is None:
        raise UsageError("--replicates needs --method", hint="such as --method brr")
    return Survey(
        file.frame,
        replicates=matching(names, options.replicates, str(file.path)),
        method=options.method,
        rho=options.rho,
        scale=options.scale,
        rscales=[_number(x, "--rscales") for x in listed(options.rscales)] or None,
        mse=options.centre == "estimate",
        df=options.df,
        combined=not options.multipliers,
        **common,
    )


def ask(survey: Survey, options: argparse.Namespace) -> Result:
    """Every question of the options, in the order of QUESTIONS.

    Raises
    ------
    UsageError
        If nothing is asked, or a question is not written as it must be.
    """
    from analysis.estimate.result import joined
    from survey.io.surveyfile import matching

    among = {"by": listed(options.by), "where": options.where}
    results: list[Result] = []
    for statistic in ("mean", "total", "variance"):
        results += [
            getattr(survey, statistic)(name, **among)
            for text in getattr(options, statistic)
            for name in listed(text)
        ]
    for text in options.share:
        results += [survey.share(x, interval=options.interval, **among) for x in listed(text)]
    results += [survey.ratio(*_two(text, "/", "--ratio a/b"), **among) for text in options.ratio]
    for text in options.correlation:
        results.append(survey.correlation(*_two(text, ",", "--correlation a,b"), **among))
    for text in options.quantile:
        name, orders = _two(text, ":", "--quantile y:0.5")
        results.append(
            survey.quantile(
                name,
                [_number(part, "--quantile") for part in orders.split(",")],
                rule=options.rule,
                interval=options.quantile_interval,
                **among,
            )
        )
    for pattern in options.multi:
        results.append(
            survey.multi(
                matching(survey.columns.known, pattern, "--multi"),
                base=options.base,
                exclusive=listed(options.exclusive),
                name=pattern.rstrip("*_"),
                interval=options.interval,
                **among,
            )
        )
    if not results:
        raise UsageError(
            "nothing is asked", expected="--" + ", --".join(QUESTIONS), hint="such as --mean score"
        )
    return joined(results)


def listed(text: str | None) -> list[str]:
    """Names of a comma-separated option."""
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def limits(text: str | None, option: str) -> tuple[float, float] | None:
    """Two numbers, low and high, of an option; None if it was not given."""
    if text is None:
        return None
    low, high = _two(text, ",", f"{option} low,high")
    return _number(low, option), _number(high, option)


def _pair(text: str) -> tuple[str, str]:
    return _two(text, "=", "--pair stratum=stratum")


def _two(text: str, sign: str, written: str) -> tuple[str, str]:
    parts = [part.strip() for part in text.split(sign, 1)]
    if len(parts) != 2 or not all(parts):
        raise UsageError(f"'{text}' is not written as {written}")
    return parts[0], parts[1]


def _number(text: str, option: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"'{text}' in {option} is no number") from None

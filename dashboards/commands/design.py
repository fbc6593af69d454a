"""``perception design``: how many, where, and which ones, before anybody is asked.

Here are the questions that need no file (``size``, ``power``); those that read a frame
(``allocate``, ``draw``) are in design_frame.py, the options of all in design_options.py. What is
computed stands in survey/planning and analysis/compare.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable

from dashboards.commands.design_options import (
    ALLOCATE,
    DRAW,
    POWER,
    SIZE,
    allocate_options,
    draw_options,
    power_options,
    size_options,
)
from dashboards.commands.terminal import table
from survey.errors import UsageError

EXAMPLES = """\
examples
  respondents for a share known to +-3 points, design effect 1.6, four in ten answer:
    perception design size --share 0.3 --half-width 0.03 --deff 1.6 --response 0.4
  respondents, so that a group of 5 % has 100 of them in nine samples of ten:
    perception design size --domain 0.05 --least 100 --assurance 0.9
  the smallest change of a 10-point score that two waves of 2,000 find:
    perception design power --sd 2 --n 2000 --deff 1.5
  the same, half of the PSUs kept, 20 respondents in each:
    perception design power --sd 2 --n 2000 --deff 1.5 --overlap 0.5 --icc 0.05 --take 20
  waves that find a rise from 50 % to 53 %:
    perception design power --share 0.5 --change 0.03 --deff 1.5
  2,000 respondents over strata, for the smallest variance:
    perception design allocate strata.csv --method neyman --size 2000 --sd sd --out sizes.csv
  fewest respondents for +-0.3 points in every province and +-0.1 in all:
    perception design allocate strata.csv --method precision --province province --sd 2 \\
      --half-width 0.3 --national-half-width 0.1
  100 villages with probability proportional to households, sorted by county:
    perception design draw villages.csv --size 100 --measure households --strata province \\
      --order county --seed 46021 --out sample.csv
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    """Add ``design`` and its questions to the command line."""
    parser = command("design", _ask, "plan a sample: size, power, allocation, draw")
    _example(parser, EXAMPLES)
    parser.set_defaults(help_text=parser.format_help)
    questions = parser.add_subparsers(title="questions", metavar="QUESTION")

    def question(name: str, act: Callable, help: str, example: str) -> argparse.ArgumentParser:
        added = questions.add_parser(name, help=help, description=help)
        _example(added, example)
        added.set_defaults(act=act, question=name)
        return added

    size_options(question("size", size, "respondents for a wanted precision", SIZE))
    power_options(question("power", power, "changes that two waves can find", POWER))
    allocate_options(question("allocate", _allocate, "split a sample over strata", ALLOCATE))
    draw_options(question("draw", _draw, "draw units with probability by size", DRAW))


def size(options: argparse.Namespace) -> None:
    """Print the respondents that a precision or a domain needs."""
    from survey.planning.sample_size import sd_of_share, size_for_domain, size_for_se

    if options.domain is not None:
        found = size_for_domain(
            options.least, options.domain, assurance=options.assurance, response=options.response
        )
    else:
        share = options.share
        sd = options.sd if share is None else sd_of_share(share, options.population)
        found = size_for_se(
            _wanted_se(options),
            sd,
            deff=options.deff,
            response=options.response,
            population=options.population,
        )
    rows = [("respondents", f"{found.respondents:,}")]
    if options.response < 1:
        rows.append((f"people to invite ({options.response:.0%} answer)", f"{found.invited:,}"))
    table("sample size", ("", "n"), rows)


def power(options: argparse.Namespace) -> None:
    """Print what two waves find, or how large they must be."""
    from analysis.compare import power as plan
    from analysis.compare import wave_size
    from survey.planning.sample_size import sd_of_share

    if options.share is not None and options.change is not None:
        _share_power(options)
        return
    sd = options.sd if options.share is None else sd_of_share(options.share)
    if not sd > 0:
        raise UsageError(f"the standard deviation is {sd:g}", expected="over 0")
    shared = _shared(options)
    test = {"power": options.power, "alpha": options.alpha}
    if options.n is not None:
        waves = plan.Waves(*options.n, **shared)
        smallest = plan.detectable_change(waves, sd, **test)
        rows = [(f"smallest change found with power {options.power:.0%}", f"{smallest:.4g}")]
        if options.change is not None:
            se = math.sqrt(waves.variance(sd, sd))
            found = plan.power_of_change(options.change, se, alpha=options.alpha)
            rows.append((f"power for a change of {options.change:g}", f"{found:.1%}"))
        table("two waves of " + " and ".join(f"{n:,.0f}" for n in options.n), ("", ""), rows)
        return
    if options.change is None:
        raise UsageError("--n or --change is missing", hint="see perception design power --help")
    if options.old is not None:
        waves = wave_size.size_of_new_wave(options.change, sd, options.old, **shared, **test)
    else:
        waves = wave_size.size_for_change(options.change, sd, ratio=options.ratio, **shared, **test)
    _print_waves(waves, options)


def _allocate(options: argparse.Namespace) -> None:
    from dashboards.commands.design_frame import allocate

    allocate(options)


def _draw(options: argparse.Namespace) -> None:
    from dashboards.commands.design_frame import draw

    draw(options)


def _ask(options: argparse.Namespace) -> int:
    print(options.help_text())
    return 2


def _wanted_se(options: argparse.Namespace) -> float:
    """The standard error that the options ask for, in the unit of the answer."""
    from survey.planning.sample_size import normal_quantile

    if options.half_width is not None:
        return options.half_width / normal_quantile(options.level)
    mean = options.share if options.share is not None else options.mean
    if options.cv is None or mean is None:
        raise UsageError(
            "no precision is asked for",
            expected="--half-width, or --cv with --share or with --sd and --mean",
        )
    return options.cv * abs(mean)


def _shared(options: argparse.Namespace) -> dict[str, float]:
    """Design effect, overlap and correlation, the latter from the PSUs if they are kept."""
    from analysis.compare.wave_size import psu_correlation

    correlation = options.correlation
    if (options.icc is None) != (options.take is None):
        raise UsageError("--icc and --take belong together")
    if options.icc is not None:
        if correlation is not None:
            raise UsageError("give --correlation, or --icc and --take")
        correlation = psu_correlation(options.icc, options.take, stability=options.stability)
    if options.overlap and correlation is None:
        raise UsageError(
            "an overlap needs a correlation",
            expected="--correlation of shared respondents, or --icc and --take of shared PSUs",
        )
    return {"deff": options.deff, "overlap": options.overlap, "correlation": correlation or 0.0}


def _share_power(options: argparse.Namespace) -> None:
    from analysis.compare.power import Waves, power_of_share_change
    from analysis.compare.wave_size import size_for_share_change

    old, new = options.share, options.share + options.change
    shared = _shared(options)
    if options.old is not None:
        raise UsageError("--old goes with --sd, not with --share")
    if options.n is None:
        test = {"power": options.power, "alpha": options.alpha}
        waves = size_for_share_change(old, new, ratio=options.ratio, **shared, **test)
        _print_waves(waves, options)
        return
    found = power_of_share_change(old, new, Waves(*options.n, **shared), alpha=options.alpha)
    named = " and ".join(f"{n:,.0f}" for n in options.n)
    table(f"two waves of {named}", ("", ""), [(f"power for {old:g} to {new:g}", f"{found:.1%}")])


def _print_waves(waves, options: argparse.Namespace) -> None:
    rows = [
        ("old wave", f"{math.ceil(waves.n_old - 1e-9):,}"),
        ("new wave", f"{math.ceil(waves.n_new - 1e-9):,}"),
    ]
    title = f"respondents to find a change of {options.change:g} with power {options.power:.0%}"
    table(title, ("", "n"), rows)


def _example(parser: argparse.ArgumentParser, text: str) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = text

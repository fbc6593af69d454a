"""``perception code-text``: sheets for coders of open answers, agreement, and the coding."""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from survey.text.run import Outcome, Task

EXAMPLES = """\
example
  perception code-text town first --item remarks --sheet ~/town.xlsx --double 0.2 --seed 1
      (writes town.a.xlsx and town.b.xlsx for two coders; a fifth of the answers is on both)
  perception code-text town first --item remarks --read a.xlsx b.xlsx --adjudicate open.xlsx
      (agreement; what they disagree on goes to open.xlsx for a third person)
  perception code-text town first --item remarks --read a.xlsx b.xlsx --adjudicated open.xlsx
      (writes data/raw/town/first/coding/, which `perception responses` reads)
  perception code-text town first --item remarks --by-rules

Sheets hold people's answers, with identifiers masked: keep them where raw data are kept.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("code-text", _code, "code open answers: sheets for two coders, agreement")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("study")
    parser.add_argument("wave")
    parser.add_argument("--item", required=True, metavar="I", help="the open item, or its codes")
    act = parser.add_mutually_exclusive_group(required=True)
    act.add_argument("--sheet", type=Path, metavar="F.xlsx", help="write sheets for two coders")
    act.add_argument("--read", type=Path, nargs=2, metavar="F.xlsx", help="read both sheets back")
    act.add_argument("--by-rules", action="store_true", help="code by the rules of the frame alone")
    parser.add_argument("--double", type=float, default=0.2, help="share both code (default: 0.2)")
    parser.add_argument("--seed", type=int, default=1, help="of the draw (default: 1)")
    parser.add_argument(
        "--no-proposals", action="store_true", help="do not show what rules propose"
    )
    parser.add_argument(
        "--only-uncoded", action="store_true", help="leave out what is coded already"
    )
    third = parser.add_mutually_exclusive_group()
    third.add_argument("--adjudicate", type=Path, metavar="F.xlsx", help="write disagreements here")
    third.add_argument("--adjudicated", type=Path, metavar="F.xlsx", help="read the decisions")


def _code(options: argparse.Namespace) -> None:
    from survey.instrument.load import load_instrument
    from survey.project import Project
    from survey.text import run

    project = Project.find(options.project)
    wave = project.require_wave(options.study, options.wave)
    instrument = load_instrument(project, options.study)
    task = run.task_of(project, instrument, wave, options.item)
    print(f"{sum(task.people.values()):,} answers, {len(task.texts):,} different ones")
    _missed(task)
    if options.sheet:
        written, drawn = run.write_sheets(
            task,
            options.sheet,
            double=options.double,
            seed=options.seed,
            proposals=not options.no_proposals,
            only_uncoded=options.only_uncoded,
        )
        for path, (coder, answers) in zip(written, drawn.sheets.items(), strict=True):
            print(f"{path}: coder {coder}, {len(answers):,} answers")
        print(f"{len(drawn.double):,} answers are on both sheets")
    elif options.by_rules:
        paths, left = run.code_by_rules(task)
        _written(project, paths)
        print(f"{left:,} different answers no rule speaks for; they count as not coded")
    else:
        outcome = run.read_back(
            task,
            options.read,
            level=instrument.policy("conf_level"),
            adjudicated=options.adjudicated,
            adjudicate=options.adjudicate,
        )
        _told(task, outcome)
        if outcome.written:
            _written(project, outcome.written)
        else:
            print(f"{outcome.apart:,} disagreements are in {options.adjudicate}, to be decided")


def _missed(task: Task) -> None:
    from survey.text.rules import Coder

    names = {code.id: code.code for code in task.frame.codes}
    for code, example in Coder(task.frame).examples_missed():
        print(f"the rules of {names[code]} do not find its example '{example}'")


def _written(project, paths) -> None:
    for path in paths:
        print(project.relative(path))


def _told(task: Task, outcome: Outcome) -> None:
    """Agreement as a table: each code, the whole set, the sets by distance."""
    from dashboards.commands.terminal import table

    names = {code.id: code.code for code in task.frame.codes}
    agreed = outcome.agreed
    rows = [
        _row(names[code], kappa.first, kappa.second, kappa) for code, kappa in agreed.codes.items()
    ]
    rows.append(_row("all codes as one", "", "", agreed.whole))
    head = ("code", "A", "B", "equal", "kappa", "se", f"{agreed.level:.0%} interval", "adjusted")
    table(f"agreement on {agreed.answers:,} answers coded by both", head, rows)
    print(f"Krippendorff's alpha of the sets: {_number(agreed.alpha_masi)} (MASI distance)", end="")
    print(f", {_number(agreed.alpha_jaccard)} (Jaccard distance)")
    print("adjusted: for prevalence and bias, as information; a rare code lowers kappa by itself")


def _row(name: str, first, second, kappa) -> tuple[str, ...]:
    interval = f"{_number(kappa.low)} to {_number(kappa.high)}"
    return (
        name,
        str(first),
        str(second),
        f"{kappa.agreed:.0%}",
        _number(kappa.kappa),
        _number(kappa.se),
        "-" if math.isnan(kappa.kappa) else interval,
        _number(kappa.adjusted),
    )


def _number(value: float) -> str:
    return "-" if math.isnan(value) else f"{value:.2f}"

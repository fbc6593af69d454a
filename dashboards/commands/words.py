"""``perception words``: what words people use in open answers, in all and by group."""

from __future__ import annotations

import argparse
from collections.abc import Callable

EXAMPLES = """\
example
  perception words town first --item remarks
  perception words town first --item remarks --by sex

Counts of people, unweighted. Words that few people used are not shown, and by group only words that
enough people of every group used and did not use. Tables go to build/<study>/text/; answers do not.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("words", _words, "count the words of open answers, in all and by group")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("study")
    parser.add_argument("wave")
    parser.add_argument("--item", required=True, metavar="I", help="an open item")
    parser.add_argument("--by", default="", metavar="G", help="an item whose points are groups")
    parser.add_argument("--most", type=int, default=20, help="words shown here (default: 20)")


def _words(options: argparse.Namespace) -> None:
    from analysis.text.run import SIMULATED, run
    from dashboards.commands.terminal import table
    from survey.instrument.load import load_instrument
    from survey.project import Project

    project = Project.find(options.project)
    wave = project.require_wave(options.study, options.wave)
    instrument = load_instrument(project, options.study)
    done = run(project, instrument, wave, options.item, by=options.by)
    mark = " (simulated answers)" if done.kind == SIMULATED else ""
    whole = done.counts[done.counts["group"] == "all"].head(options.most).to_dict("records")
    shown = [(str(r["word"]), f"{r['people']:,}", f"{r['share']:.1%}") for r in whole]
    title = f"{done.answered:,} people answered '{options.item}'{mark}"
    table(title, ("word", "people", "share"), shown)
    if len(done.keyness):
        head = ("word", "group", "people", "log2 ratio", "G2", "p (Holm)")
        title = f"used more (+) or less (-) in one group of {options.by}{mark}"
        strongest = done.keyness.head(options.most).to_dict("records")
        table(title, head, [_difference(row) for row in strongest])
    for path in done.written:
        print(project.relative(path))


def _difference(row: dict) -> tuple[str, ...]:
    p = row["p_adjusted"]
    return (
        str(row["word"]),
        str(row["group"]),
        f"{row['people']:,}",
        f"{row['log_ratio']:+.2f}",
        f"{row['g2']:.1f}",
        "< 0.001" if p < 0.001 else f"{p:.3f}",
    )

"""``perception notice``: the appendix table of a ministry's notice as rows of named apps."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

EXAMPLES = """\
example
  perception notice appendix.docx --quarter YYYYQ2 --out rows.csv \\
    --title "MIIT notice no. 3" --url https://... --retrieved YYYY-08-20 --complete

FILE is the appendix as published: .html, .docx or .xlsx. Columns are recognised by their heads and
problems by the list of kinds that the quarter follows (notices.yml of the study). An app with
several problems gets a row for each. Columns and problems that are not known are kept and named;
lines that are no entry go to OUT.aside.csv with the reason.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("notice", _notice, "read the appendix of a notice into rows of named apps")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--quarter", required=True, metavar="YYYYQn")
    parser.add_argument("--out", type=Path, required=True, metavar="ROWS.csv")
    parser.add_argument(
        "--study", help="monitoring study with the register (default: the only one)"
    )
    parser.add_argument("--title", default="", help="what the document is")
    parser.add_argument("--url", default="", help="where it was found")
    parser.add_argument("--retrieved", default="", metavar="DATE", help="when it was found")
    parser.add_argument("--confidence", choices=("high", "medium", "low"), default="high")
    parser.add_argument("--complete", action="store_true", help="the appendix is not cut off")


def _notice(options: argparse.Namespace) -> None:
    from analysis.monitoring.appendix import Citation, read_appendix
    from survey.errors import UsageError
    from survey.instrument.register import QUARTER
    from survey.io.documents import read_grids
    from survey.io.tables import write_csv

    if not QUARTER.match(options.quarter):
        raise UsageError(
            f"--quarter {options.quarter} is no quarter", expected="a year and a quarter: YYYYQ1"
        )
    if options.out.suffix != ".csv":
        raise UsageError(f"--out {options.out} is no .csv file")
    citation = Citation(
        title=options.title or options.file.name,
        url=options.url,
        retrieved=options.retrieved,
        confidence=options.confidence,
        complete=options.complete,
    )
    name = options.file.name
    made = read_appendix(
        read_grids(options.file, name=name),
        _register_of(options),
        options.quarter,
        citation=citation,
        name=name,
    )
    write_csv(made.rows, options.out)
    aside = options.out.with_name(f"{options.out.name}.aside.csv")
    aside.unlink(missing_ok=True)  # never an old list beside new rows
    if made.aside:
        import pandas as pd

        write_csv(pd.DataFrame(made.aside, columns=["place", "reason", "text"]), aside)
    _tell(made, options, aside)


def _register_of(options: argparse.Namespace):
    """The register of the study asked for, or of the only study that has one."""
    from survey.errors import UsageError, one_of
    from survey.instrument.load import load_instrument
    from survey.instrument.monitoring import load_monitoring
    from survey.project import Project

    project = Project.find(options.project)
    studies = [s for s in project.studies() if (project.instrument(s) / "notices.yml").exists()]
    study = project.require_study(options.study) if options.study else ""
    if not study and len(studies) != 1:
        raise UsageError("--study is needed", expected=one_of(studies) if studies else "a register")
    study = study or studies[0]
    return load_monitoring(project, load_instrument(project, study)).register


def _tell(made, options: argparse.Namespace, aside: Path) -> None:
    counts = made.rows["problem"].replace("", "no kind").value_counts()
    told = ", ".join(f"{code} {count}" for code, count in sorted(counts.items()))
    print(f"{options.out}: {made.apps} apps, {len(made.rows)} rows ({told})")
    for column in made.unknown_columns:
        print(f"  unknown column '{column}' is kept in 'other'")
    for problem in made.unknown_problems:
        print(f"  unknown problem '{problem}' has no kind")
    if made.aside:
        print(f"  {len(made.aside)} lines are no entry: {aside}")

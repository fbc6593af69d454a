"""``perception freeze-quality``: write down a wave's quality cut-offs before its fieldwork."""

from __future__ import annotations

import argparse
from collections.abc import Callable

EPILOG = """\
example
  perception freeze-quality security_perception WAVE --date YYYY-06-20

The date is the one you give. From then on a changed cut-off of that wave is a fault of
`perception check` and of cleaning. To change one all the same, change methods.yml and freeze again
with --reason; the quality report tells both freezes, and whether they came before fieldwork.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("freeze-quality", _freeze, "freeze a wave's quality cut-offs")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("study")
    parser.add_argument("wave")
    parser.add_argument("--date", required=True, metavar="YYYY-MM-DD", help="day of the freeze")
    parser.add_argument("--reason", default="", help="why it is frozen again")


def _freeze(options: argparse.Namespace) -> None:
    import datetime as dt

    from survey.errors import UsageError
    from survey.instrument.freeze import freeze
    from survey.project import Project

    project = Project.find(options.project)
    project.require_wave(options.study, options.wave)
    try:
        date = dt.date.fromisoformat(options.date)
    except ValueError:
        raise UsageError(
            f"--date {options.date} is not a day", expected="YYYY-MM-DD, a day of the calendar"
        ) from None
    done = freeze(project, options.study, options.wave, date=date, reason=options.reason)
    print(f"{project.relative(done.path)}: {len(done.record.cutoffs)} cut-offs of {options.wave}")
    for name, told in done.changed:
        print(f"  {name}: {told}")
    if not done.before_fieldwork:
        print(f"  note: {date} is not before fieldwork began ({done.begins})")

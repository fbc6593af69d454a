"""``perception export-instrument``: a questionnaire for another tool, for paper, for an archive."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

EXAMPLES = """\
example
  perception export-instrument --study town --format xlsform --out town.xlsx     (ODK, Kobo)
  perception export-instrument --study town --format lss --out town.lss          (LimeSurvey)
  perception export-instrument --study town --format wjx --out town.txt          (问卷星, pasted)
  perception export-instrument --study town --format paper --lang en --out town.docx
  perception export-instrument --study town --format codebook --out town.xlsx    (or .html)
  perception export-instrument --study town --wave first --format ddi --out town.xml

What the format cannot say is listed. An XLSForm is converted by pyxform as a check, and checked by
ODK Validate where Java is there. Equal studies give equal bytes.
"""
MOST = 20


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("export-instrument", _export, "write a study's questionnaire for another tool")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("--study", required=True)
    parser.add_argument("--wave", metavar="W", help="default: the newest")
    parser.add_argument("--questionnaire", metavar="Q", help="default: the wave's")
    parser.add_argument(
        "--format",
        required=True,
        dest="kind",
        choices=("xlsform", "lss", "wjx", "paper", "codebook", "ddi"),
    )
    parser.add_argument("--out", type=Path, required=True, metavar="F")
    parser.add_argument("--lang", help="of paper, codebook and wjx (default: the study's first)")
    parser.add_argument("--all", action="store_true", help="list everything, however long")


def _export(options: argparse.Namespace) -> None:
    from survey.exchange.formats import Options, export_instrument
    from survey.instrument.load import load_instrument
    from survey.io.atomic import write_bytes
    from survey.project import Project

    project = Project.find(options.project)
    instrument = load_instrument(project, options.study)
    asked = Options(
        wave=options.wave,
        questionnaire=options.questionnaire,
        lang=options.lang or instrument.study.languages[0],
        ending=options.out.suffix.lower(),
    )
    made = export_instrument(instrument, options.kind, asked)
    write_bytes(options.out, made.data)
    print(f"{options.out}: {len(made.data):,} bytes")
    if options.kind == "xlsform":
        from survey.exchange.validate import validate_xlsform

        for line in validate_xlsform(options.out):
            print(f"  {line}")
    if made.not_said:
        print(f"not said: {len(made.not_said)}")
        for told in made.not_said if options.all else made.not_said[:MOST]:
            print(f"  {told}")
        if len(made.not_said) > MOST and not options.all:
            print(f"  and {len(made.not_said) - MOST} more (--all)")

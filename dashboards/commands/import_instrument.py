"""``perception import-instrument``: a questionnaire of another tool as a study's YAML files."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

EXAMPLES = """\
example
  perception import-instrument survey.xlsx --study town              (XLSForm: ODK, Kobo)
  perception import-instrument survey.qsf --study town --wave first   (Qualtrics, with a column map)
  perception import-instrument survey.lss --study town               (LimeSurvey)
  perception import-instrument last_year.sav --study town --lang zh  (SPSS dictionary)

Nothing is overwritten. What the file says and the study's files cannot is listed here and at the
head of the questionnaire; `???` marks what a person must fill in (`perception check` finds them).
"""
MOST = 20  # lines of a list on the terminal


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command(
        "import-instrument", _import, "make a study's files of another tool's questionnaire"
    )
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="FILE", help=".xlsx, .xls, .qsf, .lss, .sav")
    parser.add_argument("--study", required=True, metavar="S", help="new, or one that exists")
    parser.add_argument("--name", metavar="Q", help="of the questionnaire (default: the form's)")
    parser.add_argument("--wave", metavar="W", help="also write a wave file with the column map")
    parser.add_argument("--format", choices=("xlsform", "qsf", "lss", "spss"), dest="kind")
    parser.add_argument("--lang", default="en", help="language of an SPSS file's texts")
    parser.add_argument("--all", action="store_true", help="list everything, however long")


def _import(options: argparse.Namespace) -> None:
    import re

    from survey.errors import UsageError
    from survey.exchange.formats import read_instrument
    from survey.exchange.yaml_out import write_study
    from survey.instrument.routing import check_routing
    from survey.project import WAVE_NAME, Project

    for value, pattern, what in (
        (options.study, r"[a-z][a-z0-9_]*", "a study"),
        (options.name, r"[a-z][a-z0-9_]*", "a questionnaire"),
        (options.wave, WAVE_NAME.pattern.strip("^$"), "a wave"),
    ):
        if value is not None and not re.fullmatch(pattern, value):
            raise UsageError(f"'{value}' is not a name for {what}", expected="letters, digits, _")
    project = Project.find(options.project)
    draft = read_instrument(options.file, kind=options.kind, language=options.lang)
    if options.name:
        draft.name = options.name
    written = write_study(project, options.study, draft, wave=options.wave)
    for path in written:
        print(project.relative(path))
    kinds: dict[str, int] = {}
    for item in draft.items.values():
        kinds[item.kind] = kinds.get(item.kind, 0) + 1
    told = ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
    print(
        f"{len(draft.items)} items ({told}), {len(draft.scales)} scales, {len(draft.ask_if)} routed"
    )
    if draft.unused:
        print(f"{len(draft.unused)} items are defined but not asked: {', '.join(draft.unused[:8])}")
    _listed("not expressed", draft.not_expressed, options.all)
    findings = check_routing(draft.questionnaire(), draft.items, draft.scales, draft.languages)
    _listed("faults of the routing", [fault.what for fault in findings.faults], options.all)
    _listed("worth a look", [note.what for note in findings.notes], options.all)


def _listed(title: str, entries: list, everything: bool) -> None:
    if not entries:
        return
    print(f"{title}: {len(entries)}")
    for entry in entries if everything else entries[:MOST]:
        print(f"  {entry}")
    if len(entries) > MOST and not everything:
        print(f"  and {len(entries) - MOST} more (--all)")

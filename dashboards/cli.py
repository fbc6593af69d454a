"""`perception`: one command line, a subcommand per stage.

Only assembles commands: each imports its stage when it runs, so that `perception --help` is quick
and no stage pays for another's libraries. The Makefile calls these, one process per stage.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path

from survey.errors import PerceptionError
from survey.io.atomic import write_text
from survey.progress import Progress
from survey.project import Project

STAGES = {
    "responses": (["survey.clean.run"], "read and clean the raw files"),
    "weights": (["survey.weights.run"], "weight the clean responses"),
    "estimates": (
        ["analysis.estimate.run", "analysis.monitoring.run"],
        "estimate every indicator by every domain, and its changes",
    ),
    "figures": (["analysis.figures.run"], "draw the studies' figures"),
    "synth": (["survey.synthetic.run"], "make the simulated raw files again"),
}
COMMANDS = (  # modules of dashboards/commands
    "code_text",
    "compare",
    "design",
    "diff_waves",
    "export_instrument",
    "freeze_quality",
    "import_instrument",
    "new_wave",
    "notice",
    "quality",
    "tabulate",
    "weigh",
    "words",
)
BUILD = ("responses", "weights", "estimates", "figures")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code says how it ended (0 done, 2-8 by kind of error)."""
    parser = build_parser()
    options = parser.parse_args(arguments)
    if not hasattr(options, "act"):
        parser.print_help()
        return 2
    _fix_environment()
    try:
        return options.act(options) or 0
    except PerceptionError as error:
        _tell(str(error))
        return error.exit_code
    except OSError as fault:
        _tell(f"{fault.filename or 'a file'}: {fault.strerror or fault}")
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="perception", description="From questionnaire and returns to a white paper."
    )
    parser.add_argument("--project", type=Path, help="folder of the project (default: this one)")
    parser.add_argument("--quiet", action="store_true", help="no progress lines")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, act: Callable, help: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=help, description=help)
        added.set_defaults(act=act, command=name)
        return added

    check = command("check", _check, "check a study's files and report every fault")
    check.add_argument("study", nargs="*", help="studies (default: all)")
    for name, (_, help_text) in STAGES.items():
        stage = command(name, _stage, help_text)
        stage.add_argument("--study", action="append", required=True, help="repeat for several")
        stage.add_argument("--written", type=Path, help="list the files written here when done")
        if name == "weights":
            stage.add_argument(
                "--pages", action="store_true", help="also write diagnostics with pictures"
            )
    report = command("report", _report, "render a report: HTML, PDF, Word, workbook")
    report.add_argument("--report", required=True)
    report.add_argument("--langs", help="languages, such as zh,en (default: the report's)")
    report.add_argument("--wave", help="report as of this wave (default: the newest)")
    report.add_argument("--written", type=Path, help="list the files written here when done")
    tables = command("tables", _report, "write a report's tables as CSV and as a workbook")
    tables.add_argument("--report", required=True)
    tables.add_argument("--langs")
    tables.add_argument("--wave")
    build = command("build", _build, "all stages up to a report, for machines without make")
    build.add_argument("--report", required=True)
    board = command("dashboard", _dashboard, "serve the briefing dashboard on this machine")
    board.add_argument("--study", action="append", required=True)
    board.add_argument("--host", default="127.0.0.1")
    board.add_argument("--port", type=int, default=8050)
    wave = command("wave-template", _wave_template, "start a new wave's files from the last wave's")
    wave.add_argument("--study", required=True)
    wave.add_argument("--wave", required=True)
    manifest = command("manifest", _manifest, "list every input and output with its sha256")
    manifest.add_argument("--report", required=True)
    verify = command("verify", _verify, "compare two builds, or a build with its manifest")
    verify.add_argument("--report", required=True)
    verify.add_argument("--against", type=Path, help="root of another build of the same commit")
    release = command("release", _release, "freeze a build's documents, figures and estimates")
    release.add_argument("--report", required=True)
    for module in COMMANDS:
        import_module(f"dashboards.commands.{module}").register(command)
    fonts = command("fonts", _fonts, "rebuild the committed font subsets (needs the network)")
    fonts.set_defaults(study=[])
    return parser


def _tell(message: str) -> None:
    """A fault on the terminal; a cell or a file name it quotes may identify somebody."""
    from survey.privacy.search import masked

    print(masked(message), file=sys.stderr)


def _fix_environment() -> None:
    """Settings under which every stage gives the same bytes."""
    os.environ.setdefault("TZ", "UTC")
    os.environ.setdefault("SOURCE_DATE_EPOCH", "0")


def _project(options: argparse.Namespace) -> Project:
    return Project.find(options.project)


def _progress(options: argparse.Namespace) -> Progress:
    return Progress.for_terminal(options.command, quiet=options.quiet)


def _stage(options: argparse.Namespace) -> None:
    from survey.instrument.check import check_studies

    project = _project(options)
    studies = [project.require_study(study) for study in options.study]
    if options.command == "responses":  # the first stage: no file is read on faulty instructions
        check_studies(project, studies)
    written: list[Path] = []
    for module in STAGES[options.command][0]:  # each takes the studies that are its own
        written += import_module(module).run(project, studies, _progress(options))
    if getattr(options, "pages", False):
        from survey.weights.run import run_pages

        for path in run_pages(project, studies, _progress(options)):
            print(project.relative(path))
    _list_written(project, options.written, written)


def _list_written(project: Project, stamp: Path | None, written: Sequence[Path]) -> None:
    """A stage's stamp: what it left, for make to see what is missing."""
    if stamp is not None:
        write_text(stamp, "".join(f"{project.relative(path)}\n" for path in sorted(set(written))))


def _check(options: argparse.Namespace) -> None:
    from survey.instrument.check import check_studies

    project = _project(options)
    studies = [project.require_study(study) for study in options.study] or project.studies()
    check_studies(project, studies)
    print(f"no faults in {', '.join(studies)}")


def _report(options: argparse.Namespace) -> None:
    from analysis.report import run
    from analysis.results.manifest import write_manifests

    project = _project(options)
    report = project.require_report(options.report)
    chosen = {"langs": options.langs.split(",") if options.langs else None, "wave": options.wave}
    if options.command == "tables":
        run.run_tables(project, report, _progress(options), **chosen)
    else:
        written = run.run(project, report, _progress(options), **chosen)
        _list_written(project, options.written, written + write_manifests(project, report))


def _build(options: argparse.Namespace) -> int:
    from analysis.results.manifest import studies_of

    project = _project(options)
    report = project.require_report(options.report)
    studies = [word for study in studies_of(project, report) for word in ("--study", study)]
    general = ["--project", str(project.root)] + (["--quiet"] if options.quiet else [])
    for stage in BUILD:
        ended = main([*general, stage, *studies])
        if ended:
            return ended
    return main([*general, "report", "--report", report])


def _dashboard(options: argparse.Namespace) -> None:
    from dashboards.serve import serve

    project = _project(options)
    studies = [project.require_study(study) for study in options.study]
    serve(project, studies, host=options.host, port=options.port)


def _wave_template(options: argparse.Namespace) -> None:
    from survey.instrument.blanks import blanks
    from survey.instrument.template import new_wave

    project = _project(options)
    written = new_wave(project, project.require_study(options.study), options.wave)
    for path in written:
        print(project.relative(path))
    print("still missing:")
    for fault in blanks(project, options.study):
        print(f"  {fault}")


def _manifest(options: argparse.Namespace) -> None:
    from analysis.results.manifest import write_manifests

    project = _project(options)
    write_manifests(project, project.require_report(options.report))


def _verify(options: argparse.Namespace) -> None:
    from analysis.results.manifest import verify

    project = _project(options)
    told = verify(project, project.require_report(options.report), options.against)
    print(told)


def _release(options: argparse.Namespace) -> None:
    from analysis.results.release import freeze

    project = _project(options)
    print(project.relative(freeze(project, project.require_report(options.report))))


def _fonts(options: argparse.Namespace) -> None:
    from analysis.figures.fonts import make

    for path in make(_project(options).root, _progress(options).step):
        print(path.name)


if __name__ == "__main__":
    sys.exit(main())

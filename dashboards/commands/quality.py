"""``perception quality``: pages on the quality of a wave's interviews, with a robustness band."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

EPILOG = """\
example
  perception quality --study security_perception --wave WAVE --langs zh,en

Writes build/<study>/quality/<wave>.<lang>.html and, where methods.yml declares other rules
(band_*), <wave>.band.csv: the headlines under every choice of rules, calibrated anew.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("quality", _quality, "report the quality of interviews, with pictures")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    parser.add_argument("--study", action="append", help="repeat for several (default: all)")
    parser.add_argument("--wave", help="one wave (default: all)")
    parser.add_argument("--langs", help="languages, such as zh,en (default: the study's)")


def _quality(options: argparse.Namespace) -> None:
    from analysis.quality.run import run_quality
    from survey.errors import UsageError, one_of
    from survey.instrument.check import check_studies
    from survey.instrument.load import load_instrument
    from survey.progress import Progress
    from survey.project import Project
    from survey.weights.sheet import LANGUAGES

    project = Project.find(options.project)
    studies = [project.require_study(study) for study in options.study or project.studies()]
    check_studies(project, studies)
    progress = Progress.for_terminal("quality", quiet=options.quiet)
    for study in studies:
        instrument = load_instrument(project, study)
        if instrument.study.pipeline != "survey":
            if options.study:
                raise UsageError(f"study '{study}' has no interviews")
            continue
        if options.wave:
            project.require_wave(study, options.wave)
        languages = options.langs.split(",") if options.langs else instrument.study.languages
        known = [name for name in LANGUAGES if name in instrument.study.languages]
        for language in languages:
            if language not in known:
                raise UsageError(f"language '{language}' is not known", expected=one_of(known))
        waves = [options.wave] if options.wave else list(instrument.waves)
        for done in run_quality(project, instrument, waves, languages, progress):
            for path in done.written:
                print(project.relative(path))
            if done.band and done.kind == "simulated":
                print("  模拟数据 SIMULATED")
            rows: list[Any] = list(done.band.summary.itertuples()) if done.band else []
            for row in rows:
                name = f"{row.indicator} {row.category or row.statistic}"
                print(
                    f"  {name}: {row.estimate:g}, under other rules {row.low:g} to {row.high:g}; "
                    f"{100 * row.contain:.0f} % of {row.samples} intervals contain it"
                )

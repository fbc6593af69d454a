"""``perception weigh``: calibrate a survey file to targets, with its record beside it."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

EXAMPLES = """\
example
  targets.csv
    margin,level,count,source
    sex,1,510000,census
    sex,2,490000,census
    sex:age,1:18-39,200000,census        (columns joined by ":", codes joined by ":")
    lines,,1840000,operators             (no level: the total of a numeric column)
    ...
  perception weigh wave.csv --targets targets.csv --base dw --trim 0.3,3 --out weighted.parquet
  perception tabulate weighted.parquet --weight weight --strata s --psu p --mean score

Beside the output stands its calibration record (weighted.parquet.calibration.json); `tabulate`
needs it, so that nobody takes calibrated weights for fixed ones by accident.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("weigh", _weigh, "calibrate a survey file to population targets")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="FILE")
    parser.add_argument("--targets", type=Path, required=True, metavar="T.csv")
    parser.add_argument("--out", type=Path, required=True, metavar="F", help=".csv or .parquet")
    parser.add_argument("--base", metavar="DW", help="column of base weights (default: all 1)")
    parser.add_argument("--name", default="weight", help="column to write (default: weight)")
    parser.add_argument(
        "--method",
        choices=("raking", "linear", "logit"),
        help="default: raking, or logit where there are bounds",
    )
    parser.add_argument("--bounds", metavar="L,U", help="limits of calibrated over base weight")
    parser.add_argument("--trim", metavar="L,U", help="limits as multiples of the mean weight")
    parser.add_argument("--page", type=Path, metavar="P.html", help="diagnostics with pictures")
    parser.add_argument("--lang", choices=("en", "zh"), default="en", help="of the page")
    parser.add_argument(
        "--leave-out", action="store_true", help="rows without a target get no weight"
    )


def _weigh(options: argparse.Namespace) -> None:
    from analysis.tabulate.options import limits
    from survey.errors import UsageError
    from survey.instrument.model import Trim
    from survey.io.surveyfile import read_survey_file
    from survey.io.tables import read_csv
    from survey.progress import Progress
    from survey.weights.plainfile import Choices, weigh_frame
    from survey.weights.plaintargets import targets_of

    if options.out.suffix not in (".csv", ".parquet"):
        raise UsageError(f"--out {options.out} is no .csv or .parquet file")
    progress = Progress.for_terminal("weigh", quiet=options.quiet)
    with progress.waiting(f"reading {options.file.name}"):
        file = read_survey_file(options.file)
    targets = targets_of(read_csv(options.targets), where=str(options.targets))
    base = None
    if options.base:
        from analysis.estimate.columns import Columns

        base = Columns(file.frame).numbers(options.base)
    trim = limits(options.trim, "--trim")
    choices = Choices(
        method=options.method or ("logit" if options.bounds else "raking"),
        bounds=limits(options.bounds, "--bounds"),
        trimming=Trim(lower=trim[0], upper=trim[1]) if trim else None,
        leave_out=options.leave_out,
    )
    with progress.waiting("calibrating"):
        done = weigh_frame(file.frame, targets, choices, base=base, where=str(options.file))
    _write(options, file.frame, done)
    if options.page:
        from survey.weights.diagnostics import write_weighting_page

        write_weighting_page(
            done.record, done.stages, options.page, language=options.lang, kind="collected"
        )
    record = done.record
    print(
        f"{options.out}: n {record.n:,}, {record.method}, margins met to "
        f"{record.max_relative_error_final:.1e}, design effect of weighting "
        f"{record.deff_kish:.3f}, weights {record.smallest:.2f} to {record.largest:.2f} "
        "times their mean"
    )
    for note in record.notes:
        print(f"  {note}")


def _write(options: argparse.Namespace, frame, done) -> None:
    from survey.io.atomic import sha256
    from survey.io.tables import write_parquet
    from survey.weights.filerecord import FileRecord, record_beside, write_file_record
    from survey.weights.weigh import CLASS

    table = frame[done.kept].reset_index(drop=True)
    for name, category in done.categories.items():
        table[CLASS + name] = category
    table[options.name] = done.weights
    record_beside(options.out).unlink(missing_ok=True)  # never an old record beside a new file
    if options.out.suffix == ".csv":
        from survey.io.atomic import write_text

        text = table.to_csv(index=False, float_format="%.17g", lineterminator="\n")
        write_text(options.out, text)
    else:
        write_parquet(table, options.out)
    write_file_record(
        FileRecord(options.name, options.base or "", sha256(options.out), done.record),
        options.out,
    )

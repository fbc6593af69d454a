"""``perception tabulate``: weighted estimates with design-based errors from any survey file."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

from analysis.tabulate.options import (
    add_design_options,
    add_output_options,
    add_question_options,
)

EXAMPLES = """\
examples
  a stratified sample with population sizes:
    perception tabulate apistrat.csv --weight pw --strata stype --fpc fpc --mean api00
  two stages, both without replacement, by school type:
    perception tabulate apiclus2.csv --weight pw --psu dnum,snum --fpc fpc1,fpc2 \\
      --mean api00 --by stype
  PSU numbers that start again in every stratum, a share with an exact interval, women only:
    perception tabulate nhanes.csv --weight WTMEC2YR --strata SDMVSTRA --psu SDMVPSU --nested \\
      --share HI_CHOL --interval beta --where 'RIAGENDR == 2'
  replicate weights delivered with the data:
    perception tabulate recs.csv.gz --weight NWEIGHT --replicates 'BRRWT*' --method fay --rho .5 \\
      --mean TOTALDOL --total TOTALBTU --format json
  a multiple-response set, medians, and a workbook:
    perception tabulate wave.sav --weight w --strata province --psu segment \\
      --multi 'q4_*' --exclusive q4_9 --quantile score:0.25,0.5,0.75 --format xlsx --out wave.xlsx

Files: .sav .zsav .dta .csv .csv.gz .parquet. Empty cells, NA and values a file declares missing
are no answers. A file written by `perception weigh` is read with its calibration record, so that
errors know what the margins made certain.
"""


def register(command: Callable[[str, Callable, str], argparse.ArgumentParser]) -> None:
    parser = command("tabulate", _tabulate, "weighted estimates with errors from any survey file")
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EXAMPLES
    parser.add_argument("file", type=Path, metavar="FILE")
    add_design_options(parser)
    add_question_options(parser)
    add_output_options(parser)


def _tabulate(options: argparse.Namespace) -> None:
    from analysis.tabulate.options import ask, survey_from
    from analysis.tabulate.show import show
    from survey.io.surveyfile import read_survey_file
    from survey.progress import Progress

    progress = Progress.for_terminal("tabulate", quiet=options.quiet)
    with progress.waiting(f"reading {options.file.name}"):
        file = read_survey_file(options.file)
    with progress.waiting("estimating"):
        rows = ask(survey_from(options, file), options).rows
    show(rows, options.format, options.out, words=file.value_labels)

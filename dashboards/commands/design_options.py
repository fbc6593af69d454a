"""Options and worked examples of ``perception design``'s questions."""

from __future__ import annotations

import argparse
from pathlib import Path

METHODS = ("proportional", "neyman", "optimal", "power", "precision")

SIZE = """\
examples
  perception design size --share 0.5 --half-width 0.03
  perception design size --sd 2 --half-width 0.1 --deff 1.5 --response 0.4 --population 50000
  perception design size --share 0.02 --cv 0.15
  perception design size --domain 0.05 --least 100 --assurance 0.9
"""

POWER = """\
examples
  the smallest change found (give --n):
    perception design power --sd 2 --n 2000,3000 --deff 1.5 --overlap 0.5 --correlation 0.6
  the power for a change (give --n and --change):
    perception design power --share 0.50 --change 0.05 --n 1500
  the size of both waves (give --change):
    perception design power --sd 2 --change 0.2 --deff 1.5
  the size of the new wave (give --change and --old):
    perception design power --sd 2 --change 0.2 --deff 1.5 --old 4000
"""

ALLOCATE = """\
example
  strata.csv
    stratum,province,population,sd,cost
    11-urban,11,180000,1.9,30
    11-rural,11,20000,2.3,55
    ...
  perception design allocate strata.csv --method optimal --budget 90000 --sd sd --cost cost
  perception design allocate strata.csv --method power --size 3000 --sd 2 --exponent 0.5
  perception design allocate strata.csv --method precision --province province --sd sd \\
    --half-width 0.3 --national-half-width 0.1 --deff 1.5 --out sizes.csv
"""

DRAW = """\
example
  perception design draw villages.csv --sizes sizes.csv --strata stratum --measure households \\
    --unit village --order county --seed 46021 --out sample.csv

Beside sample.csv stands sample.csv.draw.json: seed, sha256 of the frame, sizes, order and starts.
The same frame, seed and columns draw the same units, whatever the order of rows.
"""


def size_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument(
        "--share", type=float, metavar="P", help="share of a yes-or-no answer, 0 to 1"
    )
    what.add_argument("--sd", type=float, help="standard deviation of an answer")
    what.add_argument("--domain", type=float, metavar="D", help="share of a domain, 0 to 1")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--half-width", type=float, metavar="H", help="interval wanted: +- H")
    how.add_argument("--cv", type=float, help="standard error over the mean or share")
    parser.add_argument("--mean", type=float, help="mean of the answer, for --cv")
    parser.add_argument("--level", type=float, default=0.95, help="confidence (default 0.95)")
    parser.add_argument("--deff", type=float, default=1.0, help="design effect (default 1)")
    parser.add_argument("--response", type=float, default=1.0, help="response rate (default 1)")
    parser.add_argument("--population", type=float, metavar="N", help="for a small population")
    parser.add_argument("--least", type=int, default=100, help="respondents of the domain (100)")
    parser.add_argument("--assurance", type=float, help="probability that the domain has them")


def power_options(parser: argparse.ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--sd", type=float, help="standard deviation of an answer")
    what.add_argument("--share", type=float, metavar="P", help="share in the old wave, 0 to 1")
    sizes = parser.add_mutually_exclusive_group()
    sizes.add_argument("--n", type=_sizes, metavar="N[,M]", help="respondents of old, new wave")
    sizes.add_argument("--old", type=float, metavar="N", help="the old wave, already there")
    parser.add_argument("--change", type=float, help="true change to be found")
    parser.add_argument("--ratio", type=float, default=1.0, help="new over old wave (default 1)")
    parser.add_argument("--deff", type=float, default=1.0, help="design effect (default 1)")
    parser.add_argument(
        "--overlap", type=float, default=0.0, help="share of the new wave that was in the old one"
    )
    parser.add_argument("--correlation", type=float, help="over time, of shared units")
    parser.add_argument("--icc", type=float, help="intraclass correlation, where PSUs are shared")
    parser.add_argument("--take", type=float, help="respondents per PSU and wave")
    parser.add_argument("--stability", type=float, default=1.0, help="of PSU means over time (1)")
    parser.add_argument("--power", type=float, default=0.8, help="default 0.8")
    parser.add_argument("--alpha", type=float, default=0.05, help="default 0.05, two-sided")


def allocate_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("frame", type=Path, metavar="FRAME.csv", help="one row per stratum")
    parser.add_argument("--method", choices=METHODS, default="proportional")
    parser.add_argument("--size", type=int, metavar="N", help="respondents in all")
    parser.add_argument("--budget", type=float, help="money in all (optimal)")
    parser.add_argument("--stratum", default="stratum", help="column (default: stratum)")
    parser.add_argument("--population", default="population", help="column (default: population)")
    parser.add_argument("--sd", help="column of standard deviations, or one number for all")
    parser.add_argument("--cost", help="column of costs of a respondent, or one number")
    parser.add_argument("--mean", help="column of means, or one number (power, or --cv)")
    parser.add_argument("--exponent", type=float, default=0.5, help="of power (default 0.5)")
    parser.add_argument("--province", help="column of provinces (precision)")
    parser.add_argument("--half-width", type=float, metavar="H", help="+- H in every province")
    parser.add_argument("--national-half-width", type=float, metavar="H", help="+- H in all")
    parser.add_argument("--cv", type=float, help="CV in every province")
    parser.add_argument("--national-cv", type=float, help="CV in all")
    parser.add_argument("--level", type=float, default=0.95, help="confidence (default 0.95)")
    parser.add_argument("--deff", type=float, default=1.0, help="design effect inside strata (1)")
    parser.add_argument("--least", type=int, default=2, help="per stratum (default 2)")
    parser.add_argument("--out", type=Path, metavar="F", help="write stratum,n for draw --sizes")


def draw_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("frame", type=Path, metavar="FRAME.csv", help="one row per unit")
    size = parser.add_mutually_exclusive_group(required=True)
    size.add_argument("--size", type=int, metavar="S", help="units in all")
    size.add_argument("--sizes", type=Path, metavar="F", help="CSV with columns stratum, n")
    parser.add_argument("--measure", required=True, help="column of the units' sizes")
    parser.add_argument("--unit", help="column of the units' names (default: the first)")
    parser.add_argument("--strata", default="", metavar="G[,H]", help="columns of the strata")
    parser.add_argument("--order", default="", metavar="A[,B]", help="columns to sort by first")
    parser.add_argument("--seed", type=int, required=True, help="any whole number; write it down")
    parser.add_argument("--out", type=Path, required=True, metavar="F", help="the sample, a CSV")


def _sizes(text: str) -> tuple[float, float]:
    try:
        numbers = [float(part) for part in text.split(",")]
        old, new = numbers if len(numbers) > 1 else numbers * 2
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not N or N,M") from None
    return old, new

"""The data sets of the parity matrix, read by R and by Python.

Decided here: which rows of a file make a data set of their own. Which columns are read and
derived, and which part they play: samples.py, polls.py; the steps of derivation: columns.py and
tests/parity/frames.py. Which designs are laid over them is in designs.py.
"""

from __future__ import annotations

from tests.golden.parity.polls import ANONYMITY_ITEMS, EURO_WAVES, POLLS, WVS_YEARS
from tests.golden.parity.samples import (
    GSS_COLUMNS,
    GSS_DERIVED,
    GSS_ROLES,
    SAMPLES,
    YEARS,
)

DATASETS: dict[str, dict] = SAMPLES | POLLS
DATASETS["recs_part"] = DATASETS["recs"] | {"shared": None}  # always the shipped part
DATASETS["pew_valid"] = DATASETS["pew"] | {"keep": "recage != 'DK/Ref' and receduc != 'DK/Ref'"}
for _year in YEARS:
    DATASETS[f"gss{_year}"] = {
        "shared": "trend/gss_1972_2024.csv.gz",
        "shipped": "gss.csv.gz",
        "columns": GSS_COLUMNS,
        "derive": GSS_DERIVED,
        "keep": f"year == {_year}",
        "roles": GSS_ROLES,
    }

# The reference file takes every wave, and some items, by itself.
for _year in WVS_YEARS:
    DATASETS[f"wvs_{_year}"] = DATASETS["wvs_usa"] | {
        "keep": f"year == {_year} and satisfinancial >= 0"
    }
for _wave in EURO_WAVES:
    DATASETS[f"euro_{_wave}"] = DATASETS["eurobarometer"] | {"keep": f"wave == '{_wave}'"}
for _item in ANONYMITY_ITEMS:
    DATASETS[f"anonymity_{_item}"] = DATASETS["anonymity"] | {"keep": f"{_item} >= 0"}

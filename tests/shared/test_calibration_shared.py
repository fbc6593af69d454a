"""Calibration of real survey files, which may not be shipped, against R's weights."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from survey.errors import WeightError
from survey.weights.calibrate import calibrate
from survey.weights.generalised import calibrate_totals
from survey.weights.household import calibrate_households
from survey.weights.poststratify import poststratify
from tests import twin
from tests.calibration import OPTIONS, agrees
from tests.ratios import margin

pytestmark = pytest.mark.shared
GOLDEN = json.loads((Path(twin.__file__).parent / "golden" / "calibrate_shared.json").read_text())
CASES = GOLDEN["calibrated"]
SCHOOLS = ("apistrat", "apiclus1", "apiclus2", "apisrs")


def schools(folder, name):
    frame = pd.read_csv(folder / "design" / f"{name}.csv")
    kind = frame["stype"]
    x = np.column_stack([np.ones(len(frame)), kind == "H", kind == "M", frame["api99"]])
    return frame, frame["pw"].to_numpy(float), x.astype(float)


def panel(folder):
    """Answers of the online panel and the census cells."""
    frame = pd.read_csv(folder / "weighting" / "profresp.csv")
    cells = pd.read_csv(folder / "weighting" / "profresp_acs_targets.csv")
    frame["age3cat"] = frame["age4cat"].map({1: 1, 2: 2, 3: 2, 4: 3})
    base = np.full(len(frame), cells["count"].sum() / len(frame))
    return frame, base, cells, ["gender", "age3cat", "edu3cat"], cells["count"].to_numpy(float)


def phone(folder):
    """Answers of the telephone survey and the census cells."""
    frame = pd.read_csv(folder / "weighting" / "pew_dec13_excerpt.csv")
    cells = pd.read_csv(folder / "weighting" / "acs_2017_joint_targets.csv")
    frame = frame[(frame["recage"] != "DK/Ref") & (frame["receduc"] != "DK/Ref")]
    base = frame["weight"].to_numpy()
    counts = cells["weight"].to_numpy() / cells["weight"].sum() * base.sum()
    return frame, base, cells, ["sex", "recage", "receduc"], counts


def margins_of(frame, cells, items, counts):
    """Margins of the cells, and the respondents' classes."""
    margins, classes = [], []
    for item in items:
        levels, place = np.unique(cells[item], return_inverse=True)
        margins.append(margin(item, np.bincount(place, counts)))
        classes.append(pd.Index(levels).get_indexer(frame[item]))
    return margins, classes


def dummies(frame, items):
    """Columns as R's model.matrix has them: an intercept, and every level but the first."""
    columns = [np.ones(len(frame))]
    for item in items:
        columns += [frame[item] == level for level in np.unique(frame[item])[1:]]
    return np.column_stack(columns).astype(float)


def options(case):
    return OPTIONS | {"method": case["method"], "bounds": case["bounds"]}


@pytest.mark.parametrize("place", range(len(CASES)))
def test_weights_are_those_of_r_calibrate(shared_data, place):
    case = CASES[place]
    totals = np.array(case["totals"])
    if case["data"] in SCHOOLS:
        frame, base, x = schools(shared_data, case["data"])
    else:
        frame, base, _, items, _ = (panel if case["data"] == "profresp" else phone)(shared_data)
        x = dummies(frame, items)
    if "failed" in case:
        with pytest.raises(WeightError, match=r"cannot be met within the bounds 0\.9 to 1\.1"):
            calibrate_totals(base, x, totals, **options(case))
        return
    if case["households"]:
        done = calibrate_households(base, x, totals, frame["dnum"], **options(case))
    else:
        done = calibrate_totals(base, x, totals, **options(case))
    assert agrees(done.weights, case)
    assert done.error <= 1e-10


@pytest.mark.parametrize(("name", "read"), [("profresp", panel), ("pew", phone)])
class TestCensusCells:
    def test_post_stratified_weights_are_those_of_r(self, shared_data, name, read):
        frame, base, cells, items, counts = read(shared_data)
        index = pd.MultiIndex.from_frame(cells[items])
        classes = index.get_indexer(pd.MultiIndex.from_frame(frame[items]))
        done = poststratify(base, classes, margin("cell", counts))
        assert agrees(done.weights, GOLDEN[f"{name}_cells"])

    def test_raking_on_cells_gives_r_s_weights_too(self, shared_data, name, read):
        frame, base, cells, items, counts = read(shared_data)
        margins, classes = margins_of(frame, cells, items, counts)
        done = calibrate(base, classes, margins, tolerance=1e-11, most_sweeps=500)
        (want,) = [c for c in CASES if c["data"] == name and c["method"] == "raking"]
        assert agrees(done.weights, want)

"""The parity matrix on the shipped files: R answers, by statistic, design feature and method.

Cases and R's answers: tests/golden/parity (matrix.R). On the real files: tests/shared.
"""

from __future__ import annotations

import hashlib
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from analysis.estimate.calibrated import calibrated
from analysis.estimate.survey import Survey
from survey.errors import WeightError
from tests.golden.parity import cells
from tests.golden.parity.make_twins import TWINS, csv_bytes
from tests.parity.agreement import differences, loose_factors
from tests.parity.frames import DATA, load
from tests.parity.known import NOT_R, reason
from tests.parity.runner import (
    CASES,
    GOLDEN,
    RESIDUALS,
    SPEC,
    Runner,
    calibrated_weights,
    has_degrees,
)

RUNNER = Runner()
ANSWERS = RUNNER.golden["answers"]


def variants(case: dict) -> list[str]:
    """Residuals R has an answer for; and a jackknife handed over as a table of weights."""
    design = SPEC["designs"][case["design"]]
    if design["replicates"] is not None:
        table = design["calibration"] is None and design["method"] in ("jk1", "jkn")
        return ["final", "given"] if table else ["final"]
    return ["final"] if design["calibration"] is None else list(RESIDUALS)


def grouped() -> dict[tuple[str, str], list[dict]]:
    found = defaultdict(list)
    for case in CASES.values():
        if reason(case["id"]) is None:
            found[case["design"], case["statistic"]].append(case)
    return found


GROUPS = grouped()


@pytest.mark.parametrize(("design", "statistic"), GROUPS, ids="/".join)
def test_answers_are_those_of_r_and_factors_give_their_errors(design, statistic):
    found = []
    for case in GROUPS[design, statistic]:
        for variant in variants(case):
            got = RUNNER.answer(case, variant)
            told = differences(
                case,
                ANSWERS[case["id"]],
                got,
                variant,
                degrees=has_degrees(case),
                calibrated=SPEC["designs"][case["design"]]["calibration"] is not None,
            )
            told += loose_factors(statistic, got)
            found += [f"{case['id']} ({variant}) {line}" for line in told]
    assert not found, "\n".join(found)


class TestTheMatrix:
    def test_every_applicable_cell_has_three_values_of_two_data_sets(self):
        values = defaultdict(int)
        files = defaultdict(set)
        for case in CASES.values():
            if reason(case["id"]) is not None:
                continue
            design = SPEC["designs"][case["design"]]
            answered = len(ANSWERS.get(case["id"], ()))
            for feature in features(case):
                cell = (case["statistic"], feature, design["method"])
                values[cell] += answered
                if answered:
                    files[cell].add(SPEC["datasets"][design["data"]]["shipped"])
        gaps = [c for c in cells.applicable() if values[c] < 3 or len(files[c]) < 2]
        assert not gaps

    def test_no_answer_stands_in_a_cell_declared_inapplicable(self):
        filled = {
            (case["statistic"], feature, SPEC["designs"][case["design"]]["method"])
            for case in CASES.values()
            for feature in features(case)
        }
        assert not filled - set(cells.applicable())

    def test_there_are_over_four_hundred_values(self):
        assert sum(len(rows) for rows in ANSWERS.values()) > 4000

    def test_every_row_of_the_reference_file_is_asked(self):
        lines = [line for case in CASES.values() for line in case.get("line", {}).values()]
        assert set(lines) == set(range(98))

    def test_answers_are_of_these_cases(self):
        digest = hashlib.sha256((GOLDEN / "cases.json").read_bytes()).hexdigest()
        assert RUNNER.golden["cases_sha256"] == digest
        assert RUNNER.golden["survey"] == "4.1.1"

    def test_every_exception_is_of_a_case_that_exists(self):
        excused = [case for case in CASES if reason(case) is not None]
        assert len(excused) <= 6
        assert len(NOT_R) == len({reason(case) for case in excused})


def features(case: dict) -> list[str]:
    """Features of the matrix a case has: its design's, and those of its question."""
    found = list(SPEC["designs"][case["design"]]["features"])
    design = SPEC["designs"][case["design"]]
    if "made_replicates" in found and design["calibration"] is None:
        found.append("given_replicates")  # asked of the same weights handed over as a table, too
    if "where" in case or "by" in case:
        found.append("domain")
    frame = RUNNER.frame(case["design"])
    asked = [v for v in case["ask"].values() if isinstance(v, str)]
    asked += [v for values in case["ask"].values() if isinstance(values, list) for v in values]
    if any(name in frame and frame[name].isna().any() for name in asked):
        found.append("missing")
    return found


class TestCalibratedWeights:
    @pytest.mark.parametrize("design", RUNNER.golden["native"])
    def test_weights_are_those_of_r_to_eight_digits(self, design):
        want = RUNNER.golden["native"][design]["weights"]
        got = calibrated_weights(RUNNER.survey(design))
        assert got[:20] == pytest.approx(want["first"], rel=1e-8)
        assert got.sum() == pytest.approx(want["sum"], rel=1e-8)
        assert (got**2).sum() == pytest.approx(want["squares"], rel=1e-8)
        assert len(got) == want["n"]

    @pytest.mark.parametrize("name", SPEC["infeasible"])
    def test_bounds_that_cannot_be_kept_are_told_with_the_auxiliary(self, name):
        design = SPEC["infeasible"][name]
        aim = design["calibration"]
        frame = load(SPEC["datasets"][design["data"]])
        base = Survey(frame, weight=design["weight"])
        auxiliaries = "|".join([*aim["margins"], *aim["numeric"]])
        with pytest.raises(WeightError, match=rf"({auxiliaries}).*cannot be met within the bounds"):
            calibrated(
                base,
                margins=aim["margins"],
                totals=aim["numeric"] or None,
                method=aim["method"],
                bounds=tuple(aim["bounds"]),
            )

    def test_raking_in_r_agrees_with_its_own_variants(self):
        rake = [n["rake"] for n in RUNNER.golden["native"].values() if "rake" in n]
        assert len(rake) >= 6
        assert np.median(rake) < 1e-6  # R alternates ten times, and has then mostly arrived


class TestTwins:
    @pytest.mark.parametrize("make", TWINS, ids=lambda make: make.__name__)
    def test_a_twin_is_what_its_script_makes(self, make):
        path = next(
            DATA / name
            for name in (f"{make.__name__}.csv", f"{make.__name__}.csv.gz")
            if (DATA / name).exists()
        )
        assert content(path) == csv_bytes(make())

    def test_committed_files_stay_small(self):
        folders = (DATA, GOLDEN, Path(__file__).parent)
        files = [p for f in folders for p in f.rglob("*") if p.is_file() and p.suffix != ".pyc"]
        assert sum(p.stat().st_size for p in files) < 3_000_000


def content(path: Path) -> bytes:
    import gzip

    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data

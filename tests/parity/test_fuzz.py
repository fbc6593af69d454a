"""Five hundred random designs against R's answers; see tests/golden/parity/fuzz_designs.py."""

from __future__ import annotations

import json
import shutil
import subprocess

import pytest

from tests.conftest import ROOT
from tests.golden.parity.fuzz_designs import COUNT, design
from tests.parity import fuzzing

ANSWERS = fuzzing.answers()
BATCH = 50


@pytest.mark.parametrize("start", range(0, COUNT, BATCH))
def test_answers_are_those_of_r(start):
    found = []
    for number in range(start, start + BATCH):
        one = fuzzing.designs()[number]
        lines = fuzzing.disagreements(one, ANSWERS["answers"][number])
        found += [f"design {number} ({one['lonely']}): {line}" for line in lines]
    assert not found, "\n".join(found)


def test_answers_are_of_these_designs():
    assert ANSWERS["sha256"] == fuzzing.fingerprint()
    assert len(ANSWERS["answers"]) == len(fuzzing.designs()) == COUNT


def test_designs_are_what_their_script_makes():
    for number in (0, 1, 6, 7, 250, 499):
        assert json.loads(json.dumps(design(number))) == fuzzing.designs()[number]


def test_designs_hold_every_trouble():
    every = fuzzing.designs()
    waves = [one[w] for one in every for w in ("first", "second") if w in one]
    assert {one["lonely"] for one in every} == {"fail", "certainty", "adjust", "average"}
    assert {one["overlap"] for one in every} == {None, 0, 50, 100}
    assert sum(one["stages"] == 2 for one in every) > 100
    assert sum(one["fpc"] for one in every) > 200
    assert sum(None in wave["y"] for wave in waves) > 200
    assert sum(set(wave["g"]) < {"a", "b", "c"} for wave in waves) > 200
    assert max(max(wave["w"]) / min(wave["w"]) for wave in waves) > 5e5


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("Rscript") is None, reason="Rscript is not installed")
def test_r_gives_the_committed_answers_again(tmp_path):
    out = tmp_path / "answers.json.gz"
    subprocess.run(
        ["Rscript", "tests/golden/parity/fuzz.R", str(out)], cwd=ROOT, check=True, timeout=1800
    )
    again = fuzzing.answers(out)
    assert again["sha256"] == ANSWERS["sha256"]
    for number, (one, other) in enumerate(zip(again["answers"], ANSWERS["answers"], strict=True)):
        assert _flat(one) == pytest.approx(_flat(other), rel=1e-9, abs=1e-12), number


def _flat(answer: dict) -> dict[str, float]:
    return {
        f"{wave}.{name}.{field}": value
        for wave, rows in answer.items()
        for name, row in (rows.items() if wave in ("first", "second") else [("", rows)])
        for field, value in row.items()
        if value is not None
    }

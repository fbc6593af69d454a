"""A few hundred of the mutations that `make fuzz` tries by the thousand; texts of hypothesis."""

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from survey.errors import PerceptionError
from survey.io.readers import read_raw
from tests.fuzz.seeds import KOBO, MONKEY, QUALTRICS, WJX_CSV, seeds
from tests.fuzz.trial import FAILURES, Job, tried

FILES = 300
TEXTS = {
    "csv": WJX_CSV,
    "wjx": WJX_CSV,
    "qualtrics": QUALTRICS,
    "surveymonkey": MONKEY,
    "odk": KOBO,
}
CELLS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    return seeds(tmp_path_factory.mktemp("seeds"))


class TestMutations:
    def test_sound_files_are_read(self, known, tmp_path):
        outcomes = list(tried([Job(seed, 0) for seed in known], tmp_path))
        odd = [
            (seed.name, o.told) for seed, o in zip(known, outcomes, strict=True) if o.kind != "read"
        ]
        assert odd == []

    def test_mutated_files_are_read_or_refused(self, known, tmp_path):
        jobs = [Job(known[n % len(known)], n, known[0].data) for n in range(1, FILES + 1)]
        outcomes = list(tried(jobs, tmp_path))
        assert len(outcomes) == FILES
        assert [o for o in outcomes if o.kind in FAILURES] == []
        assert {"read", "refused"} <= {o.kind for o in outcomes}


class TestTexts:
    @pytest.mark.parametrize("origin", sorted(TEXTS))
    @settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=6), packed=st.booleans())
    def test_any_text_is_read_or_refused(self, tmp_path, origin, rows, packed):
        text = TEXTS[origin].split("\n")[0] + "\n" + "\n".join(",".join(row) for row in rows)
        path = tmp_path / "a.csv"
        data = text.encode("utf-8")
        path.write_bytes(gzip.compress(data) if packed else data)
        kind, told = outcome(path, origin, len(text.splitlines()))
        assert kind == "sound", told


def outcome(path, origin, lines):
    """Whether a file is read to no more rows than it has lines, or refused by its name."""
    try:
        rows = len(read_raw(path, origin, {}).frame)
    except PerceptionError as fault:
        return ("sound" if str(path) in str(fault) else "nameless"), str(fault)
    return ("sound" if rows <= lines else "too many"), f"{rows} rows of {lines} lines"

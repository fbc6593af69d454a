"""Keyed random numbers: published answers of the generator, and what they depend on."""

import numpy as np
import pytest

from survey.design import resampling
from survey.design.draws import philox, uniforms, unit_keys

# Known answers of philox4x32-10: Random123, file kat_vectors.
KNOWN = [
    ("00000000 " * 6, "6627e8d5 e169c58d bc57ac4c 9b00dbd8"),
    ("ffffffff " * 6, "408f276d 41c83b0e a20bc7c6 6d5451fd"),
    (
        "243f6a88 85a308d3 13198a2e 03707344 a4093822 299f31d0",
        "d16cfe09 94fdcceb 5001e420 24126ea1",
    ),
]


class TestPhilox:
    @pytest.mark.parametrize(("given", "wanted"), KNOWN)
    def test_gives_the_published_answers(self, given, wanted):
        words = [np.array([int(word, 16)], dtype=np.uint64) for word in given.split()]
        found = philox(words[:4], words[4:])
        assert " ".join(f"{int(word[0]):08x}" for word in found) == wanted


class TestUniforms:
    def test_are_uniform_and_their_pairs_independent(self):
        keys = unit_keys(1, ["a"] * 200, [str(i) for i in range(200)])
        key, replicate = np.repeat(keys, 500), np.tile(np.arange(500), 200)
        drawn = uniforms(key, replicate)
        for ordered in np.sort(drawn, axis=1):  # Kolmogorov: 1.95 / sqrt(n) at 0.1 %
            distance = np.abs(ordered - (np.arange(ordered.size) + 0.5) / ordered.size).max()
            assert distance < 1.95 / np.sqrt(ordered.size)
        assert abs(np.corrcoef(drawn)[0, 1]) < 4 / np.sqrt(drawn.shape[1])

    def test_lie_strictly_between_zero_and_one(self):
        keys = unit_keys(1, ["a"] * 3, list("xyz"))
        drawn = uniforms(np.repeat(keys, 1000), np.tile(np.arange(1000), 3))
        assert 0 < drawn.min() < drawn.max() < 1

    def test_of_a_unit_do_not_depend_on_the_others(self):
        keys = unit_keys(1, ["a"] * 3, list("xyz"))
        together = uniforms(keys, np.array([4, 5, 6]))
        assert (uniforms(keys[1:2], np.array([5]))[:, 0] == together[:, 1]).all()


class TestUnitKeys:
    def test_labels_are_not_run_together(self):
        one, other = unit_keys(1, ["a", "ab"], ["bc", "c"])
        assert one != other

    def test_the_same_label_in_another_stratum_is_another_unit(self):
        one, other = unit_keys(1, ["a", "b"], ["1", "1"])
        assert one != other


class TestCompiledCounts:
    @pytest.mark.parametrize(
        ("strata", "units", "size"), [(5, 2, 1), (4, 7, 6), (2, 40, 39), (2, 3, 40), (1, 600, 1)]
    )
    def test_are_those_of_numpy(self, strata, units, size, monkeypatch):
        pytest.importorskip("numba")
        labels = [str(i) for i in range(strata * units)]
        keys = unit_keys(3, ["a"] * len(labels), labels).reshape(strata, units)
        found = {}
        for way, limit in (("numpy", 10**18), ("compiled", 0)):
            monkeypatch.setattr(resampling, "COMPILED_FROM", limit)
            monkeypatch.setattr(resampling, "COMPILED_ALONE", limit)
            found[way] = resampling.counts(keys, np.arange(300), size)
        assert (found["numpy"] == found["compiled"]).all()
        assert (found["numpy"].sum(axis=1) == size).all()

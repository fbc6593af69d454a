"""Same and nearly the same interviews, held against all pairs taken one by one."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from survey.clean import nearmatch
from survey.clean.alike import Answers, repeats
from survey.clean.nearmatch import largest_match, matched


def answers(codes, there=None) -> Answers:
    codes = np.asarray(codes, dtype=np.uint16)
    there = codes != 0 if there is None else there
    return Answers(codes, there, tuple(f"q{k}" for k in range(codes.shape[1])))


def drawn(seed: int, n: int = 400, m: int = 20) -> Answers:
    """People who answer alike by taste, copies with a few changes, and gaps."""
    rng = np.random.default_rng(seed)
    taste = rng.normal(size=(n, 1))
    codes = np.clip(np.rint(3 + taste + rng.normal(size=(n, m))), 1, 5).astype(np.uint16)
    copies = rng.integers(0, n, n // 10)
    codes[copies] = codes[rng.integers(0, n, len(copies))]
    codes[copies, rng.integers(0, m, len(copies))] = 1
    return answers(codes, rng.random((n, m)) > 0.05)


def by_hand(of: Answers, least_items: float) -> np.ndarray:
    """The largest match of every row, pair by pair, as its definition reads."""
    best = np.zeros(len(of.codes))
    rows = [r for r in range(len(of.codes)) if of.given[r].sum() >= least_items]
    for a in rows:
        for b in rows:
            if a != b:
                either = of.given[a] | of.given[b]
                alike = of.given[a] & of.given[b] & (of.codes[a] == of.codes[b])
                best[a] = max(best[a], alike.sum() / either.sum())
    return best


class TestLargestMatch:
    def test_it_is_the_definition_pair_by_pair(self):
        of = drawn(1, n=60)
        found = largest_match(of, min_items=10, most=1000)
        np.testing.assert_allclose(found, by_hand(of, 10), atol=1e-12)

    def test_a_sample_of_rows_is_still_compared_with_all(self):
        of = drawn(2, n=80)
        assert set(largest_match(of, min_items=1, most=10)) <= set(
            largest_match(of, min_items=1, most=1000)
        )


class TestBlocks:
    @given(seed=st.integers(0, 10**6), least=st.sampled_from([0.7, 0.8, 0.85, 0.95, 1.0]))
    @settings(max_examples=15)
    def test_blocks_find_exactly_the_pairs_of_all_pairs(self, seed, least):
        of = drawn(seed)
        all_pairs = matched(of, least=least, min_items=8)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(nearmatch, "FEW", 0)
            patch.setattr(nearmatch, "SMALL", 4)
            np.testing.assert_array_equal(matched(of, least=least, min_items=8), all_pairs)

    def test_the_order_of_rows_does_not_matter(self, monkeypatch):
        monkeypatch.setattr(nearmatch, "FEW", 0)
        of, order = drawn(7), np.random.default_rng(1).permutation(400)
        other = Answers(of.codes[order], of.given[order], of.questions)
        found = matched(of, least=0.85, min_items=8)
        np.testing.assert_array_equal(matched(other, least=0.85, min_items=8), found[order])
        assert 0 < found.sum() < 400

    def test_a_large_group_of_near_copies_is_marked_whole(self, monkeypatch):
        monkeypatch.setattr(nearmatch, "FEW", 0)
        rng = np.random.default_rng(3)
        codes = np.tile(rng.integers(1, 6, 40), (9000, 1))
        codes[np.arange(9000), rng.integers(0, 40, 9000)] = rng.integers(1, 60, 9000)
        codes[0] = 99  # one who is like nobody
        found = matched(answers(codes), least=0.85, min_items=20)
        assert found.sum() == 8999
        assert not found[0]

    def test_few_answers_are_compared_with_nobody(self):
        codes = np.zeros((4, 10), dtype=np.uint16)
        codes[:2, :3] = 1
        codes[2:, :8] = 2
        found = matched(answers(codes), least=0.9, min_items=5)
        assert found.tolist() == [False, False, True, True]


class TestRepeats:
    @given(seed=st.integers(0, 10**6))
    @settings(max_examples=20)
    def test_they_are_the_duplicated_rows_of_pandas(self, seed):
        rng = np.random.default_rng(seed)
        codes = rng.integers(0, 3, (300, 5)).astype(np.uint16)
        device = pd.Series(rng.integers(0, 3, 300), dtype="Int64").mask(rng.random(300) < 0.1)
        wide = rng.integers(0, 2, 300) * 10**9
        of = Answers(codes, codes != 0, ("a",) * 5, (wide,))
        table = pd.DataFrame(codes).assign(wide=wide, device=device)
        enough = ((codes != 0).sum(axis=1) >= 3) & device.notna().to_numpy()
        expected = table[enough].duplicated().reindex(table.index, fill_value=False)
        found = repeats(of, min_items=3, device=device)
        np.testing.assert_array_equal(found, expected.to_numpy())

    def test_two_rows_of_one_hash_are_told_apart(self, monkeypatch):
        from survey.clean import alike

        monkeypatch.setattr(alike, "row_hashes", lambda table: np.zeros(len(table), np.uint64))
        found = repeats(answers([[1, 2], [2, 1], [1, 2]]), min_items=1)
        assert found.tolist() == [False, False, True]

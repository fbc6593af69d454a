"""Words by group: counted once a person, hidden where few stand behind them."""

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.results.precision import Limits
from analysis.text.keywords import keyness, log_likelihood, word_counts
from analysis.text.run import run
from survey.clean import run as clean
from survey.errors import InstrumentError, UsageError
from survey.progress import Progress
from tests.unit.text.conftest import instrument_of

LIMITS = Limits(min_base=30, min_cell=5, caution_cv=1, caution_df=1)


def people(*parts: tuple[int, str, list[str]]):
    """(how many, group, words) -> words and groups of every person."""
    words = [said for n, _, said in parts for _ in range(n)]
    groups = [group for n, group, _ in parts for _ in range(n)]
    return words, groups


class TestCounts:
    def test_a_word_counts_once_a_person(self):
        words, groups = people((20, "m", ["leak", "leak", "fee"]), (40, "m", ["fee"]))
        made = word_counts(words, [None] * 60, LIMITS).set_index("word")
        assert made.loc["leak", "people"] == 20
        assert made.loc["leak", "share"] == pytest.approx(1 / 3)
        assert "fee" not in made.index  # everybody used it: nobody is outside
        assert groups

    def test_a_word_of_four_people_is_not_shown(self):
        words, _ = people((4, "m", ["name"]), (5, "m", ["fee"]), (50, "m", ["other"]))
        made = word_counts(words, [None] * 59, LIMITS)
        assert set(made["word"]) == {"fee", "other"}

    def test_one_hidden_group_hides_all_of_the_word(self):
        words, groups = people(
            (20, "m", ["leak"]), (30, "m", ["x"]), (3, "f", ["leak"]), (40, "f", ["x"])
        )
        made = word_counts(words, groups, LIMITS)
        assert set(made.loc[made["word"] == "leak", "group"]) == {"all"}

    def test_people_without_a_group_do_not_give_a_hidden_cell_away(self):
        words, groups = people(
            (20, "m", ["leak"]), (30, "m", []), (10, "f", ["leak"]), (30, "f", [])
        )
        words, groups = [*words, ["leak"]], [*groups, None]
        made = word_counts(words, groups, LIMITS)
        assert set(made["group"]) == {"all"}

    def test_small_groups_and_small_waves_show_nothing(self):
        words, groups = people((29, "m", ["leak"]), (40, "f", ["leak"]), (20, "f", []))
        assert set(word_counts(words, groups, LIMITS)["group"]) == {"all"}
        assert word_counts(words[:29], groups[:29], LIMITS).empty

    @given(
        st.lists(
            st.tuples(st.frozensets(st.sampled_from("abcd")), st.sampled_from("mf")), max_size=150
        )
    )
    def test_no_cell_of_few_people_can_be_found_by_subtraction(self, drawn):
        made = word_counts([w for w, _ in drawn], [g for _, g in drawn], LIMITS)
        cells = [(r.people, r.answered - r.people) for r in made.itertuples()]
        assert all(min(cell) >= 5 for cell in cells)
        for _, rows in made.groupby("word"):
            whole = rows.loc[rows["group"] == "all", "people"].iloc[0]
            parts = rows.loc[rows["group"] != "all", "people"]
            assert parts.empty or parts.sum() == whole


class TestKeyness:
    def test_the_statistic_by_hand(self):
        a, n, b, m = 30, 100, 10, 100
        expected = (40 / 200) * 100
        cells = [(30, expected), (10, expected), (70, 100 - expected), (90, 100 - expected)]
        want = 2 * sum(seen * math.log(seen / exp) for seen, exp in cells)
        got = log_likelihood(*(np.array([float(x)]) for x in (a, n, b, m)))
        assert got[0] == pytest.approx(want)

    def test_it_is_the_likelihood_ratio_of_scipy(self):
        from scipy.stats import chi2_contingency

        got = log_likelihood(*(np.array([float(x)]) for x in (12, 80, 33, 90)))
        want = chi2_contingency([[12, 68], [33, 57]], correction=False, lambda_="log-likelihood")
        assert got[0] == pytest.approx(want.statistic)

    def test_groups_that_differ_come_first(self):
        words, groups = people(
            (30, "m", ["leak", "fee"]), (30, "m", ["fee"]), (40, "m", []),
            (10, "f", ["leak", "fee"]), (50, "f", ["fee"]), (40, "f", []),
        )  # fmt: skip
        made = keyness(word_counts(words, groups, LIMITS))
        assert made["word"].to_list()[:2] == ["leak", "leak"]
        leak = made[made["group"] == "m"].iloc[0]
        assert leak["log_ratio"] > 1
        assert leak["p_adjusted"] >= leak["p_value"]
        assert made.loc[made["word"] == "fee", "p_adjusted"].eq(1).all()

    def test_nothing_to_compare_is_an_empty_table(self):
        assert keyness(word_counts([], [], LIMITS)).empty


class TestFiles:
    def test_tables_hold_words_and_marks_and_no_answer(self, town):
        clean.run(town, ["tiny"], Progress.silent())
        done = run(town, instrument_of(town), "2020H1", "remarks", by="sex")
        assert [path.name for path in done.written] == [
            "2020H1-remarks-words-sex-simulated.csv",
            "2020H1-remarks-keyness-sex-simulated.csv",
        ]
        table = pd.read_csv(done.written[0])
        assert set(table["kind"]) == {"simulated"}
        assert "泄露" in " ".join(table["word"])
        text = "".join(path.read_text("utf-8") for path in done.written)
        for secret in ("张伟", "13812345678", "客服态度不好", "P0001"):
            assert secret not in text

    def test_only_approved_answers_are_quoted(self, town):
        clean.run(town, ["tiny"], Progress.silent())
        quotes = town.instrument("tiny") / "quotes.yml"
        entry = "- item: remarks\n  wave: 2020H1\n  text: {}\n"
        entry += "  approved_by: board\n  approved_on: 2020-07-01\n"
        quotes.write_text(entry.format("客服态度不好"), encoding="utf-8")
        done = run(town, instrument_of(town), "2020H1", "remarks")
        assert "客服态度不好" in done.written[-1].read_text("utf-8")
        for text, told in (("没人这样说过", "nobody gave"), ("打13812345678", "an identifier")):
            quotes.write_text(entry.format(text), encoding="utf-8")
            with pytest.raises(InstrumentError, match=told):
                run(town, instrument_of(town), "2020H1", "remarks")

    def test_other_items_are_refused(self, town):
        clean.run(town, ["tiny"], Progress.silent())
        for item, by in (("sex", ""), ("nowhere", ""), ("remarks", "respondent")):
            with pytest.raises(UsageError):
                run(town, instrument_of(town), "2020H1", item, by=by)

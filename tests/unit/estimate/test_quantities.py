"""What counts in means, shares and multiple-response sets, and their intervals."""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.mean import mean_quantity, t_interval
from analysis.estimate.multiple import multiple_quantity
from analysis.estimate.plan import breakdowns, quantities
from analysis.estimate.proportion import logit_interval, share_quantity
from analysis.estimate.quantity import wording_id
from survey.errors import EstimateError
from tests import twin


@pytest.fixture(scope="module")
def instrument(tmp_path_factory):
    return twin.instrument(tmp_path_factory.mktemp("twin"))


def indicator(instrument, name, **changes):
    found = next(i for i in instrument.study.indicators if i.id == name)
    return found.model_copy(update=changes)


def answers(**columns):
    return pd.DataFrame({name: pd.array(v, dtype="Int64") for name, v in columns.items()})


SCORES = answers(score=[0, 10, 98, 99, -3, None])


class TestMean:
    def test_only_answers_on_the_scale_are_in_the_base(self, instrument):
        got = mean_quantity(SCORES, indicator(instrument, "score"), instrument)
        assert got.x.tolist() == [1, 1, 0, 0, 0, 0]
        assert got.y[:, 0].tolist() == [0, 10, 0, 0, 0, 0]

    def test_a_five_point_item_becomes_a_ten_point_score(self, instrument):
        got = mean_quantity(answers(trust=[1, 3, 5]), indicator(instrument, "trust"), instrument)
        assert ((got.y[:, 0] - got.origin) * got.scale).tolist() == [0, 5, 10]

    def test_a_mean_of_a_set_is_refused(self, instrument):
        with pytest.raises(EstimateError, match="asks for a mean of 'issues', a multiple item"):
            mean_quantity(SCORES, indicator(instrument, "issues"), instrument)


class TestShare:
    def test_base_all_keeps_who_was_asked_and_did_not_say(self, instrument):
        got = share_quantity(SCORES, indicator(instrument, "score"), instrument)
        assert got.x.tolist() == [1, 1, 1, 1, 0, 0]
        assert dict(zip(got.categories, got.y.T.tolist(), strict=True)) == {
            "low": [1, 0, 0, 0, 0, 0],
            "high": [0, 1, 0, 0, 0, 0],
        }

    def test_base_eligible_is_answers_on_the_scale(self, instrument):
        got = share_quantity(SCORES, indicator(instrument, "score", base="eligible"), instrument)
        assert got.x.tolist() == [1, 1, 0, 0, 0, 0]

    def test_without_groups_every_point_is_a_category(self, instrument):
        got = share_quantity(answers(trust=[2, 8]), indicator(instrument, "trust"), instrument)
        assert got.categories[1] == "disagree"
        assert got.y[0].tolist() == [0, 1, 0, 0, 0]

    def test_a_single_choice_item_has_no_mentions(self, instrument):
        with pytest.raises(EstimateError, match="has no mentions"):
            share_quantity(SCORES, indicator(instrument, "score", base="mentions"), instrument)


class TestMultiple:
    SET = answers(
        issues__1=[1, 0, 0, None],
        issues__2=[1, 1, 0, None],
        issues__3=[0, 0, 0, None],
        issues__4=[0, 0, 0, None],
        issues__5=[0, 0, 1, None],
    )

    def quantity(self, instrument, base):
        return multiple_quantity(self.SET, indicator(instrument, "issues", base=base), instrument)

    def test_all_counts_who_answered_the_set_and_not_chosen_is_not_not_asked(self, instrument):
        got = self.quantity(instrument, "all")
        assert got.x.tolist() == [1, 1, 1, 0]
        assert got.categories == ("shared", "overcollected", "sold", "other", "none")

    def test_eligible_named_at_least_one_that_is_not_exclusive(self, instrument):
        got = self.quantity(instrument, "eligible")
        assert got.x.tolist() == [1, 1, 0, 0]
        assert "none" not in got.categories

    def test_shares_of_mentions_add_to_one(self, instrument):
        got = self.quantity(instrument, "mentions")
        assert got.x.tolist() == [2, 1, 0, 0]
        assert got.y.sum() / got.x.sum() == 1


class TestPlan:
    def test_every_indicator_and_statistic_once(self, instrument):
        planned = quantities(twin.read_responses("2020H1"), instrument)
        assert [(q.indicator, q.statistic) for q in planned] == [
            ("score", "mean"),
            ("score", "share"),
            ("trust", "mean"),
            ("trust", "share"),
            ("issues", "share"),
            ("named", "share"),
            ("mentions", "share"),
        ]

    def test_the_whole_population_comes_first_then_domains_then_crossed_ones(self, instrument):
        plan = breakdowns(twin.read_responses("2020H1"), instrument)
        assert plan[0].domains == ("all",)
        assert plan[1].domains == ("sex=male", "sex=female", "sex=other")
        assert plan[-1].domains[0] == "residence=urban&sex=male"
        assert len(plan[-1].domains) == 6

    def test_an_answer_that_is_no_level_is_in_no_domain(self, instrument):
        frame = twin.read_responses("2020H1")
        frame.loc[0, "sex"] = pd.NA
        assert breakdowns(frame, instrument)[1].level[0] == -1
        assert breakdowns(frame, instrument)[-1].level[0] == -1

    def test_an_item_the_data_do_not_have_is_named(self, instrument):
        frame = twin.read_responses("2020H1").drop(columns=["score", "issues__2"])
        with pytest.raises(EstimateError) as caught:
            quantities(frame, instrument)
        assert "needs 'score'" in str(caught.value)
        assert "option column 'issues__2'" in str(caught.value)


class TestIntervals:
    def test_t_interval_of_four_degrees_of_freedom(self):
        low, high = t_interval([5.0], [1.0], [4], level=0.95)
        assert [low[0], high[0]] == pytest.approx([5 - 2.776445, 5 + 2.776445])

    def test_without_degrees_of_freedom_there_is_no_interval(self):
        assert np.isnan(t_interval([5.0], [1.0], [0], level=0.95)).all()

    @pytest.mark.parametrize("share", [0.001, 0.5, 0.98])
    def test_the_logit_interval_stays_inside_zero_and_one(self, share):
        low, high = logit_interval([share], [share * (1 - share) / 4], [12], level=0.95)
        assert 0 < low[0] < share < high[0] < 1

    def test_a_share_of_zero_has_no_interval(self):
        assert np.isnan(logit_interval([0.0], [0.0], [12], level=0.95)).all()

    def test_percent_in_place_of_share_is_refused(self):
        with pytest.raises(EstimateError, match=r"outside \[0, 1\]"):
            logit_interval([48.0], [2.0], [12], level=0.95)


class TestWordingId:
    def test_changes_with_the_words_and_with_nothing_else(self, instrument):
        score = indicator(instrument, "score")
        one = wording_id(instrument, score)
        assert len(one) == 12
        assert one == wording_id(instrument, score.model_copy(update={"groups": []}))
        assert one != wording_id(instrument, indicator(instrument, "trust"))

"""Sample sizes against R, against each other, and against drawing samples."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import UsageError
from survey.planning.sample_size import (
    half_width_of_mean,
    size_for_domain,
    size_for_mean,
    size_for_se,
    size_for_share,
)
from tests import golden

GOLDEN = json.loads((Path(golden.__file__).parent / "planning.json").read_text())


class TestAgainstR:
    def test_mean_in_a_finite_population(self):
        case = GOLDEN["sizes"]["mean"]
        size = size_for_mean(
            case["half_width"],
            case["sd"],
            deff=case["deff"],
            population=case["N"],
            level=case["level"],
        )
        assert size.exact == pytest.approx(case["n"], rel=1e-12)

    def test_share_in_a_finite_population(self):
        case = GOLDEN["sizes"]["share"]
        size = size_for_share(case["half_width"], case["share"], population=case["N"])
        assert size.exact == pytest.approx(case["n"], rel=1e-12)

    @pytest.mark.parametrize("case", GOLDEN["domains"], ids=lambda case: str(case["least"]))
    def test_domain_base_with_assurance(self, case):
        size = size_for_domain(case["least"], case["share"], assurance=case["assurance"])
        assert size.respondents == case["n"]


class TestSizes:
    def test_384_respondents_for_five_points_of_a_half(self):
        assert size_for_share(0.05).exact == pytest.approx(384.1459, abs=1e-4)
        assert size_for_share(0.05).respondents == 385

    def test_design_effect_and_response_multiply(self):
        size = size_for_share(0.05, deff=2, response=0.25)
        assert (size.respondents, size.invited) == (769, 3076)

    def test_a_whole_number_is_not_rounded_up(self):
        assert size_for_se(0.1, 2.0).respondents == 400
        assert size_for_se(0.1, 2.0, response=0.4).invited == 1000

    @given(
        st.floats(0.01, 5),
        st.floats(0.5, 10),
        st.floats(0.5, 5),
        st.one_of(st.none(), st.integers(50, 10**7)),
    )
    def test_half_width_is_the_size_turned_round(self, half, sd, deff, population):
        exact = size_for_mean(half, sd, deff=deff, population=population).exact
        back = half_width_of_mean(exact, sd, deff=deff, population=population)
        assert back == pytest.approx(half, rel=1e-6)

    def test_a_sample_of_this_size_covers_as_often_as_promised(self):
        n = size_for_mean(0.25, 1.0, population=200, level=0.9).respondents
        draws = np.random.default_rng(8)
        people = draws.normal(0, 1, 200)
        people = (people - people.mean()) / people.std(ddof=1)
        means = [draws.choice(people, n, replace=False).mean() for _ in range(4000)]
        assert (np.abs(means) < 0.25).mean() == pytest.approx(0.9, abs=0.02)

    def test_the_average_domain_base_is_reached_by_division(self):
        assert size_for_domain(100, 0.05).respondents == 2000
        assert size_for_domain(100, 1.0, assurance=0.99).respondents == 100


class TestRefusals:
    def test_every_number_out_of_range_is_named(self):
        with pytest.raises(UsageError) as caught:
            size_for_se(-1, -2, deff=0, response=1.2, population=0)
        assert len(caught.value.faults) == 5

    def test_percent_instead_of_a_share_is_refused(self):
        with pytest.raises(UsageError, match=r"0\.3 is 30 %"):
            size_for_share(0.05, 30)

    def test_a_domain_share_of_zero_is_refused(self):
        with pytest.raises(UsageError, match="domain's share"):
            size_for_domain(100, 0.0)

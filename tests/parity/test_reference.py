"""The package against formulas in plain loops (reference.py), on samples hypothesis makes."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.estimate.survey import Survey
from analysis.estimate.waves import ask_waves
from survey.errors import EstimateError
from tests.parity import reference
from tests.parity.reference import Person

POLICIES = ("certainty", "adjust", "average")
numbers = st.floats(-1e3, 1e3, allow_nan=False).map(lambda v: round(v, 3))
weights = st.floats(-3, 3).map(lambda v: float(f"{10**v:.9g}"))


@st.composite
def samples(draw, *, stages: int, least: int = 1, fpc: bool | None = None) -> list[Person]:
    """Two to four strata of PSUs, with one or two stages."""
    with_fpc = stages == 2 or (draw(st.booleans()) if fpc is None else fpc)
    people = []
    psu = 0
    for stratum in range(draw(st.integers(2, 4))):
        m = draw(st.integers(2 if stratum == 0 else least, 4))
        first = float(m + draw(st.integers(1, 9))) if with_fpc else None
        for _ in range(m):
            psu += 1
            units = draw(st.integers(2, 4)) if stages == 2 else 1
            second = float(units + draw(st.integers(0, 9)))
            for unit in range(units):
                for _ in range(draw(st.integers(1, 2))):
                    people.append(
                        Person(
                            stratum=stratum,
                            units=(psu, unit)[:stages],
                            populations=(first, second)[:stages],
                            weight=draw(weights),
                            y=draw(st.none() | numbers) if people else draw(numbers),
                            x=draw(st.floats(0.5, 50).map(lambda v: round(v, 3))),
                            inside=draw(st.booleans()) if people else True,
                        )
                    )
    return people


def frame(people: list[Person]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "h": [p.stratum for p in people],
            "p": [p.units[0] for p in people],
            "u": [p.units[-1] for p in people],
            "N": [p.populations[0] for p in people],
            "M": [p.populations[-1] for p in people],
            "w": [p.weight for p in people],
            "y": pd.array([p.y for p in people], dtype="Float64").to_numpy(
                float, na_value=float("nan")
            ),
            "x": [p.x for p in people],
            "d": [int(p.inside) for p in people],
        }
    )


def survey(people: list[Person], lonely: str) -> Survey:
    stages = len(people[0].units)
    fpc = ["N", "M"][:stages] if people[0].populations[0] is not None else []
    return Survey(
        frame(people), weight="w", strata="h", psu=["p", "u"][:stages], fpc=fpc, lonely=lonely
    )


def same(result, want: reference.Estimate, people: list[Person]) -> None:
    scale = max(abs(z) for z in want.values) + abs(want.value)
    assert result.estimate[0] == pytest.approx(want.value, rel=1e-10, abs=1e-12 * scale)
    assert result.se[0] == pytest.approx(want.se, rel=1e-7, abs=1e-9 * scale)


@pytest.mark.parametrize("lonely", POLICIES)
@pytest.mark.parametrize("stages", [1, 2])
@settings(max_examples=40)
@given(data=st.data())
def test_mean_total_and_ratio_of_a_domain_follow_the_formulas(lonely, stages, data):
    people = data.draw(samples(stages=stages))
    asked = survey(people, lonely)
    if lonely == "average" and _nobody_has_company(people):
        return
    same(asked.mean("y", where="d == 1"), reference.mean(people, lonely), people)
    same(asked.total("y", where="d == 1"), reference.total(people, lonely), people)
    same(asked.ratio("y", "x", where="d == 1"), reference.ratio(people, lonely), people)


@pytest.mark.parametrize("lonely", ["certainty", "adjust"])
@settings(max_examples=60)
@given(data=st.data())
def test_change_between_waves_that_share_psus_follows_the_formula(lonely, data):
    old = data.draw(samples(stages=1, fpc=False))
    kept = data.draw(st.sets(st.sampled_from(sorted({p.units[0] for p in old})), min_size=1))
    shift = data.draw(numbers)
    new = [
        Person(
            p.stratum,
            (p.units[0] if p.units[0] in kept else p.units[0] + 500,),
            p.populations,
            p.weight,
            None if p.y is None else round(p.y + shift * (1 + p.units[0] % 3), 3),
            p.x,
            True,
        )
        for p in old
    ]
    old = [Person(p.stratum, p.units, p.populations, p.weight, p.y, p.x, True) for p in old]
    waves = {"old": survey(old, lonely), "new": survey(new, lonely)}
    row = ask_waves(waves, lambda s: s.mean("y"), overlap="psu", unit="p").changes().iloc[0]
    value, se = reference.change(old, new, lonely)
    scale = max(abs(p.y) for p in [*old, *new] if p.y is not None) + 1
    assert row["estimate"] == pytest.approx(value, rel=1e-9, abs=1e-11 * scale)
    assert row["se"] == pytest.approx(se, rel=1e-6, abs=1e-7 * scale)


@given(people=samples(stages=1))
def test_a_stratum_with_one_psu_is_refused_by_default(people):
    single = [
        h
        for h in {p.stratum for p in people}
        if len({p.units[0] for p in people if p.stratum == h}) == 1
    ]
    if single:
        with pytest.raises(EstimateError, match="one PSU"):
            survey(people, "fail")
    else:
        same(
            survey(people, "fail").mean("y", where="d == 1"),
            reference.mean(people, "adjust"),
            people,
        )


def _nobody_has_company(people: list[Person]) -> bool:
    """No stratum seen in the domain has two PSUs: there is nothing to take an average of."""
    seen = {p.stratum for p in people if p.inside and p.y is not None}
    return all(len({p.units[0] for p in people if p.stratum == h}) == 1 for h in seen)

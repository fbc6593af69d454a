"""Margins from targets: what is refused, what is scaled, what is flagged."""

import datetime as dt

import pytest

from survey.errors import WeightError
from survey.instrument.model import Period, Target
from survey.weights.margins import borrowed, read_margins, reconcile

DAY = dt.date(2020, 6, 30)
SEX = {"male": 52.0, "female": 48.0}
AREA = {"urban": 70.0, "rural": 30.0}


def targets(margin, counts, **changes):
    told = {"unit": "persons", "universe": "adults", "date": DAY, "source": "a census"} | changes
    return [
        Target(margin=margin, level=level, items=margin, count=count, **told)
        for level, count in counts.items()
    ]


def margins(*rows, names=("sex", "area")):
    return read_margins([row for part in rows for row in part], names, unit="person", where="t.csv")


class TestReadMargins:
    def test_keeps_the_order_the_wave_asks_for(self):
        read = margins(targets("area", AREA), targets("sex", SEX))
        assert [margin.name for margin in read] == ["sex", "area"]
        assert read[0].levels == ("male", "female")

    def test_all_faults_come_at_once(self):
        with pytest.raises(WeightError) as caught:
            margins(
                targets("sex", {"male": -1.0, "female": 2.0}, unit="households"),
                names=("sexx", "sex"),
            )
        told = str(caught.value)
        assert "margin 'sexx' has no targets" in told
        assert "did you mean 'sex'?" in told
        assert "counts 'households', the study counts 'person'" in told
        assert "target -1 is not positive" in told

    def test_a_level_twice_is_refused(self):
        with pytest.raises(WeightError, match="level 'male' twice"):
            margins(targets("sex", SEX), targets("sex", {"male": 1.0}), names=("sex",))

    def test_rows_of_one_margin_share_one_universe(self):
        with pytest.raises(WeightError, match="differ in universe: one of adults, everybody"):
            margins(
                targets("sex", {"male": 1.0}),
                targets("sex", {"female": 1.0}, universe="everybody"),
                names=("sex",),
            )


class TestReconcile:
    def test_totals_that_disagree_name_both_sides(self):
        with pytest.raises(WeightError, match="'sex' and 'area' differ in total: 100 and 110"):
            reconcile(
                margins(targets("sex", SEX), targets("area", {"urban": 80, "rural": 30})),
                tolerance=0.005,
            )

    def test_universes_that_disagree_name_both_sides(self):
        read = margins(targets("sex", SEX), targets("area", AREA, universe="households"))
        with pytest.raises(WeightError, match="differ in universe: 'adults' and 'households'"):
            reconcile(read, tolerance=0.005)

    def test_small_differences_are_scaled_to_the_first_margin_and_noted(self):
        read = margins(targets("sex", SEX), targets("area", {"urban": 70.2, "rural": 30.0}))
        agreed, notes = reconcile(read, tolerance=0.005)
        assert agreed[1].total == pytest.approx(100.0)
        assert agreed[1].counts[0] == pytest.approx(70.2 / 1.002)
        assert "margin 'area' (100) scaled to the total of 'sex'" in notes[0]

    def test_equal_totals_are_left_alone(self):
        read = margins(targets("sex", SEX), targets("area", AREA))
        agreed, notes = reconcile(read, tolerance=0.005)
        assert agreed == read
        assert notes == ()


class TestBorrowed:
    @pytest.mark.parametrize(
        ("day", "flags"), [("2019-06-01", 1), ("2020-03-01", 0), ("2021-01-01", 1)]
    )
    def test_a_date_far_from_the_wave_is_flagged(self, day, flags):
        read = margins(targets("sex", SEX, date=dt.date.fromisoformat(day)), names=("sex",))
        period = Period(start=dt.date(2020, 1, 1), end=dt.date(2020, 6, 30))
        assert len(borrowed(read, period, days=100)) == flags

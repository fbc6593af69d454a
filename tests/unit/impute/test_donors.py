"""Draws of donors: probabilities, caps, refusals, keys."""

import numpy as np
import pytest

from survey.impute.donors import HotDeck, Keys, Nearest, choose, respondent_keys

ALWAYS = 10**9


def keys(count: int, seed: int = 1) -> Keys:
    return Keys(respondent_keys(seed, "w", "s", [f"r{k}" for k in range(count)]))


def drawn(sampler, count, weight, *, room=ALWAYS, refused=None, number=0, seed=1):
    who = np.arange(count)
    return choose(
        sampler,
        keys(count, seed),
        np.asarray(weight, dtype=float),
        np.full(len(weight), float(room)),
        refused,
        who=who,
        number=np.full(count, number),
    )


def one_class(donors: int, recipients: int) -> HotDeck:
    return HotDeck(np.zeros(donors, dtype=int), np.zeros(recipients, dtype=int))


class TestHotDeck:
    def test_donors_come_up_in_proportion_to_their_weights(self):
        n, weight = 20_000, np.array([1.0, 2.0, 5.0, 0.0])
        share = np.bincount(drawn(one_class(4, n), n, weight), minlength=4) / n
        error = np.sqrt(weight / 8 * (1 - weight / 8) / n)
        assert (np.abs(share - weight / 8) <= 4 * error).all()

    def test_a_donor_is_always_of_the_recipients_class(self):
        rng = np.random.default_rng(3)
        donor, recipient = rng.integers(0, 5, 60), rng.integers(0, 5, 400)
        found = drawn(HotDeck(donor, recipient), 400, np.ones(60))
        assert (donor[found] == recipient).all()

    def test_a_class_without_weight_gives_nobody(self):
        found = drawn(HotDeck(np.array([0, 1]), np.array([0, 1])), 2, [0.0, 1.0])
        assert found.tolist() == [-1, 1]

    @pytest.mark.parametrize("room", [1, 2, 3])
    def test_no_donor_is_used_more_often_than_allowed(self, room):
        found = drawn(one_class(10, 10 * room), 10 * room, np.arange(1, 11), room=room)
        assert np.bincount(found, minlength=10).tolist() == [room] * 10

    def test_who_finds_no_room_gets_nothing(self):
        found = drawn(one_class(3, 5), 5, np.ones(3), room=1)
        assert sorted(found.tolist()) == [-1, -1, 0, 1, 2]

    def test_refused_pairs_never_come_up_and_the_rest_keep_their_proportions(self):
        n = 8_000
        found = drawn(one_class(3, n), n, [1.0, 1.0, 2.0], refused=lambda who, donor: donor == 0)
        share = np.bincount(found, minlength=3) / n
        assert share[0] == 0
        assert share[2] == pytest.approx(2 / 3, abs=4 * np.sqrt(2 / 9 / n))

    def test_the_only_donor_who_fits_is_found_among_many(self):
        found = drawn(one_class(500, 20), 20, np.ones(500), refused=lambda w, d: d != 321)
        assert (found == 321).all()

    def test_where_all_are_refused_nobody_gives(self):
        found = drawn(one_class(5, 3), 3, np.ones(5), refused=lambda w, d: np.full(len(w), True))
        assert (found == -1).all()

    def test_a_draw_belongs_to_the_respondent_and_not_to_who_stands_beside(self):
        sampler = one_class(30, 10)
        whole = drawn(sampler, 10, np.ones(30))
        some = choose(
            sampler, keys(10), np.ones(30), np.full(30, 1e9), None,
            who=np.array([7, 2]), number=np.zeros(2, dtype=int),
        )  # fmt: skip
        assert some.tolist() == whole[[7, 2]].tolist()

    def test_another_number_seed_wave_or_step_is_another_draw(self):
        sampler, names = one_class(1000, 40), [f"r{k}" for k in range(40)]
        first = drawn(sampler, 40, np.ones(1000))
        assert (first != drawn(sampler, 40, np.ones(1000), number=1)).sum() > 35
        assert (first != drawn(sampler, 40, np.ones(1000), seed=2)).sum() > 35
        a, b, c = (respondent_keys(1, w, s, names) for w, s in (("v", "s"), ("w", "t"), ("w", "s")))
        assert len({*a.tolist(), *b.tolist(), *c.tolist()}) == 120


class TestNearest:
    PLACES = np.array([[0, 1, 2, -1]])
    DISTANCE = np.array([[0.0, 0.1, 0.1, np.inf]])

    def test_the_nearest_gives(self):
        assert drawn(Nearest(self.PLACES, self.DISTANCE, 1), 1, np.ones(3)).tolist() == [0]

    def test_a_nearest_without_weight_leaves_it_to_the_next_and_ties_are_drawn(self):
        seen = set()
        for number in range(30):
            weight = [0.0, 1.0, 1.0]
            seen |= set(drawn(Nearest(self.PLACES, self.DISTANCE, 1), 1, weight, number=number))
        assert seen == {1, 2}

    def test_among_several_neighbours_weights_decide(self):
        n = 4_000
        places, distance = np.repeat(self.PLACES, n, axis=0), np.repeat(self.DISTANCE, n, axis=0)
        found = drawn(Nearest(places, distance, 2), n, [3.0, 1.0, 1.0])
        assert np.bincount(found)[0] / n == pytest.approx(0.6, abs=4 * np.sqrt(0.24 / n))

    def test_a_refused_nearest_leaves_it_to_the_next_nearest(self):
        found = drawn(
            Nearest(self.PLACES, self.DISTANCE, 1), 1, np.ones(3), refused=lambda w, d: d == 0
        )
        assert found[0] in (1, 2)

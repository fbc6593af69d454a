"""Composites of rotating samples: what they reduce to, and their variance in a simulation."""

import numpy as np
import pandas as pd
import pytest

from analysis.estimate.rotation import composite
from analysis.estimate.survey import Survey
from analysis.estimate.waves import ask_waves
from survey.errors import EstimateError


def sample(draws, n=60, kept=40, waves=3):
    """Waves of n persons, of whom `kept` stay for the next; what one says is mostly lasting."""
    ids, lasting, frames, last = np.arange(n), draws.normal(0, 1, 3 * n), {}, n
    for wave in range(waves):
        y = 5 + 0.3 * wave + lasting[ids] + draws.normal(0, 0.4, n)
        frames[f"w{wave}"] = pd.DataFrame({"id": ids, "y": y, "g": ids % 2})
        ids = np.concatenate([ids[n - kept :], np.arange(last, last + n - kept)])
        last += n - kept
    return frames


def surveys(frames):
    return {name: Survey(frame) for name, frame in frames.items()}


@pytest.fixture(scope="module")
def waves():
    return surveys(sample(np.random.default_rng(1)))


def level(rows, wave):
    return rows[(rows["wave"] == wave) & (rows["statistic"] == "mean")].iloc[0]


def change(rows, wave):
    return rows[(rows["wave"] == wave) & (rows["statistic"] == "change")].iloc[0]


class TestComposite:
    def test_with_k_and_a_of_0_is_the_full_sample(self, waves):
        rows = composite(waves, "y", K=0, unit="id")
        full = ask_waves(waves, lambda s: s.mean("y"), overlap="respondent", unit="id")
        assert level(rows, "w2")["estimate"] == pytest.approx(full.results[2].estimate[0])
        assert level(rows, "w2")["se"] == pytest.approx(full.results[2].se[0])
        want = full.changes(2, 1).iloc[0]
        assert change(rows, "w2")["estimate"] == pytest.approx(want["estimate"])
        assert change(rows, "w2")["se"] == pytest.approx(want["se"])

    def test_is_the_formula_written_out(self):
        frames = sample(np.random.default_rng(2), waves=2)
        rows = composite(surveys(frames), "y", K=0.4, A=0.2, unit="id")
        one, two = frames["w0"], frames["w1"]
        stays = two["id"].isin(one["id"])
        m, u = two.loc[stays, "y"].mean(), two.loc[~stays, "y"].mean()
        p = one.loc[one["id"].isin(two["id"]), "y"].mean()
        want = 0.6 * two["y"].mean() + 0.4 * (one["y"].mean() + m - p) + 0.2 * (u - m)
        assert level(rows, "w1")["estimate"] == pytest.approx(want, rel=1e-12)
        assert "AK composite K=0.4 A=0.2" in level(rows, "w1")["variant"]

    def test_a_lasting_answer_makes_the_change_more_certain(self, waves):
        full = change(composite(waves, "y", K=0, unit="id"), "w2")["se"]
        assert change(composite(waves, "y", K=0.6, unit="id"), "w2")["se"] < full

    @pytest.mark.parametrize("options", [{"K": 0.5}, {"K": 0.4, "A": 0.2}])
    def test_variance_is_right_on_average(self, options):
        """200 surveys, 50 at a time: each is a stratum and a domain of one larger survey."""
        draws, parts = np.random.default_rng(3), []
        for _ in range(4):
            each = [sample(draws) for _ in range(50)]
            frames = {
                name: pd.concat(
                    [f[name].assign(id=f[name]["id"] + 1000 * s, s=s) for s, f in enumerate(each)]
                )
                for name in each[0]
            }
            sides = {name: Survey(frame, strata="s") for name, frame in frames.items()}
            rows = composite(sides, "y", by=["s"], unit="id", **options)
            parts.append(rows[rows["wave"] == "w2"])
        rows = pd.concat(parts)
        for statistic in ("mean", "change"):
            found = rows[rows["statistic"] == statistic]
            assert len(found) == 200
            error = np.sqrt(2 / 200)  # of the true variance; that of the mean is far smaller
            ratio = (found["se"] ** 2).mean() / found["estimate"].var()
            assert ratio == pytest.approx(1, abs=3 * error)

    def test_domains_and_shares_have_theirs(self, waves):
        rows = composite(waves, "g", K=0.5, statistic="share", unit="id")
        assert sorted(set(rows["category"])) == ["0", "1"]
        both = rows[(rows["wave"] == "w2") & (rows["statistic"] == "share")]
        assert both["estimate"].sum() == pytest.approx(1)
        rows = composite(waves, "y", K=0.5, by=["g"], unit="id")
        assert sorted(set(rows["domain"])) == ["g=0", "g=1"]


class TestFaults:
    def test_weights_out_of_range_are_told_together(self, waves):
        with pytest.raises(EstimateError) as caught:
            composite(waves, "y", K=1.2, A=-3, unit="id")
        assert "K is 1.2" in str(caught.value)
        assert "A is -3" in str(caught.value)

    def test_waves_that_share_nobody_are_named(self):
        frames = sample(np.random.default_rng(4))
        frames["w2"]["id"] += 1000
        with pytest.raises(EstimateError, match="w1 and w2 share no 'id'"):
            composite(surveys(frames), "y", K=0.5, unit="id")

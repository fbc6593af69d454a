"""How simulated people answer: score, issues, trust grid, incidents.

Answers depend modestly on person, number block and province, heap on round numbers, and are then
settled so that the weighted results come to what was published (settle.py). Sizes of effects are
in the study's synthetic.yml; the codes of missing answers are the scales' own.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from survey.instrument.load import Instrument
from survey.instrument.model import MissingKind
from survey.synthetic.plan import Plan
from survey.synthetic.population import by_value, stream
from survey.synthetic.settle import level, pick

SCORE_TOLERANCE = 5e-4  # points of 10
SHARE_TOLERANCE = 2e-5  # share


def answer(
    instrument: Instrument,
    plan: Plan,
    wave: str,
    sample: pd.DataFrame,
    weight: np.ndarray,
    aims: Mapping[str, float],
) -> pd.DataFrame:
    """Raw codes of every question, one row per row of `sample`.

    Parameters
    ----------
    weight : ndarray of float, shape (n,)
        Final weights; 0 for rows that cleaning should exclude.
    aims : mapping
        What the weighted score and issue shares must come to.
    """
    known = _scores(instrument, plan, wave, sample, weight, aims["score"])
    answers = pd.DataFrame({"uses_internet": 1}, index=sample.index)
    answers["safety_score"] = _withhold(
        instrument, "safety_score", known, plan.score, stream(plan, wave, "score missing")
    )
    answers["safety_score"] = _settled_score(
        instrument,
        answers["safety_score"].to_numpy(),
        weight,
        aims["score"],
        stream(plan, wave, "nudge"),
    )
    answers = answers.join(_issues(instrument, plan, wave, sample, known, weight, aims))
    answers = answers.join(_trust(instrument, plan, wave, known))
    answers = answers.join(_incidents(instrument, plan, wave, known))
    rng = stream(plan, wave, "background")
    for item in ("education", "operator"):
        answers[item] = _withhold(instrument, item, sample[item].to_numpy(), plan.background, rng)
    return answers


def _effects(
    instrument: Instrument, plan: Plan, wave: str, sample: pd.DataFrame, rng
) -> np.ndarray:
    """Expected departure of a person's score, in points."""
    total = np.zeros(len(sample))
    for item, effects in plan.score.effects.items():
        total += sample[item].map(by_value(instrument, item, effects)).fillna(0).to_numpy()
    provinces = instrument.scale_of("province").values()
    lasting = np.random.default_rng(plan.seed).normal(0, plan.score.province_sd, len(provinces))
    total += sample["province"].map(dict(zip(provinces, lasting, strict=True))).to_numpy()
    return total + _block_effect(sample, plan.score.psu_sd, rng)


def _block_effect(sample: pd.DataFrame, sd: float, rng) -> np.ndarray:
    names, place = np.unique(sample["psu"], return_inverse=True)
    return rng.normal(0, sd, len(names))[place]


def _scores(
    instrument, plan: Plan, wave: str, sample, weight: np.ndarray, aim: float
) -> np.ndarray:
    """Whole points for everybody, heaped, with about the right weighted mean."""
    rng = stream(plan, wave, "score")
    low, high = instrument.scale_of("safety_score").range
    latent = _effects(instrument, plan, wave, sample, rng) + rng.normal(
        0, plan.score.sd, len(sample)
    )
    heaping = rng.random(len(sample))

    def at(centre: float) -> np.ndarray:
        whole = np.clip(np.rint(latent + centre), low, high).astype(int)
        return _heaped(whole, heaping, plan.score.heaping)

    return at(level(lambda c: np.average(at(c), weights=weight), aim, low, high))


def _heaped(whole: np.ndarray, draw: np.ndarray, moves: Mapping[int, Mapping[int, float]]):
    heaped = whole.copy()
    for value, ends in moves.items():
        passed = 0.0
        for end, share in ends.items():
            heaped[(whole == value) & (draw >= passed) & (draw < passed + share)] = end
            passed += share
    return heaped


def _settled_score(
    instrument, score: np.ndarray, weight: np.ndarray, aim: float, rng
) -> np.ndarray:
    """Single answers moved by one point until the weighted mean is met."""
    low, high = instrument.scale_of("safety_score").range
    said = (score >= low) & (score <= high)
    share = np.where(said, weight, 0) / weight[said].sum()
    gap = aim - (share[said] * score[said]).sum()
    step = int(np.sign(gap))
    inside = said & (weight > 0) & (score + step > low) & (score + step < high)
    candidates = rng.permutation(np.flatnonzero(inside))
    moved = score.copy()
    moved[candidates[pick(share[candidates], abs(gap), SCORE_TOLERANCE)]] += step
    return moved


def _issues(instrument, plan, wave, sample, score, weight, aims) -> pd.DataFrame:
    """0/1 per option; nobody who names nothing goes without the exclusive option."""
    rng = stream(plan, wave, "issues")
    item, scale = instrument.items["issues"], instrument.scale_of("issues")
    named = [value for value in scale.values() if value not in item.exclusive]
    silent = rng.random(len(sample)) < plan.issues.no_answer
    share = np.where(silent, 0, weight) / weight[~silent].sum()
    person = rng.normal(0, plan.issues.person_sd, len(sample))
    person += plan.issues.score_slope * score
    chosen = {}
    for value in named:
        latent = person + _block_effect(sample, plan.issues.psu_sd, rng)
        latent += rng.normal(0, 1, len(sample))
        chosen[value] = _named(latent, share, aims[scale.code(value)], silent)
    nothing = ~np.any(list(chosen.values()), axis=0)
    for value in item.exclusive:
        chosen[value] = nothing
    columns = {f"issues__{v}": pd.Series(chosen[v], dtype="Int8") for v in scale.values()}
    answers = pd.DataFrame(columns)
    answers.loc[silent, :] = pd.NA
    return answers


def _named(latent: np.ndarray, share: np.ndarray, aim: float, silent: np.ndarray) -> np.ndarray:
    """Who names an issue: those readiest to, up to the aimed share, the last few fitted."""
    order = np.argsort(-np.where(silent, -np.inf, latent), kind="stable")
    chosen = np.zeros(len(latent), dtype=bool)
    chosen[order[pick(share[order], aim, SHARE_TOLERANCE)]] = True
    reached = latent[chosen & (share > 0)].min()
    return chosen | ((share == 0) & (latent > reached) & ~silent)


def _trust(instrument: Instrument, plan: Plan, wave: str, score: np.ndarray) -> pd.DataFrame:
    """The grid, never one answer all the way down, and the attention check passed."""
    rng = stream(plan, wave, "trust")
    trust, answers = plan.trust, {}
    values = instrument.scale_of("trust_telecom").values()
    for item, mean in trust.means.items():
        slope = -trust.score_slope if item in trust.reversed else trust.score_slope
        latent = mean + slope * (score - score.mean()) + rng.normal(0, trust.sd, len(score))
        answers[item] = np.clip(np.rint(latent), values[0], values[-1]).astype(int)
    grid = pd.DataFrame(answers)
    for item in trust.means:
        grid[item] = _withhold(instrument, item, grid[item].to_numpy(), trust, rng)
    straight = grid.where(grid.isin(values)).nunique(axis=1) == 1
    last = trust.reversed[0]
    turned = values[0] + values[-1] - grid[last]
    turned = turned.where(turned.isin(values) & (turned != grid[last]), values[-1])
    grid[last] = grid[last].mask(straight, turned)
    for questionnaire in instrument.questionnaires.values():
        for item, instructed in questionnaire.attention.items():
            grid[item] = instructed
    return grid


def _incidents(instrument: Instrument, plan: Plan, wave: str, score: np.ndarray) -> pd.DataFrame:
    rng = stream(plan, wave, "incidents")
    how = plan.incident
    share = how.share + how.score_slope * (score - score.mean())
    yes, no = instrument.scale_of("had_incident").values()
    had = np.where(rng.random(len(score)) < share, yes, no)
    odds = by_value(instrument, "incident_type", how.types)
    weights = np.array(list(odds.values()))
    kind = rng.choice(list(odds), len(score), p=weights / weights.sum())
    had = _withhold(instrument, "had_incident", had, how, rng)
    not_asked = instrument.scale_of("incident_type").missing_code("not_asked")
    kind = np.where(had == yes, kind, not_asked or 0)
    return pd.DataFrame({"had_incident": had, "incident_type": kind})


def _withhold(instrument: Instrument, item: str, answers: np.ndarray, shares, rng) -> np.ndarray:
    """Some answers replaced by the scale's codes for "do not know" and "refused"."""
    scale, draw, passed = instrument.scale_of(item), rng.random(len(answers)), 0.0
    given = answers.copy()
    kinds: tuple[MissingKind, ...] = ("dont_know", "refused")
    for kind in kinds:
        code, share = scale.missing_code(kind), getattr(shares, kind, 0.0)
        if code is not None:
            given[(draw >= passed) & (draw < passed + share)] = code
            passed += share
    return given

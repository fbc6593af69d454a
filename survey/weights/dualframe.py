"""Two overlapping frames: landline and mobile numbers, or a panel and its refreshment.

A person whom both frames reach would count twice. Three ways out are offered, and which one a
survey takes is declared: composite (each frame's overlap weighs in with a share), single frame
(the weight is the inverse of the chance through either frame) and screening (one frame's overlap
is left out). Where no share is given it follows the effective sizes. Totals of the domains are
a matter of calibration.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from survey.errors import WeightError, collect, one_of
from survey.weights.steps import Factor, checked_weights, names, row_labels

TELEPHONE = ("landline", "mobile")
BOTH = "both"


@dataclass(frozen=True, eq=False)
class FrameAdjustment(Factor):
    """A frozen joining of two frames; apply it to weights as any other step.

    Attributes
    ----------
    factor : ndarray of float, shape (n,)
        0 where a row is left out.
    method : str
        ``composite``, ``kalton_anderson``, ``bankier`` or ``screening``.
    shares : mapping of str to float
        Share of the first frame in the overlap, by group (``all`` where there are none).
    sizes : mapping of str to (float, float)
        Effective sizes of both frames' overlap, by group.
    """

    method: str = ""
    shares: Mapping[str, float] = field(default_factory=dict)
    sizes: Mapping[str, tuple[float, float]] = field(default_factory=dict)


def fit_composite(
    weights,
    frame,
    domain,
    *,
    share: float | Literal["effective"],
    deff: tuple[float, float] = (1.0, 1.0),
    groups=None,
    frames: tuple[str, str] = TELEPHONE,
    where: str = "",
) -> FrameAdjustment:
    """Hartley's composite: the overlap counts `share` through the first frame, the rest the second.

    Parameters
    ----------
    weights : array_like of float, shape (n,)
        Each frame's own weights, for the population that frame reaches.
    frame : array_like of str, shape (n,)
        Frame a row was drawn from: one of `frames`.
    domain : array_like of str, shape (n,)
        Who can be reached how: ``<frame>_only`` or ``both``.
    share : float in [0, 1], or "effective"
        "effective": the share with the least variance when both overlaps have one variance per
        person, ``n1 / (n1 + n2)`` of the overlaps' effective sizes ``(sum w)^2 / sum w^2 / deff``.
    deff : (float, float)
        Design effects other than of unequal weighting, such as of clustering.
    groups : array_like of str, shape (n,), optional
        The effective share is worked out in each group by itself.
    frames : (str, str)

    Raises
    ------
    WeightError
        If a label is unknown, a row was drawn from a frame that cannot reach it, or a group has
        an overlap in one frame only.

    References
    ----------
    .. [1] Hartley (1962), Multiple frame surveys, Proceedings of the Social Statistics Section,
       ASA, 203-206.
    .. [2] Lohr and Rao (2000), Inference from dual frame surveys, JASA 95, 271-280.
    """
    weights = checked_weights(weights, where=where)
    frame, domain = _labels(frame, domain, len(weights), frames, where)
    _require_share(share, deff, frames, where)
    sides = [(domain == BOTH) & (frame == name) for name in frames]
    if groups is None:
        group = np.full(len(weights), "all", dtype=object)
    else:
        group = row_labels(groups, len(weights), what="groups", where=where)
    factor = np.ones(len(weights))
    shares: dict[str, float] = {}
    sizes: dict[str, tuple[float, float]] = {}
    with collect(WeightError) as faults:
        for name in sorted(set(group[sides[0] | sides[1]])):
            here = [side & (group == name) for side in sides]
            found = [_effective(weights[side]) / d for side, d in zip(here, deff, strict=True)]
            part = 0.5 if isinstance(share, str) else float(share)
            parts = zip(frames, found, (part, 1 - part), strict=True)
            lost = [frame for frame, size, own in parts if own > size == 0]
            if lost:
                faults.add(
                    f"group '{name}' has no overlap in frame '{lost[0]}'",
                    where=where,
                    expected="people in both frames, interviewed through each",
                    hint="join groups, or give the other frame the whole share",
                )
                continue
            sizes[name] = (found[0], found[1])
            shares[name] = found[0] / sum(found) if isinstance(share, str) else part
            factor[here[0]], factor[here[1]] = shares[name], 1 - shares[name]
    return FrameAdjustment(factor, "composite", shares, sizes)


def single_frame(
    own_frame,
    chance_first,
    chance_second,
    domain,
    *,
    method: Literal["kalton_anderson", "bankier"],
    frames: tuple[str, str] = TELEPHONE,
    where: str = "",
) -> FrameAdjustment:
    """One weight for the chance through either frame, for weights of the own frame's chance.

    Multiplies ``1 / own chance`` so that an overlap row weighs ``1 / (p1 + p2)`` (Kalton and
    Anderson) or ``1 / (p1 + p2 - p1 p2)`` (Bankier: drawn at least once).

    Parameters
    ----------
    own_frame, domain : array_like of str, shape (n,)
        As in `fit_composite`.
    chance_first, chance_second : array_like of float, shape (n,)
        Chance of the row in each frame, lines and members included; used where it can be reached.

    Raises
    ------
    WeightError
        If a chance that is needed is missing or outside (0, 1].

    References
    ----------
    .. [1] Kalton and Anderson (1986), Sampling rare populations, JRSS A 149, 65-82.
    .. [2] Bankier (1986), Estimators based on several stratified samples, JASA 81, 1074-1079.
    """
    if method not in ("kalton_anderson", "bankier"):
        raise WeightError(
            f"single-frame method '{method}' is not known",
            where=where,
            expected=one_of(("kalton_anderson", "bankier")),
        )
    chances = [np.asarray(part, dtype=float) for part in (chance_first, chance_second)]
    n = len(chances[0])
    frame, domain = _labels(own_frame, domain, n, frames, where)
    with collect(WeightError) as faults:
        for name, chance in zip(frames, chances, strict=True):
            needed = (domain == BOTH) | (frame == name)
            bad = needed & ~(np.isfinite(chance) & (chance > 0) & (chance <= 1))
            if bad.any():
                faults.add(
                    f"the chance through frame '{name}' is missing or outside (0, 1] in "
                    f"{int(bad.sum())} rows, first in row {int(np.argmax(bad)) + 1}",
                    where=where,
                    hint="ask for the lines of the other frame too; the overlap needs both chances",
                )
    first, second = chances
    own = np.where(frame == frames[0], first, second)
    other = np.where(frame == frames[0], second, first)
    joint = own + other - (own * other if method == "bankier" else 0.0)
    return FrameAdjustment(np.where(domain == BOTH, own / joint, 1.0), method)


def screen(
    frame,
    domain,
    *,
    drop: str,
    frames: tuple[str, str] = TELEPHONE,
    where: str = "",
) -> FrameAdjustment:
    """Leave the overlap out of frame `drop`: only its own people count there.

    Raises
    ------
    WeightError
        If `drop` is no frame, or nobody is left of it.
    """
    frame, domain = _labels(frame, domain, len(np.asarray(frame)), frames, where)
    if drop not in frames:
        raise WeightError(f"frame '{drop}' is not known", where=where, expected=one_of(frames))
    out = (frame == drop) & (domain == BOTH)
    if not ((frame == drop) & ~out).any():
        raise WeightError(
            f"nobody of frame '{drop}' is reached through it alone",
            where=where,
            hint="screening leaves nothing of this frame; use the other frame by itself",
        )
    return FrameAdjustment(np.where(out, 0.0, 1.0), "screening")


def _require_share(share, deff, frames, where: str) -> None:
    with collect(WeightError) as faults:
        if share != "effective" and (isinstance(share, str) or not 0 <= share <= 1):
            faults.add(
                f"the share of frame '{frames[0]}' is {share}",
                where=where,
                expected="0 to 1, or 'effective'",
            )
        if min(deff) <= 0:
            faults.add(f"design effects are {deff}", where=where, expected="numbers over 0")


def _effective(weights: np.ndarray) -> float:
    """Kish's effective size; 0 of none."""
    values = np.sort(weights)
    square = float((values * values).sum())
    return float(values.sum()) ** 2 / square if square > 0 else 0.0


def _labels(frame, domain, n: int, frames, where: str) -> tuple[np.ndarray, np.ndarray]:
    """Frame and domain of every row, agreeing with each other."""
    frame = row_labels(frame, n, what="frame", where=where)
    domain = row_labels(domain, n, what="domain", where=where)
    domains = (f"{frames[0]}_only", f"{frames[1]}_only", BOTH)
    with collect(WeightError) as faults:
        for what, seen, known in (("frame", frame, frames), ("domain", domain, domains)):
            strange = sorted(set(seen) - set(known))
            if strange:
                faults.add(f"{what} {names(strange)} is not known", where=where,
                           expected=one_of(known))  # fmt: skip
        for own, other in (frames, frames[::-1]):
            wrong = (frame == own) & (domain == f"{other}_only")
            if wrong.any():
                faults.add(
                    f"{int(wrong.sum())} rows of frame '{own}' say they are reached by "
                    f"'{other}' only, first row {int(np.argmax(wrong)) + 1}",
                    where=where,
                    hint="correct the frame or the answers on telephones",
                )
    return frame, domain

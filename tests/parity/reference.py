"""Design-based variances in plain loops, straight from the formulas: slow, and independent.

Nothing here comes from the package under test, from numpy, or from R. A sample is a list of
respondents; one stage after another is walked through by recursion. For units of one stratum,

    v = (1 - f) m / (m - 1) * sum over units (total_i - mean total)^2,  f = m / M,

and later stages inside a unit count with the fraction f of the stage above. A stratum with one
unit: nothing (``certainty``), its squared total (``adjust``), an average stratum (``average``).

References
----------
.. [1] Cochran (1977), Sampling Techniques, sections 10.4, 11.
.. [2] Binder (1983), International Statistical Review 51, 279-292 (linearisation).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum, sqrt


@dataclass(frozen=True)
class Person:
    """A respondent: stratum, units from the first stage on, populations of the stages, weight."""

    stratum: int
    units: tuple[int, ...]
    populations: tuple[float | None, ...]
    weight: float
    y: float | None
    x: float
    inside: bool


@dataclass(frozen=True)
class Estimate:
    """A number and its standard error; `values` are weighted linearised values per person."""

    value: float
    se: float
    values: tuple[float, ...]


def mean(people: Sequence[Person], lonely: str) -> Estimate:
    """The mean of y over those in the domain with an answer."""
    base = [p.inside and p.y is not None for p in people]
    size = fsum(p.weight for p, used in zip(people, base, strict=True) if used)
    top = fsum(p.weight * p.y for p, used in zip(people, base, strict=True) if used)
    value = top / size
    z = [
        p.weight * (p.y - value) / size if used else 0.0
        for p, used in zip(people, base, strict=True)
    ]
    return _estimate(value, z, people, base, lonely)


def total(people: Sequence[Person], lonely: str) -> Estimate:
    """The total of y over those in the domain with an answer."""
    base = [p.inside and p.y is not None for p in people]
    z = [p.weight * p.y if used else 0.0 for p, used in zip(people, base, strict=True)]
    return _estimate(fsum(z), z, people, base, lonely)


def ratio(people: Sequence[Person], lonely: str) -> Estimate:
    """Total of y over total of x, for those in the domain with both."""
    base = [p.inside and p.y is not None for p in people]
    top = fsum(p.weight * p.y for p, used in zip(people, base, strict=True) if used)
    bottom = fsum(p.weight * p.x for p, used in zip(people, base, strict=True) if used)
    value = top / bottom
    z = [
        p.weight * (p.y - value * p.x) / bottom if used else 0.0
        for p, used in zip(people, base, strict=True)
    ]
    return _estimate(value, z, people, base, lonely)


def _estimate(value, z, people, base, lonely) -> Estimate:
    seen = {p.stratum for p, used in zip(people, base, strict=True) if used}
    rows = list(zip(people, z, strict=True))
    return Estimate(value, sqrt(max(_first_stage(rows, seen, lonely), 0.0)), tuple(z))


def _first_stage(rows, seen: set[int], lonely: str) -> float:
    by_stratum: dict[int, list] = {}
    for person, z in rows:
        by_stratum.setdefault(person.stratum, []).append((person, z))
    found, alone = [], 0
    for stratum, members in by_stratum.items():
        single = len({person.units[0] for person, _ in members}) == 1
        if single and lonely == "average":
            alone += stratum in seen
            continue
        found.append(_stage(members, 0, lonely))
    if lonely == "average" and alone:
        first = fsum(one for one, _ in found) * len(seen) / (len(seen) - alone)
    else:
        first = fsum(one for one, _ in found)
    later = fsum(rest for _, rest in found)
    if lonely == "average":  # what is inside a lonely unit is known
        for members in by_stratum.values():
            if len({person.units[0] for person, _ in members}) == 1:
                later += _stage(members, 0, "certainty")[1]
    return first + later


def _stage(members, depth: int, lonely: str) -> tuple[float, float]:
    """Variance of one stratum between its units, and of what lies below them."""
    inside: dict[int, list] = {}
    for person, z in members:
        inside.setdefault(person.units[depth], []).append((person, z))
    m = len(inside)
    population = members[0][0].populations[depth]
    fraction = 0.0 if population is None else m / population
    totals = [fsum(z for _, z in unit) for unit in inside.values()]
    if m > 1:
        middle = fsum(totals) / m
        between = (1 - fraction) * m / (m - 1) * fsum((t - middle) ** 2 for t in totals)
    elif fraction >= 1 or lonely == "certainty":
        between = 0.0
    else:
        assert lonely == "adjust", lonely
        between = (1 - fraction) * totals[0] ** 2
    below = 0.0
    if depth + 1 < len(members[0][0].units) and fraction > 0:
        for unit in inside.values():
            one, rest = _stage(unit, depth + 1, lonely)
            below += fraction * (one + rest)
    return between, below


def change(old: Sequence[Person], new: Sequence[Person], lonely: str) -> tuple[float, float]:
    """The change of the mean between waves that share PSUs (one stage), and its standard error."""
    before, after = mean(old, lonely), mean(new, lonely)
    c = _covariance(old, before.values, new, after.values, lonely)
    v1, v2 = before.se**2, after.se**2
    if abs(c) > sqrt(v1 * v2) * (1 + 1e-9):  # more than two errors allow: the plain sum of products
        c = _covariance(old, before.values, new, after.values, lonely, plain=True)
    return after.value - before.value, sqrt(max(v1 + v2 - 2 * c, 0.0))


def _psus(people, z) -> dict[int, dict[int, list[float]]]:
    found: dict[int, dict[int, list[float]]] = {}
    for person, value in zip(people, z, strict=True):
        found.setdefault(person.stratum, {}).setdefault(person.units[0], []).append(value)
    return found


def _covariance(old, z_old, new, z_new, lonely: str, *, plain: bool = False) -> float:
    one, other = _psus(old, z_old), _psus(new, z_new)
    found = []
    for stratum in one.keys() & other.keys():
        shared = one[stratum].keys() & other[stratum].keys()
        n1, n2, k = len(one[stratum]), len(other[stratum]), len(shared)
        if not k or ((n1 < 2 or n2 < 2) and lonely != "adjust"):
            continue
        left = ((n1 - 1) * (n2 - 1) + k - 1) / (n1 * n2) if n1 > 1 and n2 > 1 else 1.0
        if plain:
            left = sqrt((n1 - 1) * (n2 - 1) / (n1 * n2)) if n1 > 1 and n2 > 1 else 1.0
        centred = [_centred(wave[stratum]) for wave in (one, other)]
        found.append(fsum(centred[0][psu] * centred[1][psu] for psu in shared) / left)
    return fsum(found)


def _centred(stratum: dict[int, list[float]]) -> dict[int, float]:
    totals = {psu: fsum(values) for psu, values in stratum.items()}
    middle = fsum(totals.values()) / len(totals) if len(totals) > 1 else 0.0
    return {psu: value - middle for psu, value in totals.items()}

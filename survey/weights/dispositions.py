"""What became of every sampled case, and the outcome rates that follow.

Case codes are put into the groups of AAPOR's Standard Definitions by the table dispositions.yml;
a study may add codes of its own. The share e of unknown cases taken as eligible follows a declared
rule and is reported with the rates. How the weights of non-respondents are passed on is decided
in nonresponse.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np

from survey.errors import WeightError, collect, did_you_mean, one_of
from survey.io.yamlfile import read_yaml
from survey.weights.steps import checked_weights, class_sums, row_labels

GROUPS = ("I", "P", "R", "NC", "O", "UH", "UO", "NE")
ELIGIBLE = ("I", "P", "R", "NC", "O")
RULES = ("proportional", "within_groups", "all", "none")
Rule = Literal["proportional", "within_groups", "all", "none"] | float


@dataclass(frozen=True, eq=False)
class CaseStatus:
    """Cases as the nonresponse steps want them; every case is in exactly one, each (n,) bool.

    First pass `unknown` on to all the others (``responded=~unknown``), then `lost` to `responded`
    (``aside=ineligible | unknown``).
    """

    responded: np.ndarray
    lost: np.ndarray
    unknown: np.ndarray
    ineligible: np.ndarray


@dataclass(frozen=True)
class Eligibility:
    """The share e of unknown cases taken as eligible, and why.

    Attributes
    ----------
    value : float
        In [0, 1].
    rule : str
        One of `RULES`, or ``given``.
    by_group : mapping of str to float
        e of every group under ``within_groups``.
    """

    value: float
    rule: str
    by_group: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class OutcomeRates:
    """Rates of one sample.

    Attributes
    ----------
    rates : dict of str to float
        RR1-RR6, COOP1-COOP4, REF1-REF3, CON1-CON3; NaN where nobody is in the denominator.
    counts : dict of str to float
        Cases by group, weighted where weights were given.
    eligibility : Eligibility
    weighted : bool
    """

    rates: dict[str, float]
    counts: dict[str, float]
    eligibility: Eligibility
    weighted: bool


def disposition_groups(
    codes, *, own: Mapping[str, str] | None = None, where: str = ""
) -> np.ndarray:
    """Group of every case, shape (n,), object: one of `GROUPS`.

    Parameters
    ----------
    codes : array_like of str, shape (n,)
        AAPOR case codes such as ``2.112``; groups themselves are codes too.
    own : mapping of str to str, optional
        Codes of the study: code to group; they come before the table.

    Raises
    ------
    WeightError
        Naming every code that no table knows, with its cases.
    """
    table = {**_table(), **{group: group for group in GROUPS}}
    with collect(WeightError) as faults:
        for own_code, name in (own or {}).items():
            if name not in GROUPS:
                faults.add(f"own code '{own_code}' counts as '{name}'", where=where,
                           expected=one_of(GROUPS))  # fmt: skip
    mine = {str(code): name for code, name in (own or {}).items()}
    codes = np.asarray(codes, dtype=object)
    seen = row_labels(codes, len(codes), what="disposition", where=where)
    found: dict[str, str] = {}
    with collect(WeightError) as faults:
        for code in sorted(set(seen)):
            group = mine.get(code) or _lookup(code, table)
            if group is None:
                faults.add(
                    f"disposition '{code}' of {int((seen == code).sum())} cases is not known",
                    where=where,
                    expected="a code of dispositions.yml, or one the study declares",
                    hint=did_you_mean(code, [*mine, *table]),
                )
            else:
                found[code] = group
    return np.array([found[code] for code in seen], dtype=object)


def case_status(groups: np.ndarray, *, partials_respond: bool) -> CaseStatus:
    """Who responded, was lost, is unknown or is not eligible.

    Parameters
    ----------
    groups : ndarray of str, shape (n,)
        As `disposition_groups` returns them.
    partials_respond : bool
        Whether partial interviews are among the respondents (RR2, RR4, RR6) or lost.
    """
    answers = ("I", "P") if partials_respond else ("I",)
    responded = np.isin(groups, answers)
    eligible = np.isin(groups, ELIGIBLE)
    unknown = np.isin(groups, ("UH", "UO"))
    return CaseStatus(responded, eligible & ~responded, unknown, groups == "NE")


def eligibility(
    groups: np.ndarray,
    weights: np.ndarray,
    rule: Rule,
    *,
    within=None,
    where: str = "",
) -> Eligibility:
    """The share of unknown cases taken as eligible.

    Parameters
    ----------
    groups : ndarray of str, shape (n,)
    weights : ndarray of float, shape (n,)
    rule : str or float
        ``proportional``: as among cases whose eligibility is known (the CASRO estimate, also
        AAPOR's calculator); ``within_groups``: the same in every class of `within` (such as frame
        or province), then averaged over the unknown cases; ``all``: 1, the lowest rates;
        ``none``: 0, the highest; a number: given from elsewhere, to be reported with its source.
    within : array_like of str, shape (n,), optional

    Raises
    ------
    WeightError
        If the rule is not known, or nobody's eligibility is known where it must be.

    References
    ----------
    .. [1] Smith (2009), A revised review of methods to estimate the status of cases with unknown
       eligibility, AAPOR.
    """
    if not isinstance(rule, str):
        if not 0 <= rule <= 1:
            raise WeightError(f"e is given as {rule:g}", where=where, expected="0 to 1")
        return Eligibility(float(rule), "given")
    if rule not in RULES:
        raise WeightError(
            f"rule of e '{rule}' is not known", where=where, expected=one_of(RULES),
            hint=did_you_mean(rule, RULES),
        )  # fmt: skip
    if rule in ("all", "none"):
        return Eligibility(float(rule == "all"), rule)
    if rule == "proportional":
        return Eligibility(_known_share(_counts(groups, weights), "the sample", where), rule)
    if within is None:
        raise WeightError("rule 'within_groups' needs the groups", where=where)
    label = row_labels(within, len(groups), what="within", where=where)
    shares: dict[str, float] = {}
    unknown: dict[str, float] = {}
    for name in sorted(set(label)):
        here = label == name
        seen = _counts(groups[here], weights[here])
        if seen["UH"] + seen["UO"] > 0:
            unknown[name] = seen["UH"] + seen["UO"]
            shares[name] = _known_share(seen, f"group '{name}'", where)
    if not unknown:
        return Eligibility(1.0, rule)
    mean = sum(shares[name] * size for name, size in unknown.items()) / sum(unknown.values())
    return Eligibility(mean, rule, shares)


def outcome_rates(
    codes,
    *,
    e: Rule,
    weights=None,
    within=None,
    own: Mapping[str, str] | None = None,
    where: str = "",
) -> OutcomeRates:
    """Response, cooperation, refusal and contact rates of a sample.

    Parameters
    ----------
    codes : array_like of str, shape (n,)
        Final disposition of every sampled case, ineligible ones included.
    e : str or float
        Rule for unknown cases; see `eligibility`. There is no default: the rule moves the rate.
    weights : array_like of float, shape (n,), optional
        Base weights; without them cases are counted.
    within : array_like of str, shape (n,), optional
        Classes of the rule ``within_groups``.
    own : mapping of str to str, optional
        See `disposition_groups`.

    Raises
    ------
    WeightError

    References
    ----------
    .. [1] AAPOR (2016), Standard Definitions, 9th edition, pages 60-64.
    """
    groups = disposition_groups(codes, own=own, where=where)
    size = np.ones(len(groups)) if weights is None else weights
    size = checked_weights(size, len(groups), where=where)
    share = eligibility(groups, size, e, within=within, where=where)
    found = _counts(groups, size)
    return OutcomeRates(rates_of(found, share.value), found, share, weights is not None)


def rates_of(counts: Mapping[str, float], e: float) -> dict[str, float]:
    """All rates from cases by group (absent groups are 0) and e."""
    i, p, r, nc, o, uh, uo = (float(counts.get(name, 0)) for name in GROUPS[:-1])
    unknown, eligible, contacted = uh + uo, i + p + r + nc + o, i + p + r + o
    bases = (eligible + unknown, eligible + e * unknown, eligible)
    rates = {
        f"RR{2 * k + j + 1}": _over(top, base)
        for k, base in enumerate(bases)
        for j, top in enumerate((i, i + p))
    }
    for k, base in enumerate((contacted, i + p + r)):
        rates |= {f"COOP{2 * k + 1}": _over(i, base), f"COOP{2 * k + 2}": _over(i + p, base)}
    rates |= {f"REF{k + 1}": _over(r, base) for k, base in enumerate(bases)}
    rates |= {f"CON{k + 1}": _over(contacted, base) for k, base in enumerate(bases)}
    return rates


@lru_cache(maxsize=1)
def _table() -> dict[str, str]:
    path = Path(__file__).with_name("dispositions.yml")
    codes = read_yaml(path, path.name).data["codes"]
    return {_trimmed(code): entry["group"] for code, entry in codes.items()}


def _trimmed(code: str) -> str:
    return code.rstrip("0").rstrip(".") if "." in code else code


def _lookup(code: str, table: Mapping[str, str]) -> str | None:
    """The group of a code or of its nearest listed parent; whole numbers are no parents."""
    code = code.strip()
    if code in table:
        return table[code]
    if not code.replace(".", "", 1).isdigit():
        return None
    code = _trimmed(code)
    while "." in code and not code.endswith("."):
        if code in table:
            return table[code]
        code = code[:-1]
    return None


def _counts(groups: np.ndarray, weights: np.ndarray) -> dict[str, float]:
    place = np.array([GROUPS.index(group) for group in groups], dtype=int)
    return dict(zip(GROUPS, class_sums(weights, place, len(GROUPS)).tolist(), strict=True))


def _known_share(seen: Mapping[str, float], what: str, where: str) -> float:
    eligible = sum(seen[name] for name in ELIGIBLE)
    if eligible + seen["NE"] == 0:
        raise WeightError(
            f"the eligibility of nobody in {what} is known, so e cannot follow from it",
            where=where,
            hint="give e, or join the group with another",
        )
    return eligible / (eligible + seen["NE"])


def _over(top: float, base: float) -> float:
    return top / base if base > 0 else float("nan")

"""The right-hand side of a model: columns of numbers and of 0/1 from named terms.

A term is a column name, or two joined by a colon for their interaction. Numbers enter as they
are; text, and what is declared categorical, as one indicator per level but the first (in sorted
order), which is the reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np

from analysis.estimate.survey import Survey
from analysis.models.base import categories, used_categories
from survey.errors import EstimateError, collect

INTERCEPT = "(intercept)"


@dataclass(frozen=True, eq=False)
class Matrix:
    """Columns of a model, the intercept first.

    Attributes
    ----------
    x : ndarray of float, shape (m, p)
        Of the m respondents of the base.
    names : tuple of str, length p
        ``age``, ``sex=male``, ``age:sex=male``.
    terms : tuple of str, length p
        The term every column belongs to.
    references : dict of str to str
        Reference level of every categorical column.
    """

    x: np.ndarray
    names: tuple[str, ...]
    terms: tuple[str, ...]
    references: dict[str, str]


@dataclass(frozen=True, eq=False)
class Column:
    """A column of the data, as it enters a model."""

    numbers: np.ndarray | None
    codes: np.ndarray
    words: tuple[str, ...]

    @property
    def known(self) -> np.ndarray:
        return ~np.isnan(self.numbers) if self.numbers is not None else self.codes >= 0


def read_terms(survey: Survey, terms: Sequence[str], categorical: Sequence[str]) -> dict:
    """The columns the terms are made of, by name.

    Raises
    ------
    EstimateError
        If a term comes twice, an interaction lacks a term of its own for one of its sides, or a
        column does not exist.
    """
    if isinstance(terms, str):
        raise EstimateError(f"terms are '{terms}'", expected=f"a list, such as ['{terms}']")
    found: dict[str, Column] = {}
    with collect(EstimateError) as faults:
        for term in sorted({term for term in terms if list(terms).count(term) > 1}):
            faults.add(f"term '{term}' comes twice")
        for name in sorted(set(categorical) - {part for t in terms for part in t.split(":")}):
            faults.add(f"'{name}' is declared categorical but is in no term")
        for term in terms:
            parts = term.split(":")
            for part in parts if len(parts) > 1 else ():
                if part not in terms:
                    faults.add(
                        f"interaction '{term}' without the term '{part}'",
                        expected="every side of an interaction as a term of its own",
                        hint=f"add '{part}'",
                    )
            for part in parts:
                try:
                    found[part] = found.get(part) or _read(survey, part, part in categorical)
                except EstimateError as error:
                    faults.take(error)
    return found


def _read(survey: Survey, name: str, categorical: bool) -> Column:
    values = survey.columns.labels(name)
    if values.dtype != object and not categorical:
        return Column(survey.columns.numbers(name), np.empty(0, dtype=np.int64), ())
    codes, words = categories(survey, name)
    return Column(None, codes, words)


def model_matrix(terms: Sequence[str], columns: dict[str, Column], inside: np.ndarray) -> Matrix:
    """Columns of a model for the respondents of a base.

    Raises
    ------
    EstimateError
        If a categorical column has one level in the base.
    """
    blocks: dict[str, tuple[list[str], np.ndarray]] = {}
    references = {}
    with collect(EstimateError) as faults:
        for name, column in columns.items():
            if column.numbers is not None:
                blocks[name] = ([name], column.numbers[inside][:, None])
                continue
            codes, words = used_categories(column.codes, column.words, inside)
            if len(words) < 2:
                faults.add(
                    f"'{name}' has one level in the base: '{words[0]}'",
                    expected="at least two levels",
                    hint="leave the term out",
                )
            references[name] = words[0]
            wanted = codes[inside][:, None] == np.arange(1, len(words))
            blocks[name] = ([f"{name}={word}" for word in words[1:]], wanted.astype(float))
    names, owners = [INTERCEPT], [INTERCEPT]
    parts = [np.ones((int(inside.sum()), 1))]
    for term in terms:
        made = [blocks[part] for part in term.split(":")]
        for combination in product(*(range(len(labels)) for labels, _ in made)):
            picked = [
                (labels[i], x[:, i]) for (labels, x), i in zip(made, combination, strict=True)
            ]
            names.append(":".join(label for label, _ in picked))
            owners.append(term)
            parts.append(np.prod([x for _, x in picked], axis=0)[:, None])
    return Matrix(np.concatenate(parts, axis=1), tuple(names), tuple(owners), references)

"""Walking an exported XLSForm as ODK would: which questions appear to somebody who answers so.

The form's own expressions are evaluated by the rules of XPath 1.0, without the study's files, so
that an export can be held against the questionnaire it was made from. A question that does not
appear has an empty answer.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import lru_cache

from survey.exchange import xpath
from survey.exchange.draft import Draft, digits
from survey.exchange.xlsform_out import XLSForm
from survey.exchange.xlsform_types import BEGIN, END, WITH_CHOICES, row_type
from survey.exchange.xpath import Call, Literal, Operation, Ref, Self
from survey.instrument.reach import Answers


class UnreadError(ValueError):
    """An expression uses something that is not evaluated here."""


@lru_cache(maxsize=4096)
def _tree(text: str) -> xpath.Node:
    return xpath.parse(text)


def walk_form(form: XLSForm, given: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Names of the questions that appear, and of those whose answer the form would refuse.

    Parameters
    ----------
    given : question -> what its asker would answer, if it appears
    """
    values: dict[str, str] = {}
    seen, refused = [], []
    inside = [True]
    for row in form.survey:
        kind = row["type"]
        if END.match(kind):
            inside.pop()
            continue
        shown = inside[-1] and _holds(row.get("relevant", ""), values, "")
        if BEGIN.match(kind):
            inside.append(shown)
            continue
        name = row["name"]
        values[name] = given.get(name, "") if shown else ""
        if not shown:
            continue
        seen.append(name)
        answer = values[name]
        if answer and not _holds(row.get("constraint", ""), values, answer):
            refused.append(name)
        if answer and row_type(kind).word in WITH_CHOICES and not _offered(form, row, values):
            refused.append(name)
    return seen, refused


def answers_for(draft: Draft, answers: Answers) -> dict[str, str]:
    """A simulated respondent's codes as the form writes answers."""
    given: dict[str, str] = {}
    for item in draft.asked():
        name = item.form.get("name", item.id)
        scale = draft.scale_of(item)

        def called(code: float, scale=scale) -> str:
            point = scale.points.get(int(code)) if scale else None
            return point.form.get("name", digits(code)) if point else digits(code)

        if item.kind == "multiple" and scale is not None:
            chosen = [c for c in scale.values() if answers.get(f"{item.id}__{c}") == 1]
            given[name] = " ".join(called(code) for code in chosen)
        else:
            value = answers.get(item.id)
            given[name] = "" if value is None else called(value)
    return given


def _holds(text: str, values: Mapping[str, str], own: str) -> bool:
    return True if not text else _boolean(_value(_tree(text), values, own))


def _offered(form: XLSForm, row: Mapping[str, str], values: Mapping[str, str]) -> bool:
    """Whether every chosen option passes the question's filter."""
    text = row.get("choice_filter", "")
    if not text:
        return True
    listed = row_type(row["type"]).choices
    chosen = values[row["name"]].split()
    for choice in form.choices:
        if choice["list_name"] == listed and choice["name"] in chosen:
            columns = dict(choice)
            if _boolean(_value(_tree(text), values, "", columns)):
                chosen.remove(choice["name"])
    return not chosen


def _value(
    node: xpath.Node, values: Mapping[str, str], own: str, columns: Mapping[str, str] | None = None
) -> str | float | bool:
    if isinstance(node, Literal):
        return node.value
    if isinstance(node, Ref):
        return values.get(node.name, "")
    if isinstance(node, Self):
        return own
    if isinstance(node, xpath.Path):
        if columns is not None and (node.name in columns or columns):
            return columns.get(node.name, "")
        if node.name.lower() in ("true", "false"):
            return node.name.lower() == "true"
        raise UnreadError(node.name)
    if isinstance(node, Call):
        return _call(node, values, own, columns)
    assert isinstance(node, Operation)
    if node.sign in ("and", "or"):
        parts = (_boolean(_value(part, values, own, columns)) for part in node.parts)
        return all(parts) if node.sign == "and" else any(parts)
    left, right = (_value(part, values, own, columns) for part in node.parts)
    if node.sign in ("=", "!="):
        return _equal(left, right) == (node.sign == "=")
    first, second = _number(left), _number(right)
    results = {
        "<": first < second,
        "<=": first <= second,
        ">": first > second,
        ">=": first >= second,
        "+": first + second,
        "-": first - second,
        "*": first * second,
    }
    if node.sign not in results:
        raise UnreadError(node.sign)
    return results[node.sign]


def _call(node: Call, values, own: str, columns) -> str | float | bool:
    parts = [_value(part, values, own, columns) for part in node.arguments]
    if node.name == "not":
        return not _boolean(parts[0])
    if node.name in ("true", "false"):
        return node.name == "true"
    if node.name == "selected":
        return str(parts[1]) in str(parts[0]).split()
    if node.name == "count-selected":
        return float(len(str(parts[0]).split()))
    if node.name == "string-length":
        return float(len(str(parts[0])))
    raise UnreadError(f"{node.name}()")


def _boolean(value: str | float | bool) -> bool:
    if isinstance(value, float):
        return not (math.isnan(value) or value == 0)
    return bool(value)


def _number(value: str | float | bool) -> float:
    if isinstance(value, str):
        try:
            return float(value)
        except ValueError:
            return math.nan
    return float(value)


def _equal(left: str | float | bool, right: str | float | bool) -> bool:
    if isinstance(left, bool) or isinstance(right, bool):
        return _boolean(left) == _boolean(right)
    if isinstance(left, float) or isinstance(right, float):
        return _number(left) == _number(right)
    return left == right

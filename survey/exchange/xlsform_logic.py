"""The logic of an XLSForm: who is asked, which answers are taken, which choices are offered.

Decided here: a group's condition holds for every item in it; an expression that cannot be
translated stays word by word where it stood, and is listed with the reason. What expressions mean
is decided in xpath_in.py.
"""

from __future__ import annotations

from collections.abc import Mapping

from survey.exchange import xpath
from survey.exchange.draft import Draft
from survey.exchange.xlsform_choices import KINDS, MISSING_COLUMN, Choices
from survey.exchange.xlsform_sheets import Row
from survey.exchange.xpath_in import (
    Terms,
    UntranslatableError,
    condition,
    condition_of_tree,
    constraint,
)
from survey.instrument.model import Item, MissingKind, Scale

YES = ("yes", "true", "true()", "1")
NO = ("no", "false", "false()", "0", "")


class Logic:
    """Adds the logic of all rows to a draft.

    Parameters
    ----------
    names : name in the form -> item
    rows, group_rows : item or group -> its row
    paths : item -> the groups it stands in
    """

    def __init__(
        self,
        draft: Draft,
        choices: Mapping[str, Choices],
        names: Mapping[str, str],
        rows: Mapping[str, Row],
        group_rows: Mapping[str, Row],
        paths: Mapping[str, list[str]],
    ) -> None:
        self.draft, self.names = draft, names
        self.rows, self.group_rows, self.paths = rows, group_rows, paths
        self.values = {c.id: c.values for c in choices.values()}

    def add(self) -> None:
        in_group = {group: self._relevant_of_group(group) for group in self.group_rows}
        for item in self.rows:
            self._constraint(item)  # first: it may give a number its range
            self._required(item)
        for item in self.draft.items:
            outer = [told for group in self.paths[item] if (told := in_group[group]) != "all"]
            own = self._relevant(item) if item in self.rows else self.draft.ask_if.get(item, "all")
            parts = list(dict.fromkeys([*outer, *([own] if own != "all" else [])]))
            if parts:
                self.draft.ask_if[item] = all_hold(parts)
        for item in self.rows:
            self._filter(item)

    def terms(self, own: str | None = None) -> Terms:
        items = {name: self.draft.items[item] for name, item in self.names.items()}
        mine = self.draft.items[own] if own else None
        return Terms(items, self.draft.scales, self.values, mine)

    def _relevant(self, item: str) -> str:
        text = self.rows[item].cells.get("relevant")
        if not text:
            return "all"
        try:
            return condition(text, self.terms(item))
        except UntranslatableError as fault:
            self._keep(item, "relevant", text, fault)
            return "all"

    def _relevant_of_group(self, group: str) -> str:
        text = self.group_rows[group].cells.get("relevant")
        if not text:
            return "all"
        entry = self.draft.groups[group]
        try:
            told = condition(text, self.terms())
            self.draft.groups[group] = entry.model_copy(update={"ask_if": told})
            return told
        except UntranslatableError as fault:
            form = entry.form | {"relevant": text}
            self.draft.groups[group] = entry.model_copy(update={"form": form})
            self.draft.lacks(f"group {group}", f"relevant {text!r}: {fault}", kept=True)
            return "all"

    def _constraint(self, item: str) -> None:
        text = self.rows[item].cells.get("constraint")
        if not text:
            return
        entry = self.draft.items[item]
        try:
            found = constraint(text, self.terms(item))
        except UntranslatableError as fault:
            self._keep(item, "constraint", text, fault)
            return
        changes: dict = {}
        if found.exclusive:
            changes["exclusive"] = found.exclusive
        if found.most is not None:
            changes["most"] = found.most
        if found.valid is not None:
            changes["valid"] = found.valid
        if found.low is not None and found.high is not None:
            if entry.scale is None and found.low < found.high:
                changes["scale"] = self._range(item, found.low, found.high, found.missing)
            else:
                changes["valid"] = f"{item} >= {found.low} and {item} <= {found.high}"
        self.draft.items[item] = entry.model_copy(update=changes)

    def _range(self, item: str, low: int, high: int, codes: list[int]) -> str:
        told = self.rows[item].cells.get(MISSING_COLUMN, "")
        named = dict(part.split("=", 1) for part in told.split() if "=" in part)
        missing: dict[int, MissingKind] = {}
        for code in codes:
            kind = named.get(str(code), "dont_know")
            missing[code] = KINDS.get(kind, "dont_know")
            if str(code) not in named:
                self.draft.lacks(item, f"that {code} is a don't-know is a guess")
        scale = Scale(range=(low, high), missing=missing, numeric=True)
        for name, other in self.draft.scales.items():
            if other == scale:
                return name
        name = f"{item}_range"
        self.draft.scales[name] = scale
        return name

    def _required(self, item: str) -> None:
        text = self.rows[item].cells.get("required", "")
        entry = self.draft.items[item]
        if text.lower() in YES:
            self.draft.items[item] = entry.model_copy(update={"required": True})
        elif text.lower() not in NO:
            self._keep(item, "required", text, "an answer is required only in some cases")

    def _filter(self, item: str) -> None:
        """A choice filter as conditions under which options are offered."""
        text = self.rows[item].cells.get("choice_filter")
        if not text:
            return
        entry = self.draft.items[item]
        form = entry.form | {"choice_filter": text}
        entry = entry.model_copy(update={"form": form})
        self.draft.items[item] = entry
        scale = self.draft.scales.get(entry.scale or "")
        if scale is None or not scale.points:
            self.draft.lacks(item, f"choice_filter {text!r}: its choices are not here", kept=True)
            return
        try:
            shown = self._shown(entry, scale, xpath.parse(text))
        except (UntranslatableError, xpath.NotXPathError) as fault:
            self.draft.lacks(item, f"choice_filter {text!r}: {fault}", kept=True)
            return
        self.draft.items[item] = entry.model_copy(update={"show_if": shown})

    def _shown(self, item: Item, scale: Scale, tree: xpath.Node) -> dict[str, list[int]]:
        columns = {key for point in scale.points.values() for key in point.form}
        shown: dict[str, list[int]] = {}
        for code, point in scale.points.items():
            if point.form.get("implied"):
                continue
            name = point.form.get("name", str(code))
            own = {"name": name} | {key: point.form.get(key, "") for key in columns - {"name"}}
            filled = _filled(tree, own)
            told = "all"
            if filled is not True:
                told = (
                    "not all" if filled is False else condition_of_tree(filled, self.terms(item.id))
                )
            if told != "all":
                shown.setdefault(told, []).append(code)
        return shown

    def _keep(self, item: str, column: str, text: str, why: object) -> None:
        entry = self.draft.items[item]
        form = entry.form | {column: text}
        self.draft.items[item] = entry.model_copy(update={"form": form})
        self.draft.lacks(item, f"{column} {text!r}: {why}", kept=True)


def _filled(node: xpath.Node, columns: Mapping[str, str]) -> xpath.Node | bool:
    """A filter with the cells of one choice put in; True or False where that settles it."""
    if isinstance(node, xpath.Path):
        if node.name in columns:
            return xpath.Literal(columns[node.name])
        if node.name.lower() in ("true", "false"):
            return node.name.lower() == "true"
        raise UntranslatableError(f"'{node.name}' is no column of the choices")
    if not isinstance(node, xpath.Operation):
        if isinstance(node, xpath.Call):
            return xpath.Call(node.name, tuple(_argument(a, columns) for a in node.arguments))
        return node
    parts = [_filled(part, columns) for part in node.parts]
    if node.sign in ("and", "or"):
        settled, stop = [], node.sign == "or"
        for part in parts:
            if part is stop:
                return stop
            if not isinstance(part, bool):
                settled.append(part)
        if not settled:
            return not stop
        return settled[0] if len(settled) == 1 else xpath.Operation(node.sign, tuple(settled))
    if node.sign in ("=", "!=") and all(isinstance(part, xpath.Literal) for part in parts):
        left, right = (str(part.value) for part in parts)  # type: ignore[union-attr]
        return (left == right) == (node.sign == "=")
    if any(isinstance(part, bool) for part in parts):
        raise UntranslatableError("it compares with a truth value")
    return xpath.Operation(node.sign, tuple(parts))


def _argument(node: xpath.Node, columns: Mapping[str, str]) -> xpath.Node:
    filled = _filled(node, columns)
    if isinstance(filled, bool):
        raise UntranslatableError("a function is given a truth value")
    return filled


def all_hold(parts: list[str]) -> str:
    """Conditions that all hold, as one."""
    return parts[0] if len(parts) == 1 else " and ".join(map(_bracketed, parts))


def beyond(text: str, outer: list[str]) -> str:
    """What a condition says beyond those of the groups it stands in; undoes `all_hold`."""
    for part in outer:
        if text == part:
            return "all"
        if not text.startswith(f"{_bracketed(part)} and "):
            break
        text = text.removeprefix(f"{_bracketed(part)} and ")
    if text.startswith("(") and " or " in text and _bracketed(text[1:-1]) == text:
        inner = text[1:-1]
        if _balanced(inner):
            return inner
    return text


def _balanced(text: str) -> bool:
    depth = 0
    for char in text:
        depth += (char == "(") - (char == ")")
        if depth < 0:
            return False
    return depth == 0


def _bracketed(text: str) -> str:
    return f"({text})" if " or " in text else text

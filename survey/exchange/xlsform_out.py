"""Export a questionnaire as an XLSForm that pyxform converts and ODK or Kobo deploy.

Decided here: the rows of the three sheets. Conditions are written in xpath_out.py; what a form
cannot say is listed by `not_said`. What an imported form had beyond our files comes back from
`form` word by word. Bytes depend on the questionnaire only.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from survey.errors import InstrumentError
from survey.exchange.draft import Draft, Unexpressed
from survey.exchange.words import LANGUAGE_NAMES, missing_text
from survey.exchange.xlsform_logic import beyond
from survey.exchange.xlsform_types import DEFAULT, WITH_CHOICES, row_type
from survey.exchange.xpath_out import Writer
from survey.instrument.model import Item, Point, Scale, Text
from survey.io.sheets import Sheet, workbook_bytes

ENTERED = ("dont_know", "refused")  # missing answers a person chooses; the others a tool sets
AHEAD = ("type", "name")
LAST = ("required", "relevant", "constraint", "choice_filter", "missing")
IGNORED = ("label", "implied", "name", "type", "qualtrics", "limesurvey")  # no columns of a form


@dataclass
class XLSForm:
    """The sheets of a form: rows as header -> cell."""

    survey: list[dict[str, str]] = field(default_factory=list)
    choices: list[dict[str, str]] = field(default_factory=list)
    settings: dict[str, str] = field(default_factory=dict)
    not_said: list[Unexpressed] = field(default_factory=list)

    def bytes(self) -> bytes:
        sheets = [
            Sheet("survey", *_table(self.survey, ("type", "name"))),
            Sheet("choices", *_table(self.choices, ("list_name", "name"))),
            Sheet("settings", *_table([self.settings], ("form_title", "form_id"))),
        ]
        return workbook_bytes(sheets)

    def markdown(self) -> str:
        """The sheets as pyxform's tests write them."""
        lines = []
        for name, rows in (
            ("survey", self.survey),
            ("choices", self.choices),
            ("settings", [self.settings]),
        ):
            head, body = _table(rows, ())
            lines.append(f"| {name} |")
            lines += ["| | " + " | ".join(row) + " |" for row in [head, *body]]
        return "\n".join(lines)


def to_xlsform(draft: Draft) -> XLSForm:
    """The form of a draft."""
    return _Export(draft).form


def _table(rows: list[dict[str, str]], first: tuple[str, ...]) -> tuple[list[str], list[list[str]]]:
    heads = dict.fromkeys(first)
    for row in rows:
        heads |= dict.fromkeys(row)
    return list(heads), [[row.get(head, "") for head in heads] for row in rows]


class _Export:
    """One draft being written."""

    def __init__(self, draft: Draft) -> None:
        self.draft = draft
        self.form = XLSForm()
        self.writer = Writer(draft.items, draft.scales, self.name, self.choice_name)
        self.plain = len(draft.languages) == 1 and not any(
            key.startswith("language.") for key in draft.form
        )
        self.lists: dict[str, str] = {}
        self.outer = {
            item: list(
                dict.fromkeys(told for g in block.groups if (told := self.asked_of(g)) != "all")
            )
            for block in draft.blocks
            for item in block.items
        }
        self.settings()
        self.rows()

    def asked_of(self, group: str) -> str:
        return self.draft.groups[group].ask_if if group in self.draft.groups else "all"

    def name(self, item: str) -> str:
        return self.draft.items[item].form.get("name", item)

    def choice_name(self, scale: Scale, code: int) -> str:
        point = scale.points.get(code)
        return point.form.get("name", str(code)) if point else str(code)

    def lacks(self, where: str, what: str) -> None:
        self.form.not_said.append(Unexpressed(where, what))

    def texts(self, column: str, text: Text) -> dict[str, str]:
        """One column per language."""
        cells = {}
        for lang, words in text.items():
            head = column
            if not self.plain:
                spelled = self.draft.form.get(f"language.{lang}") or LANGUAGE_NAMES.get(lang, lang)
                head = f"{column}::{spelled}"
            cells[head] = self.piped(words)
        return cells

    def piped(self, words: str) -> str:
        for item in self.draft.items.values():
            if "name" in item.form:
                words = words.replace(f"${{{item.id}}}", f"${{{item.form['name']}}}")
        return words

    def settings(self) -> None:
        title = next(iter(self.draft.title.values()), self.draft.name)
        settings = {"form_title": title, "form_id": self.draft.name}
        for key, value in self.draft.form.items():
            if key.startswith("settings."):
                settings[key.removeprefix("settings.")] = value
        if not self.plain and not settings.get("default_language"):
            first = self.draft.languages[0]
            spelled = self.draft.form.get(f"language.{first}") or LANGUAGE_NAMES.get(first, first)
            settings["default_language"] = spelled
        self.form.settings = settings

    # -- survey --------------------------------------------------------------------------------

    def rows(self) -> None:
        open_groups: list[str] = []
        own_groups = not self.draft.groups and len(self.draft.blocks) > 1
        for block in self.draft.blocks:
            if not set(block.items) - set(self.draft.technical):
                for item in block.items:
                    self.row(self.draft.items[item])  # lists them; a group must not be empty
                continue
            path = block.groups or ([f"{block.id}_block"] if own_groups else [])
            open_groups = self.move(open_groups, path)
            grid: list[str] = []
            for item in block.items:
                if grid and item not in grid:
                    self.form.survey.append({"type": "end_group"})
                    grid = []
                found = self.grid(item, block.items)
                if found and not grid and found[0] == item:
                    grid = found
                    head = {"type": "begin_group", "name": f"{item}_grid"}
                    self.form.survey.append(head | {"appearance": "table-list"})
                self.row(self.draft.items[item])
            if grid:
                self.form.survey.append({"type": "end_group"})
        self.move(open_groups, [])
        self.left_out()

    def move(self, now: list[str], to: list[str]) -> list[str]:
        """Close and open groups to get from one place to another."""
        same = 0
        while same < min(len(now), len(to)) and now[same] == to[same]:
            same += 1
        for group in reversed(now[same:]):
            self.form.survey.append({"type": f"end_{self.kind_of_group(group)}"})
        for group in to[same:]:
            self.form.survey.append(self.group_row(group))
        return list(to)

    def kind_of_group(self, group: str) -> str:
        entry = self.draft.groups.get(group)
        return "repeat" if entry is not None and entry.repeat else "group"

    def group_row(self, group: str) -> dict[str, str]:
        entry = self.draft.groups.get(group)
        row = {"type": f"begin_{self.kind_of_group(group)}", "name": group}
        if entry is None:
            return row | {"appearance": "field-list"}
        row["name"] = entry.form.get("name", group)
        row |= self.texts("label", entry.text)
        if entry.ask_if != "all":
            row["relevant"] = self.writer.expression(entry.ask_if)
        if entry.repeat and entry.repeat != "any":
            row["repeat_count"] = entry.repeat
        return row | {key: cell for key, cell in entry.form.items() if key not in IGNORED}

    def grid(self, item: str, block: list[str]) -> list[str]:
        """The run of grid items, one after another in the block, that holds `item`."""
        if self.draft.groups:
            return []
        for grid in self.draft.grids:
            places = [block.index(other) for other in grid if other in block]
            scales = {self.draft.items[other].scale for other in grid}
            run = len(places) > 1 and max(places) - min(places) == len(places) - 1
            if item in grid and run and len(scales) == 1:
                return sorted((o for o in grid if o in block), key=block.index)
        return []

    def row(self, item: Item) -> None:
        if item.form.get("implied"):
            return
        if item.id in self.draft.technical:
            self.lacks(item.id, "no question: the tool that collects the answers sets it")
            return
        scale = self.draft.scale_of(item)
        row = {"type": self.type_of(item, scale), "name": self.name(item.id)}
        if "label" not in item.form:
            row |= self.texts("label", item.text)
        row |= self.texts("hint", item.hint)
        if item.required:
            row["required"] = "yes"
        row |= self.logic(item, scale)
        row |= self.texts("constraint_message", item.valid_text)
        for key, cell in item.form.items():
            if key not in IGNORED and key not in row:
                row[key] = cell
        self.form.survey.append(row)

    def type_of(self, item: Item, scale: Scale | None) -> str:
        written = item.form.get("type") or DEFAULT[item.kind]
        if item.kind == "number" and "type" not in item.form and scale is not None:
            written = "integer"
        known = row_type(written)
        if known.word not in WITH_CHOICES or known.from_file or scale is None:
            return written
        listed = self.list_of(item.scale or "", scale)
        if known.or_other or written.endswith("or_other"):
            return f"{written.removesuffix(' or_other')} {listed} or_other"
        return f"{written} {listed}"

    def logic(self, item: Item, scale: Scale | None) -> dict[str, str]:
        cells: dict[str, str] = {}
        asked = beyond(self.draft.ask_if.get(item.id, "all"), self.outer.get(item.id, []))
        relevant = self.said(asked, item, "who is asked")
        kept = item.form.get("relevant", "")
        if relevant or kept:
            both = [text for text in (relevant, kept) if text]
            cells["relevant"] = both[0] if len(both) == 1 else " and ".join(f"({b})" for b in both)
        constraint = self.constraint(item, scale)
        if constraint:
            cells["constraint"] = constraint
        if item.kind == "number" and scale is not None and scale.missing:
            entered = [f"{c}={k}" for c, k in scale.missing.items() if k in ENTERED]
            if entered:
                cells["missing"] = " ".join(entered)
        shown = "" if "choice_filter" in item.form else self.filter(item, scale)
        if shown:
            cells["choice_filter"] = shown
        return cells

    def said(self, condition: str, item: Item, role: str, own: str | None = None) -> str:
        """A condition in the form's words; nothing where it cannot be said, which is listed."""
        if condition == "all":
            return ""
        try:
            return self.writer.expression(condition, own)
        except (KeyError, InstrumentError, ValueError):
            self.lacks(item.id, f"{role}: '{condition}' uses what the form does not ask")
            return ""

    def constraint(self, item: Item, scale: Scale | None) -> str:
        parts = []
        if item.kind == "number" and scale is not None and scale.range and not self.is_slider(item):
            low, high = scale.range
            inside = f". >= {low} and . <= {high}"
            entered = [code for code, kind in scale.missing.items() if kind in ENTERED]
            if entered:
                inside = f"({inside}) or " + " or ".join(f". = {code}" for code in entered)
            parts.append(inside)
        for code in item.exclusive if scale is not None else []:
            chosen = self.writer.selected(item.id, code, item.id) if scale is not None else ""
            parts.append(f"not({chosen} and count-selected(.) > 1)")
        if item.most is not None:
            parts.append(f"count-selected(.) <= {item.most}")
        valid = self.said(item.valid or "all", item, "which answers are taken", item.id)
        parts += [text for text in (valid, item.form.get("constraint", "")) if text]
        if len(parts) == 1:
            return parts[0]
        return " and ".join(f"({part})" if " or " in part else part for part in parts)

    def is_slider(self, item: Item) -> bool:
        return item.form.get("type", "") == "range"

    def filter(self, item: Item, scale: Scale | None) -> str:
        if not item.show_if or scale is None:
            return ""
        free = set(scale.values()) | set(scale.missing)
        parts = []
        for condition, codes in item.show_if.items():
            free -= set(codes)
            told = self.said(condition, item, "which options are offered")
            if told:
                parts.append(f"({self._named(scale, codes)} and ({told}))")
        if free:
            parts.insert(0, self._named(scale, sorted(free)))
        return " or ".join(parts)

    def _named(self, scale: Scale, codes: list[int]) -> str:
        names = [f"name = '{self.choice_name(scale, code)}'" for code in codes]
        return names[0] if len(names) == 1 else f"({' or '.join(names)})"

    # -- choices -------------------------------------------------------------------------------

    def list_of(self, scale_id: str, scale: Scale) -> str:
        """The list's name; its rows are written the first time."""
        listed = scale.form.get("name", scale_id)
        if listed not in self.lists.values():
            for code in scale.values():
                point = scale.points.get(code)
                if point is None or not point.form.get("implied"):
                    self.form.choices.append(self.choice_row(listed, scale, code, point))
            for code, kind in scale.missing.items():
                if kind in ENTERED:
                    words = {lang: missing_text(kind, lang) for lang in self.draft.languages}
                    row = {"list_name": listed, "name": str(code)} | self.texts("label", words)
                    self.form.choices.append(row | {"missing": kind})
        self.lists[scale_id] = listed
        return listed

    def choice_row(self, listed: str, scale: Scale, code: int, point: Point | None) -> dict:
        row = {"list_name": listed, "name": self.choice_name(scale, code)}
        if point is None:
            words = {lang: scale.text(code, lang) for lang in self.draft.languages}
            return row | self.texts("label", words)
        kept = {key: cell for key, cell in point.form.items() if key not in ("name", "implied")}
        return row | self.texts("label", point.text) | kept

    def left_out(self) -> None:
        """What a form has no place for."""
        for name, scale in self.draft.scales.items():
            if scale.groups:
                self.lacks(f"scale {name}", f"groups of points: {', '.join(scale.groups)}")
            if scale.numeric and scale.range is None:
                self.lacks(f"scale {name}", "that its points have equal steps")
            codes = [f"{c}" for c, kind in scale.missing.items() if kind not in ENTERED]
            if codes:
                self.lacks(f"scale {name}", f"codes the cleaning sets: {', '.join(codes)}")
        for asked, code in self.draft.attention.items():
            self.lacks(asked, f"attention check: the instructed answer {code}")
        for name, item in self.draft.items.items():
            if item.short:
                self.lacks(name, "its short label")

"""Import an XLSForm (.xlsx or .xls): items, scales, groups, routing, checks, all languages.

Decided here: what each row of the survey sheet becomes. Expressions are translated in xpath_in.py
where conditions can say them; what they cannot stands word by word under `form` and is listed.
Columns this suite has no use for (appearance, pictures, parameters) are kept there too, so that
the form can be exported again with every question type.
"""

from __future__ import annotations

from pathlib import Path

from survey.errors import DataError
from survey.exchange import logic
from survey.exchange.draft import Draft, Names, slug
from survey.exchange.xlsform_choices import MISSING_COLUMN, Choices, lists
from survey.exchange.xlsform_logic import Logic
from survey.exchange.xlsform_sheets import Row, languages, rows_of
from survey.exchange.xlsform_types import (
    BEGIN,
    DEFAULT,
    END,
    IDENTIFYING,
    WITH_CHOICES,
    RowType,
    row_type,
)
from survey.exchange.xpath_in import piped
from survey.instrument.model import Block, Column, Group, Item, Point, Scale
from survey.io.workbook import read_workbook

READ = ("survey", "choices", "settings")
TRANSLATED = ("type", "name", "relevant", "constraint", "choice_filter", "required", MISSING_COLUMN)
OTHER = {"en": "Other", "zh": "其他", "fr": "Autre", "de": "Andere", "es": "Otro"}


def read_xlsform(path: Path) -> Draft:
    """The form in a workbook as a draft.

    Raises
    ------
    DataError
        If the file is no workbook or has no survey sheet with the columns type and name.
    """
    sheets, _ = read_workbook(path)
    named = {name.strip().lower(): rows for name, rows in sheets.items()}
    if not named.get("survey"):
        raise DataError(
            "has no sheet 'survey'",
            where=str(path),
            expected="an XLSForm with the sheets survey and choices",
        )
    settings = _settings(named.get("settings", []))
    spoken = languages(named, settings.get("default_language", ""))
    draft = Draft(slug(settings.get("form_id") or Path(path).stem, "form"))
    rows = rows_of(named["survey"], spoken)
    choices = rows_of(named.get("choices", []), spoken)
    draft.languages = list(spoken.spelled) or [spoken.primary]
    if spoken.primary not in draft.languages:
        draft.languages.insert(0, spoken.primary)
    title = settings.get("form_title") or settings.get("form_id") or Path(path).stem
    draft.title = {spoken.primary: title}
    draft.form = {f"settings.{key}": value for key, value in settings.items()}
    draft.form |= {f"language.{code}": told for code, told in spoken.spelled.items()}
    draft.raw = {"origin": "csv"}
    if not any("type" in row.cells for row in rows):
        raise DataError("has no column 'type' in its sheet 'survey'", where=str(path))
    for name in sheets:
        if name.strip().lower() not in READ and sheets[name]:
            draft.lacks(f"sheet {name}", "it is no part of the form and is left out")
    _Form(draft, lists(choices, draft)).read(rows)
    return draft


def _settings(sheet: list[list[str]]) -> dict[str, str]:
    if len(sheet) < 2:
        return {}
    pairs = zip(sheet[0], sheet[1], strict=False)
    return {key.strip(): value for key, value in pairs if key.strip() and value != ""}


class _Form:
    """The rows of one survey sheet becoming items."""

    def __init__(self, draft: Draft, choices: dict[str, Choices]) -> None:
        self.draft = draft
        self.choices = choices
        self.names = Names()
        self.group_names = Names()
        self.path: list[str] = []
        self.form_names: dict[str, str] = {}  # name in the form -> id
        self.rows: dict[str, Row] = {}  # item -> its row
        self.group_rows: dict[str, Row] = {}
        self.paths: dict[str, list[str]] = {}
        self.used: dict[str, str] = {}  # item -> list

    def read(self, rows: list[Row]) -> None:
        for row in rows:
            kind = row.cells.get("type", "")
            if not kind:
                self.draft.lacks(f"survey, row {row.number}", "a row without a type is left out")
            elif BEGIN.match(kind):
                self.begin(row)
            elif END.match(kind):
                if self.path:
                    self.path.pop()
                else:
                    self.draft.lacks(
                        f"survey, row {row.number}", "it ends a group that is not open"
                    )
            else:
                self.row(row, row_type(kind))
        self.draft.scales = {c.id: c.scale for c in self.choices.values()} | self.draft.scales
        Logic(
            self.draft, self.choices, self.form_names, self.rows, self.group_rows, self.paths
        ).add()
        self._pipe()

    def begin(self, row: Row) -> None:
        found = BEGIN.match(row.cells["type"])
        assert found is not None
        name = row.cells.get("name", f"group{row.number}")
        group = self.group_names.new(slug(name, "group"))
        form = self._kept(row)
        if name != group:
            form["name"] = name
        repeat = None
        if found[1].lower() != "group":
            repeat = form.pop("repeat_count", "any")
            self.draft.lacks(
                f"group {name}", "it is asked several times over; its answers are a table apart"
            )
        self.draft.groups[group] = Group(text=row.texts.get("label", {}), repeat=repeat, form=form)
        self.group_rows[group] = row
        self.path.append(group)

    def row(self, row: Row, type_: RowType) -> None:
        name = row.cells.get("name", "")
        if not name:
            self.draft.lacks(f"survey, row {row.number}", f"a {type_.word} without a name")
            name = f"row{row.number}"
        item_id = self.names.new(slug(name))
        self.form_names.setdefault(name, item_id)
        form = self._kept(row)
        kind = type_.kind
        if kind is None:
            kind = "computed"
            self.draft.lacks(name, f"the type '{type_.written}' is not known", kept=True)
        if name != item_id:
            form["name"] = name
        text = dict(row.texts.get("label", {}))
        if not text:
            text = {self.draft.languages[0]: name}
            form["label"] = "none"
        scale = self._scale(row, type_, item_id, form)
        written = f"{type_.written} or_other" if type_.or_other else type_.written
        if type_.from_file:
            form["type"] = f"{type_.written} {type_.choices}"
            self.draft.lacks(name, f"its choices are in the file {type_.choices}", kept=True)
        elif written != DEFAULT[kind]:
            form["type"] = written
        item = Item(
            id=item_id,
            kind=kind,
            text=text,
            hint=row.texts.get("hint", {}),
            scale=scale,
            valid_text=row.texts.get("constraint_message", {}),
            form=form,
        )
        self.draft.items[item_id] = item
        self.rows[item_id] = row
        self.paths[item_id] = list(self.path)
        self._place(item_id)
        self._column(item, name, type_)
        if type_.or_other:
            self._other_text(item, name)

    def _kept(self, row: Row) -> dict[str, str]:
        return {key: cell for key, cell in row.cells.items() if key not in TRANSLATED}

    def _place(self, item: str) -> None:
        blocks = self.draft.blocks
        if blocks and blocks[-1].groups == self.path:
            blocks[-1] = blocks[-1].model_copy(update={"items": [*blocks[-1].items, item]})
        else:
            name = self.path[-1] if self.path else "main"
            taken = Names(block.id for block in blocks)
            blocks.append(Block(id=taken.new(name), items=[item], groups=list(self.path)))

    def _column(self, item: Item, name: str, type_: RowType) -> None:
        """Where ODK's export holds the answer: the path through the groups."""
        if item.kind == "note":
            return
        groups = [self.draft.groups[group].form.get("name", group) for group in self.path]
        column = "-".join([*groups, name])
        if type_.word in IDENTIFYING:
            self.draft.identifiers.append(column)
            self.draft.lacks(name, "it identifies a person: never read past intake", kept=True)
        else:
            split = " " if item.kind in ("multiple", "ranking") else None
            self.draft.columns[item.id] = Column(column=column, split=split)

    # -- scales --------------------------------------------------------------------------------

    def _scale(self, row: Row, type_: RowType, item: str, form: dict[str, str]) -> str | None:
        if type_.word == "acknowledge":
            self.draft.scales["acknowledged"] = Scale(
                points={1: Point(code="OK", text={self.draft.languages[0]: "OK"})}
            )
            return "acknowledged"
        if type_.word == "range":
            return self._range(row, item)
        if type_.word not in WITH_CHOICES or type_.from_file:
            return None
        choices = self.choices.get(type_.choices)
        if choices is None:
            self.draft.lacks(item, f"its list of choices '{type_.choices}' does not exist")
            choices = Choices(
                Names(self.draft.scales).new(slug(type_.choices, "list")),
                Scale(points={1: Point(code="none", text={self.draft.languages[0]: "-"})}),
                {},
            )
            self.choices[type_.choices] = choices
        if type_.or_other:
            choices = self._with_other(type_.choices, choices)
        self.used[item] = type_.choices
        return choices.id

    def _with_other(self, name: str, choices: Choices) -> Choices:
        """The list with the option that `or_other` adds."""
        key = f"{name} or_other"
        if key not in self.choices:
            scale = choices.scale
            value = max([0, *scale.values(), *scale.missing]) + 1
            text = {lang: OTHER.get(lang, OTHER["en"]) for lang in self.draft.languages}
            taken = Names(point.code for point in scale.points.values())
            point = Point(
                code=taken.new("other"), text=text, form={"name": "other", "implied": "yes"}
            )
            form = scale.form | {"name": name}
            added = scale.model_copy(update={"points": scale.points | {value: point}, "form": form})
            scale_id = Names(c.id for c in self.choices.values()).new(f"{choices.id}_or_other")
            self.choices[key] = Choices(scale_id, added, choices.values | {"other": value})
        return self.choices[key]

    def _other_text(self, item: Item, name: str) -> None:
        """The text question that `or_other` adds."""
        text_id = self.names.new(f"{item.id}_other")
        text = {
            lang: f"{words} ({OTHER.get(lang, OTHER['en'])})" for lang, words in item.text.items()
        }
        self.draft.items[text_id] = Item(
            id=text_id, kind="open", text=text, form={"implied": "yes", "name": f"{name}_other"}
        )
        self.paths[text_id] = list(self.path)
        self._place(text_id)
        self._column(self.draft.items[text_id], f"{name}_other", row_type("text"))
        other = self.choices[f"{self.used[item.id]} or_other"].values["other"]
        where = f"{item.id}__{other}" if item.kind == "multiple" else item.id
        value = 1 if item.kind == "multiple" else other
        self.draft.ask_if[text_id] = logic.told(logic.Is(where, "==", value))

    def _range(self, row: Row, item: str) -> str | None:
        """A slider of whole numbers as a scale; other steps stay a plain number."""
        parts = row.cells.get("parameters", "").replace(";", " ").replace(",", " ").split()
        told = dict(part.split("=", 1) for part in parts if "=" in part)
        try:
            low, high, step = (
                float(told.get(k, d)) for k, d in zip(_RANGE, ["0", "10", "1"], strict=True)
            )
        except ValueError:
            low, high, step = 0.5, 0.5, 1.0
        if not (low.is_integer() and high.is_integer() and step.is_integer() and low < high):
            self.draft.lacks(item, "the steps of its slider are no whole numbers", kept=True)
            return None
        if step != 1:
            self.draft.lacks(item, f"its slider moves in steps of {step:g}", kept=True)
        name = Names([*self.draft.scales, *(c.id for c in self.choices.values())]).new(
            f"{item}_range"
        )
        self.draft.scales[name] = Scale(range=(int(low), int(high)), numeric=True)
        return name

    def _pipe(self) -> None:
        """Answers quoted in wordings, by the items' ids."""
        for name, item in self.draft.items.items():
            changed = {
                part: {lang: piped(words, self.form_names) for lang, words in texts.items()}
                for part, texts in (
                    ("text", item.text),
                    ("hint", item.hint),
                    ("valid_text", item.valid_text),
                )
                if any("${" in words for words in texts.values())
            }
            if changed:
                self.draft.items[name] = item.model_copy(update=changed)


_RANGE = ("start", "end", "step")

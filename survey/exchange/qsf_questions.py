"""What one Qualtrics question becomes: an item, a grid of items, or a set with its texts.

Decided here: kinds by type and selector, the columns in which an export holds the answers, and that
text beside a choice is an item of its own. Codes of choices: qsf_scales.py; wordings: qsf_texts.py.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from survey.exchange import logic
from survey.exchange.draft import Draft, Names, slug
from survey.exchange.qsf_logic import Places, condition
from survey.exchange.qsf_payload import forced, number, ordered, pairs, row_tag, settings_of
from survey.exchange.qsf_scales import Scales
from survey.exchange.qsf_texts import Texts
from survey.exchange.xpath_in import UntranslatableError
from survey.instrument.model import Column, Item, ItemKind, Text

ONE = ("SAVR", "SAHR", "SACOL", "DL", "SB", "NPS", "SingleAnswer", "Bipolar", "DND", "CS")
MANY = ("MAVR", "MAHR", "MACOL", "MSB", "MultipleAnswer")
WHOLE = {  # types that are one item of one kind
    "DB": "note",
    "FileUpload": "file",
    "Draw": "file",
    "Signature": "file",
    "Meta": "key",
}


class Questions:
    """Turns payloads into items of a draft.

    Attributes
    ----------
    made : question -> its items, each with the condition of its own row or choice
    """

    def __init__(
        self, draft: Draft, language: str, code: Callable[[str], str], places: Places
    ) -> None:
        self.draft, self.places = draft, places
        self.texts = Texts(draft, language, code)
        self.scales = Scales(draft, self.texts)
        self.names = Names()
        self.made: dict[str, dict[str, logic.Part]] = {}
        self.later: list[tuple[str, dict[str, Any], dict[str, int], str]] = []
        self.rows: list[tuple[str, str, dict[str, Any], str]] = []

    def add(self, payload: dict[str, Any]) -> None:
        question = str(payload.get("QuestionID"))
        tag = str(payload.get("DataExportTag") or question)
        kind = str(payload.get("QuestionType"))
        self.made.setdefault(question, {})
        self._listed(payload, tag)
        if kind == "MC" and str(payload.get("Selector")) in (*ONE, *MANY):
            self._choice(payload, question, tag)
        elif kind == "TE" and payload.get("Selector") != "FORM":
            self._text(payload, question, tag)
        elif kind == "Matrix":
            self._matrix(payload, question, tag, self.texts.of(payload, "QuestionText"))
        elif kind == "SBS":
            self._side_by_side(payload, question, tag)
        elif kind == "RO":
            self._ranking(payload, question, tag)
        elif kind in ("TE", "Slider", "CS"):
            self._each(payload, question, tag)
        elif kind == "Timing":
            self.draft.lacks(tag, "times of a page are columns of the export, not questions")
        else:
            self._whole(payload, question, tag, kind)

    # -- kinds ---------------------------------------------------------------------------------

    def _choice(self, payload: dict[str, Any], question: str, tag: str) -> None:
        many = payload.get("Selector") in MANY
        scale, codes = self.scales.of(payload, "Choices", "ChoiceOrder", tag)
        exclusive = [
            codes[key]
            for key, choice in pairs(payload.get("Choices"))
            if many and key in codes and choice.get("ExclusiveAnswer") in (True, "true")
        ]
        most = number(settings_of(payload).get("MaxChoices")) if many else None
        item = self._item(
            question,
            "",
            slug(tag),
            "multiple" if many else "single",
            self.texts.of(payload, "QuestionText"),
            codes,
            scale=scale,
            exclusive=exclusive,
            most=most,
            required=forced(payload),
            form={"qualtrics": f"{payload['QuestionType']}-{payload['Selector']}"},
        )
        self.later.append((item, payload, codes, question))
        if many:
            hidden = self.scales.not_exported(payload, codes)
            names = self.draft.scales[scale].values()
            self.draft.columns[item] = Column(
                columns={code: f"{tag}_{code}" for code in names if code not in hidden},
                chosen=["1", *self.scales.doubled(payload, codes, scale)],
            )
        else:
            self.draft.columns[item] = Column(column=tag)
        self._entries(payload, question, tag, item, codes, many)

    def _entries(
        self, payload: dict, question: str, tag: str, item: str, codes: dict[str, int], many: bool
    ) -> None:
        """Text beside a choice: `Other, namely: ____`."""
        for key, choice in pairs(payload.get("Choices")):
            if choice.get("TextEntry") not in (True, "true") or key not in codes:
                continue
            code = codes[key]
            words = self.draft.items[item].text
            label = self.texts.of_choice(payload, "Choices", key)
            text = {lang: f"{told} – {label.get(lang, '')}" for lang, told in words.items()}
            column = f"{tag}_{code}_TEXT"
            chosen: logic.Part = (
                logic.Is(f"{item}__{code}", "==", 1) if many else logic.Is(item, "==", code)
            )
            if many and code < 0:
                self.draft.lacks(tag, f"that the text beside choice {code} needs the choice")
                chosen = logic.EVERYBODY
            name = self.names.new(slug(column))
            self.draft.items[name] = Item(id=name, kind="open", text=text)
            self.draft.columns[name] = Column(column=column)
            self.made[question][name] = chosen

    def _text(self, payload: dict[str, Any], question: str, tag: str) -> None:
        settings = settings_of(payload)
        scale, kind = None, "open"
        if settings.get("ContentType") == "ValidNumber":
            kind = "number"
            limits = settings.get("ValidNumber") or {}
            low, high = (number(limits.get(end)) for end in ("Min", "Max"))
            scale = self.scales.numeric(tag, low, high)
        elif settings.get("Type") in ("ContentType", "CustomValidation", "MinChar", "TotalChar"):
            self.draft.lacks(tag, f"its text is checked ({settings['Type']})")
        text = self.texts.of(payload, "QuestionText")
        name = self._item(
            question, "", slug(tag), kind, text, {}, scale=scale, required=forced(payload)
        )
        self.draft.columns[name] = Column(column=tag)

    def _matrix(self, payload: dict[str, Any], question: str, tag: str, stem: Text) -> None:
        sub = str(payload.get("SubSelector") or payload.get("Selector"))
        selector = str(payload.get("Selector"))
        if selector == "TE" or sub in ("Long", "Medium", "Short", "Essay"):
            self._text_matrix(payload, question, tag, stem)
            return
        many = sub in MANY or selector in MANY
        if not many and sub not in ONE and selector not in ("Likert", "Bipolar", "Profile"):
            self.draft.lacks(tag, f"a matrix of kind {selector} {sub}")
        scale, codes = self.scales.of(payload, "Answers", "AnswerOrder", tag)
        grid = []
        for key, choice in ordered(payload, "Choices", "ChoiceOrder"):
            label = self.texts.of_choice(payload, "Choices", key)
            own = row_tag(payload, key, tag)
            name = self._item(
                question,
                key,
                slug(f"{tag}_{key}"),
                "multiple" if many else "single",
                {lang: f"{told} – {label.get(lang, '')}" for lang, told in stem.items()},
                codes,
                scale=scale,
                required=forced(payload),
                form={"qualtrics": f"Matrix-{selector}-{sub}"},
            )
            self.draft.items[name] = self.draft.items[name].model_copy(update={"short": label})
            if many:
                values = self.draft.scales[scale].values()
                columns = {code: f"{own}_{code}" for code in values}
                self.draft.columns[name] = Column(columns=columns)
            else:
                self.draft.columns[name] = Column(column=own)
            grid.append(name)
            if isinstance(choice.get("DisplayLogic"), dict):
                self.rows.append((question, name, choice["DisplayLogic"], tag))
        if len(grid) > 1 and not many:
            self.draft.grids.append(grid)

    def _text_matrix(self, payload: dict[str, Any], question: str, tag: str, stem: Text) -> None:
        if payload.get("DynamicChoices") and not payload.get("Choices"):
            text = self.texts.of(payload, "QuestionText")
            self._item(question, "", slug(tag), "open", text, {})
            return
        for row, _ in ordered(payload, "Choices", "ChoiceOrder"):
            for answer, _ in ordered(payload, "Answers", "AnswerOrder"):
                rows = self.texts.of_choice(payload, "Choices", row)
                heads = self.texts.of_choice(payload, "Answers", answer)
                text = {
                    lang: f"{told} – {rows.get(lang, '')}: {heads.get(lang, '')}"
                    for lang, told in stem.items()
                }
                own = row_tag(payload, row, tag)
                name = self._item(question, row, slug(f"{tag}_{row}_{answer}"), "open", text, {})
                self.draft.columns[name] = Column(column=f"{own}_{answer}")

    def _side_by_side(self, payload: dict[str, Any], question: str, tag: str) -> None:
        outer = self.texts.of(payload, "QuestionText")
        for key, part in pairs(payload.get("AdditionalQuestions")):
            inner = self.texts.of(part, "QuestionText")
            stem = {lang: f"{told} – {inner.get(lang, '')}" for lang, told in outer.items()}
            whole = {"Choices": payload.get("Choices"), "ChoiceOrder": payload.get("ChoiceOrder")}
            self._matrix(whole | part, question, f"{tag}#{key}", stem)

    def _ranking(self, payload: dict[str, Any], question: str, tag: str) -> None:
        scale, codes = self.scales.of(payload, "Choices", "ChoiceOrder", tag)
        text = self.texts.of(payload, "QuestionText")
        name = self._item(question, "", slug(tag), "ranking", text, codes, scale=scale)
        self.draft.columns[name] = Column(
            columns={code: f"{tag}_{code}" for code in self.draft.scales[scale].values()}
        )

    def _each(self, payload: dict[str, Any], question: str, tag: str) -> None:
        """Forms, sliders and constant sums: one answer per choice."""
        kind: ItemKind = "open" if payload.get("QuestionType") == "TE" else "number"
        stem = self.texts.of(payload, "QuestionText")
        settings = payload.get("Configuration") or {}
        low, high = (number(settings.get(f"CSSlider{end}")) for end in ("Min", "Max"))
        scale = self.scales.numeric(tag, low, high) if kind == "number" else None
        choices = ordered(payload, "Choices", "ChoiceOrder")
        if not choices:
            self._item(question, "", slug(tag), kind, stem, {}, scale=scale)
        for key, _ in choices:
            label = self.texts.of_choice(payload, "Choices", key)
            text = {lang: f"{told} – {label.get(lang, '')}" for lang, told in stem.items()}
            name = self._item(question, key, slug(f"{tag}_{key}"), kind, text, {}, scale=scale)
            self.draft.columns[name] = Column(column=f"{tag}_{key}")
        if payload.get("QuestionType") == "CS":
            self.draft.lacks(tag, "its numbers must have a fixed sum")

    def _whole(self, payload: dict[str, Any], question: str, tag: str, kind: str) -> None:
        found = WHOLE.get(kind)
        if found is None:
            self.draft.lacks(tag, f"a question of type {kind} {payload.get('Selector', '')}")
        text = self.texts.of(payload, "QuestionText")
        form = {} if found else {"qualtrics": f"{kind}-{payload.get('Selector', '')}"}
        self._item(question, "", slug(tag), found or "computed", text, {}, form=form)

    # -- parts ---------------------------------------------------------------------------------

    def _item(
        self,
        question: str,
        row: str,
        wanted: str,
        kind: str,
        text: Text,
        codes: dict[str, int],
        **more: Any,
    ) -> str:
        name = self.names.new(wanted)
        self.draft.items[name] = Item(id=name, kind=kind, text=text, **more)  # type: ignore[arg-type]
        self.places.add(question, row, name, kind, codes)
        self.made.setdefault(question, {})[name] = logic.EVERYBODY
        return name

    def _listed(self, payload: dict[str, Any], tag: str) -> None:
        """Features of a question that have no place in our files."""
        if payload.get("DynamicChoices"):
            self.draft.lacks(tag, "its choices are carried forward from another question")
        if payload.get("DefaultChoices") not in (None, False, "false", []):
            self.draft.lacks(tag, "an answer is filled in beforehand")
        if payload.get("Randomization") not in (None, False, [], {}):
            kind = payload["Randomization"]
            kind = kind.get("Type") if isinstance(kind, dict) else kind
            if kind not in (None, "None"):
                self.draft.lacks(tag, "its choices come in random order")
        if payload.get("GradingData"):
            self.draft.lacks(tag, "points are given for answers")
        if payload.get("QuestionJS"):
            self.draft.lacks(tag, "a script of its own")

    def finish(self) -> None:
        """Logic of choices and rows, once every item is known."""
        for item, payload, codes, _ in self.later:
            shown: dict[str, list[int]] = {}
            for key, choice in pairs(payload.get("Choices")):
                if isinstance(choice.get("DisplayLogic"), dict) and key in codes:
                    told = self._told(choice["DisplayLogic"], item)
                    if told:
                        shown.setdefault(told, []).append(codes[key])
            if shown:
                entry = self.draft.items[item]
                self.draft.items[item] = entry.model_copy(update={"show_if": shown})
        for _, item, tree, _tag in self.rows:
            told = self._told(tree, item)
            if told:
                old = self.draft.ask_if.get(item)
                self.draft.ask_if[item] = f"({old}) and ({told})" if old else told
        if self.texts.formatted:
            self.draft.lacks(
                "wordings",
                f"formatting (HTML) of {self.texts.formatted} texts; their words are kept",
            )

    def _told(self, tree: dict[str, Any], item: str) -> str:
        try:
            return logic.told(condition(tree, self.places))
        except UntranslatableError as fault:
            self.draft.lacks(item, f"display logic of a choice: {fault}")
            return ""

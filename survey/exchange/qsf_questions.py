"""What one Qualtrics question becomes: an item, a grid of items, or a set with its texts.

Decided here: kinds by type and selector, codes by the recode values of the export, the columns in
which an export holds the answers, and that text beside a choice is an item of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from survey.exchange import logic
from survey.exchange.draft import Draft, Names, code_word, slug
from survey.exchange.markup import marked_up, plain
from survey.exchange.qsf_logic import Places, condition
from survey.exchange.xpath_in import UntranslatableError
from survey.instrument.model import Column, Item, ItemKind, Point, Scale, Text

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
        self.draft, self.language, self.code, self.places = draft, language, code, places
        self.names = Names()
        self.scale_names = Names()
        self.made: dict[str, dict[str, logic.Part]] = {}
        self.formatted = 0
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
            self._matrix(payload, question, tag, self._text_of(payload, "QuestionText"))
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
        scale, codes = self._scale(payload, "Choices", "ChoiceOrder", tag)
        exclusive = [
            codes[key]
            for key, choice in _pairs(payload.get("Choices"))
            if many and key in codes and choice.get("ExclusiveAnswer") in (True, "true")
        ]
        most = _number(_settings(payload).get("MaxChoices")) if many else None
        item = self._item(
            question,
            "",
            slug(tag),
            "multiple" if many else "single",
            self._text_of(payload, "QuestionText"),
            codes,
            scale=scale,
            exclusive=exclusive,
            most=most,
            required=_forced(payload),
            form={"qualtrics": f"{payload['QuestionType']}-{payload['Selector']}"},
        )
        self.later.append((item, payload, codes, question))
        if many:
            hidden = self._not_exported(payload, codes)
            names = self.draft.scales[scale].values()
            self.draft.columns[item] = Column(
                columns={code: f"{tag}_{code}" for code in names if code not in hidden},
                chosen=["1", *self._doubled(payload, codes, scale)],
            )
        else:
            self.draft.columns[item] = Column(column=tag)
        self._entries(payload, question, tag, item, codes, many)

    def _entries(
        self, payload: dict, question: str, tag: str, item: str, codes: dict[str, int], many: bool
    ) -> None:
        """Text beside a choice: `Other, namely: ____`."""
        for key, choice in _pairs(payload.get("Choices")):
            if choice.get("TextEntry") not in (True, "true") or key not in codes:
                continue
            code = codes[key]
            words = self.draft.items[item].text
            label = self._choice_text(payload, "Choices", key)
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
        settings = _settings(payload)
        scale, kind = None, "open"
        if settings.get("ContentType") == "ValidNumber":
            kind = "number"
            limits = settings.get("ValidNumber") or {}
            low, high = (_number(limits.get(end)) for end in ("Min", "Max"))
            if low is not None and high is not None and low < high:
                scale = self.scale_names.new(slug(tag))
                self.draft.scales[scale] = Scale(range=(low, high), numeric=True)
        elif settings.get("Type") in ("ContentType", "CustomValidation", "MinChar", "TotalChar"):
            self.draft.lacks(tag, f"its text is checked ({settings['Type']})")
        text = self._text_of(payload, "QuestionText")
        name = self._item(
            question, "", slug(tag), kind, text, {}, scale=scale, required=_forced(payload)
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
        scale, codes = self._scale(payload, "Answers", "AnswerOrder", tag)
        grid = []
        for key, choice in _ordered(payload, "Choices", "ChoiceOrder"):
            label = self._choice_text(payload, "Choices", key)
            own = _row_tag(payload, key, tag)
            name = self._item(
                question,
                key,
                slug(f"{tag}_{key}"),
                "multiple" if many else "single",
                {lang: f"{told} – {label.get(lang, '')}" for lang, told in stem.items()},
                codes,
                scale=scale,
                required=_forced(payload),
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
            text = self._text_of(payload, "QuestionText")
            self._item(question, "", slug(tag), "open", text, {})
            return
        for row, _ in _ordered(payload, "Choices", "ChoiceOrder"):
            for answer, _ in _ordered(payload, "Answers", "AnswerOrder"):
                rows = self._choice_text(payload, "Choices", row)
                heads = self._choice_text(payload, "Answers", answer)
                text = {
                    lang: f"{told} – {rows.get(lang, '')}: {heads.get(lang, '')}"
                    for lang, told in stem.items()
                }
                own = _row_tag(payload, row, tag)
                name = self._item(question, row, slug(f"{tag}_{row}_{answer}"), "open", text, {})
                self.draft.columns[name] = Column(column=f"{own}_{answer}")

    def _side_by_side(self, payload: dict[str, Any], question: str, tag: str) -> None:
        outer = self._text_of(payload, "QuestionText")
        for key, part in _pairs(payload.get("AdditionalQuestions")):
            inner = self._text_of(part, "QuestionText")
            stem = {lang: f"{told} – {inner.get(lang, '')}" for lang, told in outer.items()}
            whole = {"Choices": payload.get("Choices"), "ChoiceOrder": payload.get("ChoiceOrder")}
            self._matrix(whole | part, question, f"{tag}#{key}", stem)

    def _ranking(self, payload: dict[str, Any], question: str, tag: str) -> None:
        scale, codes = self._scale(payload, "Choices", "ChoiceOrder", tag)
        text = self._text_of(payload, "QuestionText")
        self._item(question, "", slug(tag), "ranking", text, codes, scale=scale)
        self.draft.lacks(tag, "ranks stand in one column per choice, which is not read as one item")

    def _each(self, payload: dict[str, Any], question: str, tag: str) -> None:
        """Forms, sliders and constant sums: one answer per choice."""
        kind: ItemKind = "open" if payload.get("QuestionType") == "TE" else "number"
        stem = self._text_of(payload, "QuestionText")
        settings = payload.get("Configuration") or {}
        low, high = (_number(settings.get(f"CSSlider{end}")) for end in ("Min", "Max"))
        scale = None
        if kind == "number" and low is not None and high is not None and low < high:
            scale = self.scale_names.new(slug(tag))
            self.draft.scales[scale] = Scale(range=(low, high), numeric=True)
        choices = _ordered(payload, "Choices", "ChoiceOrder")
        if not choices:
            self._item(question, "", slug(tag), kind, stem, {}, scale=scale)
        for key, _ in choices:
            label = self._choice_text(payload, "Choices", key)
            text = {lang: f"{told} – {label.get(lang, '')}" for lang, told in stem.items()}
            name = self._item(question, key, slug(f"{tag}_{key}"), kind, text, {}, scale=scale)
            self.draft.columns[name] = Column(column=f"{tag}_{key}")
        if payload.get("QuestionType") == "CS":
            self.draft.lacks(tag, "its numbers must have a fixed sum")

    def _whole(self, payload: dict[str, Any], question: str, tag: str, kind: str) -> None:
        found = WHOLE.get(kind)
        if found is None:
            self.draft.lacks(tag, f"a question of type {kind} {payload.get('Selector', '')}")
        text = self._text_of(payload, "QuestionText")
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

    def _scale(
        self, payload: dict[str, Any], part: str, order: str, tag: str
    ) -> tuple[str, dict[str, int]]:
        recodes = payload.get("RecodeValues")
        recodes = recodes if isinstance(recodes, dict) else {}
        named = payload.get("VariableNaming")
        named = named if isinstance(named, dict) else {}
        points: dict[int, Point] = {}
        codes: dict[str, int] = {}
        words = Names()
        pairs = _ordered(payload, part, order)
        wanted = {key: _number(recodes.get(key)) for key, _ in pairs}
        free = max(
            [
                0,
                *(v for v in wanted.values() if v is not None),
                *(_number(k) or 0 for k, _ in pairs),
            ]
        )
        for key, choice in pairs:
            code = wanted[key] if wanted[key] is not None else _number(key)
            if code is None or code in points:
                free += 1
                told = f"choice '{plain(str(choice.get('Display', '')))}'"
                self.draft.lacks(
                    tag,
                    f"{told} has the same recode value {code} as another; an export cannot tell "
                    f"them apart, here it is {free}",
                )
                code = free
            codes[key] = code
            text = self._choice_text(payload, part, key)
            name = str(named.get(key) or "")
            short = code_word(name or text.get("en") or next(iter(text.values())), f"c{code}")
            aliases = [name] if name and name not in text.values() else []
            points[code] = Point(code=words.new(short), text=text, aliases=aliases)
        if not points:
            points = {0: Point(code="none", text={self.language: "-"})}
            self.draft.lacks(tag, "it has no choices of its own")
        scale = Scale(points=points)
        for known, other in self.draft.scales.items():
            if other == scale:
                return known, codes
        name = self.scale_names.new(slug(tag))
        self.draft.scales[name] = scale
        return name, codes

    def _not_exported(self, payload: dict[str, Any], codes: dict[str, int]) -> set[int]:
        """Options an export has no column for: kept out of the analysis, or coded twice."""
        out = payload.get("AnalyzeChoices")
        out = out if isinstance(out, dict) else {}
        hidden = {codes[key] for key, said in out.items() if said == "No" and key in codes}
        recodes = payload.get("RecodeValues")
        recodes = recodes if isinstance(recodes, dict) else {}
        for key, code in codes.items():
            if _number(recodes.get(key)) not in (None, code):
                hidden.add(code)
        return hidden

    def _doubled(self, payload: dict[str, Any], codes: dict[str, int], scale: str) -> list[str]:
        """Words an export writes for choices that share a recode value with another one."""
        recodes = payload.get("RecodeValues")
        recodes = recodes if isinstance(recodes, dict) else {}
        points = self.draft.scales[scale].points
        words = []
        for key, code in codes.items():
            if _number(recodes.get(key)) not in (None, code):
                words += [*points[code].text.values(), *points[code].aliases]
        return words

    def _text_of(self, payload: dict[str, Any], key: str) -> Text:
        text = {self.language: self._words(payload.get(key), str(payload.get("DataExportTag")))}
        for written, parts in _pairs(payload.get("Language")):
            told = parts.get(key)
            if told:
                lang = self._spoken(written)
                text[lang] = self._words(told, "")
        return text

    def _choice_text(self, payload: dict[str, Any], part: str, key: str) -> Text:
        choices = dict(_pairs(payload.get(part)))
        text = {self.language: self._words(choices.get(key, {}).get("Display"), key)}
        for written, parts in _pairs(payload.get("Language")):
            told = dict(_pairs(parts.get(part))).get(key, {}).get("Display")
            if told:
                text[self._spoken(written)] = self._words(told, "")
        return text

    def _words(self, told: Any, otherwise: str) -> str:
        text = str(told or "")
        self.formatted += marked_up(text)
        return plain(text) or otherwise

    def _spoken(self, written: str) -> str:
        lang = self.code(written)
        if lang not in self.draft.languages:
            self.draft.languages.append(lang)
        return lang

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
            for key, choice in _pairs(payload.get("Choices")):
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
        if self.formatted:
            self.draft.lacks(
                "wordings", f"formatting (HTML) of {self.formatted} texts; their words are kept"
            )

    def _told(self, tree: dict[str, Any], item: str) -> str:
        try:
            return logic.told(condition(tree, self.places))
        except UntranslatableError as fault:
            self.draft.lacks(item, f"display logic of a choice: {fault}")
            return ""


def _pairs(part: Any) -> list[tuple[str, dict[str, Any]]]:
    """Entries of a mapping, or of a list that Qualtrics writes for one."""
    if isinstance(part, dict):
        entries: Iterable = part.items()
    elif isinstance(part, list):
        entries = enumerate(part, start=1)
    else:
        return []
    return [(str(key), value) for key, value in entries if isinstance(value, dict)]


def _ordered(payload: dict[str, Any], part: str, order: str) -> list[tuple[str, dict[str, Any]]]:
    pairs = dict(_pairs(payload.get(part)))
    wanted = payload.get(order)
    keys = [str(key) for key in wanted if not isinstance(key, (dict, list))] if wanted else []
    keys = [key for key in dict.fromkeys(keys) if key in pairs]
    return [(key, pairs[key]) for key in [*keys, *(k for k in pairs if k not in keys)]]


def _row_tag(payload: dict[str, Any], row: str, tag: str) -> str:
    tags = payload.get("ChoiceDataExportTags")
    own = tags.get(row) if isinstance(tags, dict) else None
    return f"{tag}_{own or row}"


def _settings(payload: dict[str, Any]) -> dict[str, Any]:
    validation = payload.get("Validation")
    settings = validation.get("Settings") if isinstance(validation, dict) else None
    return settings if isinstance(settings, dict) else {}


def _forced(payload: dict[str, Any]) -> bool:
    return _settings(payload).get("ForceResponse") == "ON"


def _number(value: Any) -> int | None:
    try:
        return int(str(value))
    except ValueError:
        return None

"""Import a Qualtrics questionnaire (.qsf): items, scales, skip and display logic, languages.

Decided here: the order of asking (the flow through the blocks), what skip logic means for the
questions behind it, and what is listed because our files have no place for it (random order,
choices carried forward, embedded data, web services). What one question becomes is decided in
qsf_questions.py, what logic says in qsf_logic.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from survey.errors import DataError
from survey.exchange import logic
from survey.exchange.draft import Draft, slug
from survey.exchange.markup import plain
from survey.exchange.qsf_logic import Places, compared, condition
from survey.exchange.qsf_questions import Questions
from survey.exchange.xpath_in import UntranslatableError
from survey.instrument.model import Block, Column, Item

MOST_BYTES = 64 << 20
METADATA = {  # reserved items, and the columns of an export that hold them
    "respondent": ("key", "ResponseId", {"en": "Response ID", "zh": "答卷编号"}),
    "submitted": ("key", "RecordedDate", {"en": "Date of submission", "zh": "提交时间"}),
    "seconds": ("number", "Duration (in seconds)", {"en": "Seconds taken", "zh": "作答秒数"}),
}
IDENTIFIERS = [
    "IPAddress",
    "RecipientLastName",
    "RecipientFirstName",
    "RecipientEmail",
    "ExternalReference",
    "LocationLatitude",
    "LocationLongitude",
]


@dataclass
class _Step:
    """A question on its way through the flow."""

    question: str
    block: str
    within: list[Any] = field(default_factory=list)
    skips: list[dict[str, Any]] = field(default_factory=list)


def read_qsf(path: Path) -> Draft:
    """A .qsf file as a draft.

    Raises
    ------
    DataError
        If it is missing, too large, or no Qualtrics survey.
    """
    data = _json(path)
    entry = data.get("SurveyEntry") or {}
    elements = data.get("SurveyElements") or []
    name = str(entry.get("SurveyName") or Path(path).stem)
    language = _language(str(entry.get("SurveyLanguage") or "EN"))
    draft = Draft(slug(name, "form"), languages=[language], title={language: plain(name)})
    draft.raw = {"origin": "csv", "options": {"skip_rows": 2}}
    draft.identifiers = list(IDENTIFIERS)
    return _Survey(draft, language, elements).read()


def _json(path: Path) -> dict[str, Any]:
    path = Path(path)
    try:
        if path.stat().st_size > MOST_BYTES:
            raise DataError("is too large for a questionnaire", where=str(path))
        data = json.loads(path.read_bytes().decode("utf-8-sig"))
    except OSError as fault:
        raise DataError(f"cannot be opened: {fault.strerror}", where=str(path)) from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as fault:
        raise DataError(
            f"is no Qualtrics survey: {fault}",
            where=str(path),
            expected="a .qsf file from Tools > Import/Export > Export survey",
        ) from None
    if not isinstance(data, dict) or not isinstance(data.get("SurveyElements"), list):
        raise DataError("is no Qualtrics survey: it has no SurveyElements", where=str(path))
    return data


def _language(written: str) -> str:
    return written.split("-")[0].lower() if not written.upper().startswith("ZH") else "zh"


class _Survey:
    def __init__(self, draft: Draft, language: str, elements: list[dict[str, Any]]) -> None:
        self.draft = draft
        self.places = Places()
        self.elements = [e for e in elements if isinstance(e, dict)]
        self.payloads = {
            e["Payload"].get("QuestionID", e.get("PrimaryAttribute")): e["Payload"]
            for e in self.elements
            if e.get("Element") == "SQ" and isinstance(e.get("Payload"), dict)
        }
        self.blocks = self._blocks()
        self.questions = Questions(draft, language, _language, self.places)
        self.stops: list[tuple[str, str, logic.Part]] = []  # until which question, why

    def read(self) -> Draft:
        self._metadata()
        steps = list(self._flow())
        asked = {step.question for step in steps}
        for step in steps:
            self.questions.add(self.payloads[step.question])
        unused = [question for question in self.payloads if question not in asked]
        before = set(self.draft.items)
        for question in unused:
            self.questions.add(self.payloads[question])
        self.draft.unused = [item for item in self.draft.items if item not in before]
        unused_items = set(self.draft.unused)
        self._route(steps)
        for question in unused:
            shown = self._displayed(question)
            self._ask(question, [shown])
        self._order(steps)
        self.questions.finish()
        for name, (_, _, text) in METADATA.items():
            words = {lang: text.get(lang, text["en"]) for lang in self.draft.languages}
            self.draft.items[name] = self.draft.items[name].model_copy(update={"text": words})
        self.draft.grids = [grid for grid in self.draft.grids if not set(grid) & unused_items]
        return self.draft

    def _metadata(self) -> None:
        for name, (kind, column, text) in METADATA.items():
            self.draft.items[name] = Item(id=name, kind=kind, text=dict(text))  # type: ignore[arg-type]
            self.draft.columns[name] = Column(column=column)
            self.draft.technical.append(name)
            self.questions.names.taken.add(name)

    def _blocks(self) -> dict[str, dict[str, Any]]:
        found: dict[str, dict[str, Any]] = {}
        for element in self.elements:
            if element.get("Element") == "BL":
                payload = element.get("Payload") or []
                members = payload.values() if isinstance(payload, dict) else payload
                found |= {b["ID"]: b for b in members if isinstance(b, dict) and "ID" in b}
        return found

    # -- flow ----------------------------------------------------------------------------------

    def _flow(self) -> Iterator[_Step]:
        flows = [e["Payload"] for e in self.elements if e.get("Element") == "FL"]
        met: set[str] = set()
        if flows and isinstance(flows[0], dict):
            yield from self._walk(flows[0].get("Flow") or [], [], met)
        else:
            for name in self.blocks:
                yield from self._block(name, [], met)
        for name, block in self.blocks.items():
            if name not in met and block.get("Type") != "Trash":
                self.draft.lacks(
                    f"block {block.get('Description', name)}",
                    "it stands nowhere in the flow, so nobody is asked it; its items are kept",
                )

    def _walk(self, flow: list[Any], within: list[Any], met: set[str]) -> Iterator[_Step]:
        for entry in flow:
            kind = entry.get("Type", "")
            if kind in ("Block", "Standard"):
                yield from self._block(entry.get("ID", ""), within, met)
            elif kind == "Branch":
                inside = [*within, entry.get("BranchLogic") or {}]
                yield from self._walk(entry.get("Flow") or [], inside, met)
            elif kind == "EndSurvey":
                yield _Step("", "", list(within))
            else:
                if kind not in ("Group", "Root"):
                    self.draft.lacks(f"flow, {kind}", _FLOW.get(kind, "it has no place here"))
                yield from self._walk(entry.get("Flow") or [], within, met)

    def _block(self, name: str, within: list[Any], met: set[str]) -> Iterator[_Step]:
        block = self.blocks.get(name)
        if block is None or name in met:
            return
        met.add(name)
        described = str(block.get("Description") or name)
        if block.get("Type") == "Trash":
            self.draft.lacks(
                f"block {described}",
                "the flow names the block of unused questions; they are not asked",
            )
            return
        options = block.get("Options") or {}
        if isinstance(options, dict):
            if options.get("RandomizeQuestions") not in (None, "false", False, "0"):
                self.draft.lacks(f"block {described}", "its questions come in random order")
            if options.get("Looping") not in (None, "None", "false", False):
                self.draft.lacks(f"block {described}", "it is asked several times over (loop)")
        for element in block.get("BlockElements") or []:
            question = element.get("QuestionID")
            if element.get("Type") == "Question" and question in self.payloads:
                yield _Step(question, described, within, element.get("SkipLogic") or [])

    # -- routing -------------------------------------------------------------------------------

    def _route(self, steps: list[_Step]) -> None:
        """Conditions of every question: branches around it, its display logic, skips before it."""
        waiting: list[tuple[str, str, logic.Part]] = []  # (until, block, stops everybody who)
        for step in steps:
            waiting = [
                stop
                for stop in waiting
                if stop[0] != step.question
                and not (stop[0] == "ENDOFBLOCK" and stop[1] != step.block)
            ]
            branches = [self._branch(tree) for tree in step.within]
            if not step.question:  # the end of the survey for those in these branches
                waiting.append(("ENDOFSURVEY", "", logic.both(*branches)))
                continue
            passed = [logic.negated(stop) for _, _, stop in waiting]
            shown = logic.both(*branches, self._displayed(step.question))
            self._ask(step.question, [*passed, shown])
            for skip in step.skips:
                stop = self._skip(skip)
                if stop is not None:
                    until = str(skip.get("SkipToDestination", ""))
                    waiting.append((until, step.block, self._stop(stop, shown)))

    def _stop(self, stop: logic.Part, shown: logic.Part) -> logic.Part:
        """A skip works only where its question was shown: an answer given proves that."""
        return logic.both(shown, stop) if isinstance(stop, logic.Not) else stop

    def _skip(self, skip: dict[str, Any]) -> logic.Part | None:
        tag = self.payloads.get(skip.get("QuestionID"), {}).get("DataExportTag", "")
        locator = str(skip.get("Locator") or skip.get("ChoiceLocator") or "")
        try:
            return compared(locator, str(skip.get("Condition", "")), skip.get("Value"), self.places)
        except UntranslatableError as fault:
            told = plain(str(skip.get("Description", "")))
            self.draft.lacks(str(tag), f"skip logic '{told}': {fault}")
            return None

    def _branch(self, tree: Any) -> logic.Part:
        try:
            return condition(tree, self.places)
        except UntranslatableError as fault:
            self.draft.lacks("flow", f"a branch: {fault}")
            return logic.EVERYBODY

    def _displayed(self, question: str) -> logic.Part:
        payload = self.payloads[question]
        tree = payload.get("DisplayLogic")
        if not isinstance(tree, dict):
            return logic.EVERYBODY
        try:
            return condition(tree, self.places)
        except UntranslatableError as fault:
            self.draft.lacks(str(payload.get("DataExportTag")), f"display logic: {fault}")
            return logic.EVERYBODY

    def _ask(self, question: str, parts: list[logic.Part]) -> None:
        whole = logic.both(*parts)
        for item, own in self.questions.made.get(question, {}).items():
            told = logic.told(logic.both(whole, own))
            if told != "all":
                self.draft.ask_if[item] = told

    def _order(self, steps: list[_Step]) -> None:
        self.draft.blocks.append(Block(id="returns", items=list(METADATA)))
        taken = {"returns"}
        for step in steps:
            items = list(self.questions.made.get(step.question, ()))
            if not items:
                continue
            name = slug(step.block, "block")
            last = self.draft.blocks[-1]
            if last.id == name:
                self.draft.blocks[-1] = Block(id=name, items=[*last.items, *items])
            else:
                while name in taken:
                    name += "_2"
                taken.add(name)
                self.draft.blocks.append(Block(id=name, items=items))
        unused = set(self.draft.unused)
        self.draft.ask_if = {k: v for k, v in self.draft.ask_if.items() if k not in unused}


_FLOW = {
    "BlockRandomizer": "blocks come in random order or only some of them",
    "Randomizer": "blocks come in random order or only some of them",
    "EmbeddedData": "embedded data are columns of the export, not questions",
    "WebService": "answers of a web service are not questions",
    "Authenticator": "who may answer is not decided by a questionnaire",
    "TableOfContents": "respondents choose the order of blocks",
    "SupplementalData": "supplemental data are not questions",
}

"""A questionnaire for 问卷星 (wjx): text to paste into its import, or JSON lines for its interface.

Text: a title, then questions with their type in brackets, options on lines of their own, an empty
line between questions; a grid has its columns on one line and a row per line. JSON lines: one
object per question with the field names of the vendor's command line (wjxcom/wjx-ai-kit). Neither
carries routing, which is listed in words for whoever sets it by hand.
"""

from __future__ import annotations

import json
from typing import Any

from survey.exchange.draft import Draft, Unexpressed
from survey.exchange.paper import Option, Paper, Question, paper
from survey.exchange.told import Teller, words_of
from survey.instrument.model import Item

MARKS = {
    "single": "单选题",
    "multiple": "多选题",
    "ranking": "排序题",
    "number": "填空题",
    "open": "填空题",
    "date": "填空题",
    "time": "填空题",
    "datetime": "填空题",
    "place": "填空题",
    "note": "段落说明",
    "file": "上传文件题",
}
TYPES = {
    "single": "单选",
    "multiple": "多选",
    "ranking": "排序",
    "number": "单项填空",
    "open": "简答题",
    "date": "日期",
    "time": "单项填空",
    "datetime": "单项填空",
    "place": "单项填空",
    "note": "段落说明",
    "file": "文件上传",
}


def to_wjx_text(draft: Draft, lang: str = "zh") -> tuple[str, list[Unexpressed]]:
    """Text for the import by pasting, and what it does not say."""
    laid = _Wjx(draft, lang)
    lines = [laid.paper.title, ""]
    for question, items in laid.questions():
        lines += [*laid.text(question, items), ""]
    return "\n".join(lines).rstrip() + "\n", laid.not_said


def to_wjx_jsonl(draft: Draft, lang: str = "zh") -> tuple[str, list[Unexpressed]]:
    """JSON lines for the vendor's interface, and what they do not say."""
    laid = _Wjx(draft, lang)
    head = {"qtype": "问卷基础信息", "title": laid.paper.title, "atype": 1, "language": lang}
    rows = [head, *(laid.record(question, items) for question, items in laid.questions())]
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return text, laid.not_said


class _Wjx:
    def __init__(self, draft: Draft, lang: str) -> None:
        self.draft = draft
        self.paper: Paper = paper(draft, lang)
        self.lang = lang
        self.not_said = list(self.paper.not_said)
        numbers = {
            item: part.number
            for part in self.paper.parts
            if isinstance(part, Question)
            for item in part.items
        }
        self.teller = Teller(draft, lang, numbers)
        for item in draft.asked():
            if item.id in draft.ask_if:
                told = self.teller.condition(draft.ask_if[item.id])
                self.lacks(item.id, f"set the logic by hand: {told}")
            if item.exclusive:
                self.lacks(item.id, f"options that exclude the others: {item.exclusive}")
            if item.show_if:
                self.lacks(item.id, "which options are offered")

    def lacks(self, where: str, what: str) -> None:
        self.not_said.append(Unexpressed(where, what))

    def questions(self) -> list[tuple[Question, list[Item]]]:
        found = []
        for part in self.paper.parts:
            if isinstance(part, Question):
                found.append((part, [self.draft.items[item] for item in part.items]))
        return found

    def text(self, question: Question, items: list[Item]) -> list[str]:
        number = f"{question.number}. " if question.number else ""
        if question.kind == "grid":
            stem = question.text or question.instruction
            heads = " ".join(head.replace(" ", "") for head in question.heads)
            return [f"{number}{_line(stem)}[矩阵单选题]", heads, *self.rows(items)]
        item = items[0]
        mark = MARKS.get(item.kind, "填空题")
        optional = "" if item.required or item.kind == "note" else "（选填）"
        limit = f"[最多选{item.most}项]" if item.most else ""
        lines = [f"{number}{_line(question.text)}[{mark}]{limit}{optional}"]
        if question.hint:
            lines[0] = (
                f"{number}{_line(question.text)}（{_line(question.hint)}）[{mark}]{limit}{optional}"
            )
        return [*lines, *self.options(question)]

    def rows(self, items: list[Item]) -> list[str]:
        return [_line(words_of(item.short or item.text, self.lang)) for item in items]

    def options(self, question: Question) -> list[str]:
        """Options as lines; the boxes of a row by their numbers, ends in words."""
        if question.kind == "row":
            first, last = question.rows
            heads = list(question.heads)
            ends = [first or heads[0], *heads[1:-1], last or heads[-1]]
            return [*map(_line, ends), *(_line(option.text) for option in question.options)]
        if question.kind == "options":
            return [_line(self.plain(option)) for option in question.options]
        return []

    def plain(self, option: Option) -> str:
        return option.text.removesuffix("（单独选择）").strip()

    def record(self, question: Question, items: list[Item]) -> dict:
        """One question as the interface takes it; the title holds no mark of the type."""
        if question.kind == "grid":
            stem = question.text or question.instruction
            heads = list(question.heads)
            grid = {"qtype": "矩阵单选", "title": stem, "rowtitle": self.rows(items)}
            return grid | {"select": heads} | ({} if items[0].required else {"requir": False})
        item = items[0]
        title = question.text + (f"\n{question.hint}" if question.hint else "")
        made: dict[str, Any] = {"qtype": TYPES.get(item.kind, "单项填空"), "title": title}
        options = self.options(question)
        if options:
            made["select"] = options
        if item.most:
            made["uplimit"] = item.most
        if item.kind != "note" and not item.required:
            made["requir"] = False
        return made


def _line(text: str) -> str:
    """One line, without the brackets that would read as a type."""
    return " ".join(text.split()).replace("[", "［").replace("]", "］")

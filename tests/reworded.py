"""A reworded question: the twin with three waves, the second a split ballot of both wordings."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import yaml

from survey.io.tables import write_parquet
from survey.project import Project
from tests import twin

WAVES = ("2020H1", "2021H1", "2022H1")
REASON = "{zh: 试验, en: a test}"
BRIDGE = "bridge: {kind: split_ballot, old: score_then}"
FORMULA = (
    "bridge: {kind: linear, slope: 0.5, intercept: 1, reason: {zh: 试验公式, en: a test's formula}}"
)
OTHERS = f"""\
- {{item: score, waves: [2021H1, 2022H1], status: same, reason: {REASON}}}
- {{item: trust, waves: [2020H1, 2021H1], status: minor, reason: {REASON}}}
- {{item: trust, waves: [2021H1, 2022H1], status: same, reason: {REASON}}}
"""
PLAIN = "blocks: [{id: main, items: [region, residence, sex, age_group, score, trust, issues]}]\n"
QUESTIONNAIRES = {
    "v1": f"{PLAIN}asked: {{score: {{text: {{zh: 您有多安全, en: How safe are you}}}}}}\n",
    "v2": "blocks: [{id: main, items: [region, residence, sex, age_group, ballot, score, "
    "score_then, trust, issues]}]\nask_if: {score: ballot == 1, score_then: ballot == 2}\n",
    "v3": PLAIN,
}
ITEMS = """\
- {id: ballot, kind: single, scale: ballot, text: {zh: 试验组, en: Half of the ballot}}
- {id: score_then, kind: single, scale: score, text: {zh: 您有多安全, en: How safe are you}}
"""
BALLOT = """\
points:
  1: {code: new, text: {zh: 新, en: New}}
  2: {code: old, text: {zh: 旧, en: Old}}
"""


def decisions(bridge: str = "") -> str:
    """The decision on the reworded question, with a bridge or without, and the others."""
    lines = f"- item: score\n  waves: [2020H1, 2021H1]\n  status: broken\n  reason: {REASON}\n"
    return lines + (f"  {bridge}\n" if bridge else "") + OTHERS


def halves(answers: pd.DataFrame) -> pd.DataFrame:
    """A wave in which every second respondent was asked the earlier wording, a bit lower."""
    made = answers.copy()
    old = pd.Series(range(len(made)), index=made.index) % 2 == 1
    lower = made["score"].where(made["score"] > 10, (made["score"] - 1).clip(lower=0))
    made["ballot"] = old.astype("Int64") + 1
    made["score_then"] = lower.where(old, -3)
    made["score"] = made["score"].where(~old, -3)
    return made


def make_project(root: Path, *, bridge: str = "") -> Project:
    project = twin.make_project(root)
    folder = project.instrument(twin.STUDY)
    for name, text in QUESTIONNAIRES.items():
        (folder / "questionnaires" / f"{name}.yml").write_text(text, encoding="utf-8")
    items = folder / "items" / "all.yml"
    told = items.read_text(encoding="utf-8").replace(
        "text: {zh: 评分, en: Score}}",
        "text: {zh: 总的来说安全感如何, en: 'All in all, how secure?'}}",
    )
    items.write_text(told + ITEMS, encoding="utf-8")
    (folder / "scales" / "ballot.yml").write_text(BALLOT, encoding="utf-8")
    (folder / "comparability.yml").write_text(decisions(bridge), encoding="utf-8")
    path = folder / "study.yml"
    told = path.read_text(encoding="utf-8")
    told = told.replace("domains: [sex, age_group, region, residence]", "domains: [sex, residence]")
    told = told.replace("crossed_domains: [[sex, residence]]\n", "")
    for name in ("named", "mentions"):
        told = "".join(line for line in told.splitlines(True) if f"id: {name}," not in line)
    path.write_text(told + "trends: [score]\n", encoding="utf-8")
    _waves(project, folder)
    return project


def _waves(project: Project, folder: Path) -> None:
    wave = yaml.safe_load((folder / "waves" / "2021H1.yml").read_text(encoding="utf-8"))
    for name, questionnaire in zip(WAVES, QUESTIONNAIRES, strict=True):
        year = name[:4]
        period = {"start": f"{year}-01-01", "end": f"{year}-06-30"}
        columns = dict(wave["columns"])
        if questionnaire == "v2":
            columns |= {item: {"column": item} for item in ("ballot", "score_then")}
        told = wave | {"period": period, "questionnaire": questionnaire, "columns": columns}
        path = folder / "waves" / f"{name}.yml"
        path.write_text(yaml.safe_dump(told, allow_unicode=True), encoding="utf-8")
        project.raw(twin.STUDY, name).mkdir(parents=True, exist_ok=True)
        (project.raw(twin.STUDY, name) / "source.yml").write_text(twin.CARD, encoding="utf-8")
        (project.raw(twin.STUDY, name) / "raw.csv").touch()
    shutil.copy(folder / "targets" / "2021H1.csv", folder / "targets" / "2022H1.csv")
    ballot = halves(twin.read_responses("2021H1"))
    write_parquet(ballot, project.clean(twin.STUDY, "2021H1") / "responses.parquet")
    later = twin.read_responses("altered_2021H1")
    write_parquet(later, project.clean(twin.STUDY, "2022H1") / "responses.parquet")

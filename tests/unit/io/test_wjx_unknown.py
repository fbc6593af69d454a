"""Exports of 问卷星 of a survey nobody has seen: .xls, .xlsx, .csv and .sav, by text and by number.

The survey is invented (tests/data/returns/wjx); only a study's YAML is written for it, no code.
"""

import csv
import io
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
import pytest

from survey.clean.pipeline import clean_wave
from survey.clean.run import read_wave
from survey.instrument.load import load_instrument
from survey.io.readers import read_raw
from survey.project import Project
from tests.data.returns.wjx.make_park_xls import HEAD, META, NUMBER, TEXT

MADE = Path(__file__).parents[2] / "data/returns/wjx"
REASONS = {
    "split": 'why: {column: 第2题, split: "┋"}',
    "columns": "why: {columns: {1: 第2题(散步), 2: 第2题(跑步（晨跑）), 3: 第2题(其他)}}",
}
STUDY = {
    "study.yml": """\
id: park
title: {zh: 公园, en: Parks}
universe: {zh: 成人, en: Adults}
report: park
indicators: [{id: green, item: green, statistic: [mean], text: {zh: 绿化, en: Green}}]
domains: []
""",
    "items/all.yml": """\
- {id: respondent, kind: key, text: {zh: 编号, en: Key}}
- {id: visits, kind: single, scale: visits, text: {zh: 您常去公园吗, en: Do you go to parks?}}
- {id: why, kind: multiple, scale: why, text: {zh: 为什么去, en: Why?}}
- {id: green, kind: single, scale: five, text: {zh: 绿化, en: Green}}
- {id: clean, kind: single, scale: five, text: {zh: 卫生, en: Clean}}
- {id: recommend, kind: single, scale: ten, text: {zh: 推荐程度, en: Recommend}}
""",
    "scales/visits.yml": """\
points:
  1: {code: often, text: {zh: 常去, en: Often}}
  2: {code: sometimes, text: {zh: 有时去, en: Sometimes}}
  3: {code: never, text: {zh: 不去, en: Never}}
""",
    "scales/why.yml": """\
points:
  1: {code: walk, text: {zh: 散步, en: To walk}}
  2: {code: run, text: {zh: 跑步（晨跑）, en: To run}}
  3: {code: other, text: {zh: 其他, en: Other}}
missing: {-3: not_asked}
""",
    "scales/five.yml": "range: [1, 5]\nnumeric: true\nmissing: {-3: not_asked}\n",
    "scales/ten.yml": "range: [0, 10]\nnumeric: true\nmissing: {-3: not_asked}\n",
    "questionnaires/v1.yml": """\
blocks: [{id: main, items: [visits, why, green, clean, recommend]}]
ask_if: {why: visits != 3, green: visits != 3, clean: visits != 3, recommend: visits != 3}
""",
    "methods.yml": "conf_level: {value: 0.95, unit: level, source: a test}\n",
}
WAVE = """\
period: {{start: 2019-01-01, end: 2019-06-30}}
half: 1
questionnaire: v1
mode: web
raw: {{file: {file}, origin: wjx}}
columns:
  respondent: {{column: 序号}}
  visits: {{column: 第1题}}
  {why}
  green: {{column: 第4题(绿化)}}
  clean: {{column: 第4题(卫生)}}
  recommend: {{column: 第5题{shift}}}
design: {{kind: nonprobability}}
"""


def table(kind):
    header, rows = TEXT if kind == "text" else NUMBER
    body = [[n, *meta, *row] for n, (meta, row) in enumerate(zip(META, rows, strict=True), 1)]
    return [[*HEAD, *header], *body]


def write(path, kind):
    rows = table(kind)
    if path.suffix == ".xls":
        path.write_bytes((MADE / f"park_{0 if kind == 'text' else 2}.xls").read_bytes())
    elif path.suffix == ".xlsx":
        book = openpyxl.Workbook()
        for row in rows:
            book.active.append(row)
        book.save(path)
    elif path.suffix == ".csv":
        text = io.StringIO()
        csv.writer(text).writerows(rows)
        path.write_bytes(text.getvalue().encode("gb18030"))
    else:
        write_sav(path)


def write_sav(path):
    """As the vendor's .sav has it: Q names, the stem before the first row, numbered words."""
    rows = [row for _, row in zip(META, NUMBER[1], strict=True)]
    names = ["Q1", "Q2_1", "Q2_2", "Q2_3", "Q4_Row1", "Q4_Row2", "Q5"]
    frame = pd.DataFrame(rows, columns=names, dtype=float)
    frame.insert(0, "index", ["1", "2", "3", "4"])
    labels = {
        "index": "序号",
        "Q1": "您常去公园吗\n（请选一项）",
        "Q2_1": "为什么去(散步)",
        "Q2_2": "为什么去—跑步（晨跑）",
        "Q2_3": "为什么去(其他)",
        "Q4_Row1": "您的打分—绿化",
        "Q4_Row2": "卫生",
        "Q5": "推荐程度",
    }
    words = {"Q1": {1.0: "1.常去", 2.0: "2.有时去", 3.0: "3.不去"}}
    pyreadstat.write_sav(frame, path, column_labels=labels, variable_value_labels=words)


def cleaned(folder, kind, ending):
    """The invented survey cleaned from one kind of download."""
    (folder / "pyproject.toml").touch()
    study = folder / "instruments/park"
    for name, text in STUDY.items():
        (study / name).parent.mkdir(parents=True, exist_ok=True)
        (study / name).write_text(text, encoding="utf-8")
    joined = kind == "text"
    wave = WAVE.format(
        file=f"park{ending}",
        why=REASONS["split" if joined else "columns"],
        shift="" if joined else ", shift: -1",
    )
    (study / "waves").mkdir(exist_ok=True)
    (study / "waves/2019H1.yml").write_text(wave, encoding="utf-8")
    raw = folder / f"data/raw/park/2019H1/park{ending}"
    raw.parent.mkdir(parents=True, exist_ok=True)
    write(raw, kind)
    project = Project(folder)
    instrument = load_instrument(project, "park")
    return clean_wave(read_wave(project, instrument, "2019H1"), instrument, "2019H1").responses


class TestEveryDownload:
    @pytest.mark.parametrize(
        ("kind", "ending"),
        [
            ("text", ".xls"),
            ("number", ".xls"),
            ("text", ".xlsx"),
            ("number", ".xlsx"),
            ("text", ".csv"),
            ("number", ".csv"),
            ("number", ".sav"),
        ],
    )
    def test_the_same_answers_come_from_it(self, tmp_path, kind, ending):
        people = cleaned(tmp_path, kind, ending).set_index("respondent")
        assert people["visits"].to_list() == [1, 3, 2, 1]
        assert people["recommend"].to_list() == [0, -3, 10, 7]
        assert people["green"].to_list() == [5, -3, 3, 1]
        assert people["clean"].to_list() == [4, -3, 3, 2]
        chosen = people.filter(like="why__")
        assert chosen.loc["1"].to_list() == [1, 0, 1]
        assert chosen.loc["2"].isna().all()  # not asked is not 0
        assert chosen.loc["3"].to_list() == [1, 1, 0]


class TestSav:
    def test_names_are_those_of_the_other_downloads(self, tmp_path):
        write_sav(tmp_path / "a.sav")
        raw = read_raw(tmp_path / "a.sav", "wjx", {})
        assert list(raw.frame) == [
            "序号",
            "第1题",
            "第2题(散步)",
            "第2题(跑步（晨跑）)",
            "第2题(其他)",
            "第4题(绿化)",
            "第4题(卫生)",
            "第5题",
        ]
        assert raw.value_labels["第1题"] == {1.0: "常去", 2.0: "有时去", 3.0: "不去"}
        assert raw.find("您常去公园吗 （请选一项）") == "第1题"

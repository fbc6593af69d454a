"""Identifiers of every kind, planted into copies of the shipped raw files wherever they can stand.

Each place gets values of its own, so that a find tells where it came from. Numbers are of blocks no
operator assigns or reserved for documentation; names and addresses are made up.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import openpyxl
import pandas as pd
import pyreadstat
from openpyxl.comments import Comment

from survey.io.atomic import sha256
from survey.privacy.kinds import ID_CHECKS, ID_WEIGHTS, luhn
from survey.project import Project

STUDY = "security_perception"
CSV, SAV, XLSX = "2013H1", "2017H1", "2018H1"
PLACES = (
    "declared",
    "headed",
    "unheaded",
    "text",
    "opened",
    "header",
    "label",
    "value_label",
    "answer",
    "comment",
    "properties",
    "reason",
    "yaml",
)
SURNAMES, GIVEN = ["欧阳", "上官", "慕容", "司徒"], "倩雯婧琪玥瑶昊睿"


@dataclass
class Plants:
    """Planted values: (wave, place, kind) -> value."""

    values: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def plant(self, wave: str, place: str) -> dict[str, str]:
        """A value of every kind for one place."""
        number = 1000 * (CSV, SAV, XLSX).index(wave) + 37 * PLACES.index(place) + 11
        made = {
            "mobile": f"1707{7100000 + number}",
            "identity": identity(number),
            "mail": f"planted{number}@leak.example",
            "ip": f"198.51.{number % 200}.{number % 250}",
            "ipv6": f"2001:db8:{number:x}::{number:x}",
            "landline": f"0{number % 100 + 310}-7{7000000 + number}",
            "card": card(number),
            "wechat": f"wxid_{number}leak",
            "name": SURNAMES[number % 4] + GIVEN[number % 8] + GIVEN[number // 8 % 8],
            "place": f"{30 + number / 10000:.5f},{110 + number / 10000:.5f}",
        }
        self.values.update({(wave, place, kind): value for kind, value in made.items()})
        return made


def identity(number: int) -> str:
    body = f"11010519{50 + number % 40}0{1 + number % 9}1{number % 9}{number % 1000:03d}"
    total = sum(w * int(d) for w, d in zip(ID_WEIGHTS, body, strict=True))
    return body + ID_CHECKS[total % 11]


def card(number: int) -> str:
    body = f"62220212345{number:07d}"
    return next(body + digit for digit in "0123456789" if luhn(body + digit))


def sentence(made: dict[str, str]) -> str:
    """An answer that gives everything away, in the ways people write it."""
    phone = made["mobile"]
    return (
        f"我叫{made['name']}，电话{phone[:3]} {phone[3:7]} {phone[7:]}，身份证{made['identity']}，"
        f"邮箱是{made['mail']}，座机{made['landline']}，卡号{made['card']}，微信{made['wechat']}，"
        f"{made['ip']} {made['ipv6']}（{made['place']}）担心信息泄露"
    )


HEADS = {
    "mobile": "受访者手机号",
    "identity": "身份证号",
    "mail": "E-mail",
    "ip": "登录IP",
    "ipv6": "IPv6",
    "landline": "固定电话",
    "card": "银行卡号",
    "wechat": "微信号",
    "name": "真实姓名",
    "place": "GPS",
}


def columns_for(plants: Plants, wave: str, rows: int) -> dict[str, list[object]]:
    """New columns of a raw file: headed as what they are, headed as nothing, and in open text."""
    blank: list[object] = [None] * rows
    added: dict[str, list[object]] = {}
    headed = plants.plant(wave, "headed")
    for kind, head in HEADS.items():
        added[head] = [headed[kind], *blank[1:]]
    unheaded = plants.plant(wave, "unheaded")
    for place, (kind, value) in enumerate(unheaded.items()):
        added[f"x{place}_{kind[:2]}"] = [None, value, *blank[2:]]
    added["remark_unmapped"] = [None, sentence(plants.plant(wave, "text")), *blank[2:]]
    opened = sentence(plants.plant(wave, "opened"))
    added["remarks"] = [opened, "担心信息泄露", "没有", *blank[3:]]
    header = plants.plant(wave, "header")
    added[f"{header['mobile']} 的回答"] = list(blank)
    added[f"回答 {header['mail']} {header['ip']}"] = list(blank)
    return added


# -- raw files -----------------------------------------------------------------------------------


def plant_csv(path: Path, plants: Plants, number: str) -> None:
    frame = pd.read_csv(path, encoding="gb18030", dtype=str, keep_default_na=False)
    added = columns_for(plants, CSV, len(frame))
    declared = plants.plant(CSV, "declared")
    frame.loc[0, "联系电话"] = declared["mobile"]
    frame.loc[0, "IP地址"] = declared["ip"]
    frame.loc[3, number] = plants.plant(CSV, "answer")["mobile"]
    frame = pd.concat([frame, pd.DataFrame(added).fillna("")], axis=1)
    frame.to_csv(path, index=False, encoding="gb18030")


def plant_sav(path: Path, plants: Plants, number: str) -> None:
    frame, meta = pyreadstat.read_sav(str(path), user_missing=True)
    added = pd.DataFrame(columns_for(plants, SAV, len(frame)))
    added.columns = [f"v{place}" if not re.fullmatch(r"[A-Za-z]\w*", c, re.ASCII) else c
                     for place, c in enumerate(added)]  # fmt: skip
    declared = plants.plant(SAV, "declared")
    frame.loc[0, "dialled_number"] = declared["mobile"]
    frame.loc[0, "ip_address"] = declared["ip"]
    frame.loc[3, number] = float(plants.plant(SAV, "answer")["mobile"])
    frame = pd.concat([frame, added.fillna("")], axis=1)
    label, words = plants.plant(SAV, "label"), plants.plant(SAV, "value_label")
    labels = dict(zip(meta.column_names, meta.column_labels, strict=True))
    labels |= dict.fromkeys(("x0_mo", "S5"), f"{label['mobile']} {label['mail']}")
    values = dict(meta.variable_value_labels)
    values["D2"] = values["D2"] | {7.0: f"{words['mobile']} {words['name']}"}
    pyreadstat.write_sav(
        frame,
        str(path),
        file_label=plants.plant(SAV, "properties")["mobile"],
        column_labels=labels,
        variable_value_labels=values,
        missing_ranges=meta.missing_ranges,
        note=list(plants.plant(SAV, "comment").values()),
    )


def plant_xlsx(path: Path, plants: Plants, number: str) -> None:
    book = openpyxl.load_workbook(path)
    sheet = book.worksheets[0]
    head = {cell.value: cell.column for cell in sheet[1]}
    declared = plants.plant(XLSX, "declared")
    for name, column in head.items():
        if name and "IP" in str(name):
            sheet.cell(2, column, declared["ip"])
        if name and "拨打号码" in str(name):
            sheet.cell(2, column, declared["mobile"])
    sheet.cell(5, head[number], int(plants.plant(XLSX, "answer")["mobile"]))
    start = sheet.max_column + 1
    for place, (name, cells) in enumerate(columns_for(plants, XLSX, sheet.max_row - 1).items()):
        sheet.cell(1, start + place, name)
        for row, value in enumerate(cells, start=2):
            if value is not None:
                sheet.cell(row, start + place, value)
    sheet["A2"].comment = Comment(sentence(plants.plant(XLSX, "comment")), "author")
    book.properties.creator = sentence(plants.plant(XLSX, "properties"))
    book.save(path)


# -- the study -----------------------------------------------------------------------------------

OPEN_ITEM = """
- {id: remarks, kind: open, keep_text: true, text: {zh: 其他意见, en: Remarks}}
- {id: themes, kind: multiple, scale: themes, text: {zh: 意见主题, en: Themes of remarks}}
"""
FRAME = """\
item: remarks
codes:
  - {id: 1, code: leak, text: {zh: 信息泄露, en: Leaks}, rules: [{any: [泄露]}]}
  - {id: 99, code: uncoded, role: uncoded, text: {zh: 未编码, en: Not coded}}
versions:
  - {version: 1, wave: 2013H1, added: [1, 99], reason: {zh: 首次, en: first}}
"""
FILES = {
    CSV: "perception_2013h1.csv",
    SAV: "perception_2017h1.sav",
    XLSX: "218604417_5413_2.xlsx",
}
MAKERS = {CSV: plant_csv, SAV: plant_sav, XLSX: plant_xlsx}


def plant_everywhere(project: Project, waves: Sequence[str] = (CSV, SAV, XLSX)) -> Plants:
    """Plant into the raw files, corrections and YAML of some waves of a copy."""
    plants = Plants()
    folder = project.instrument(STUDY)
    _append(folder / "items" / "perception.yml", OPEN_ITEM)
    (folder / "codeframes").mkdir()
    (folder / "codeframes" / "themes.yml").write_text(FRAME, encoding="utf-8")
    for wave in waves:
        card_ = project.raw(STUDY, wave) / "source.yml"
        raw = project.raw(STUDY, wave) / FILES[wave]
        wave_file = folder / "waves" / f"{wave}.yml"
        text = wave_file.read_text(encoding="utf-8")
        found = re.search(r"^  lines: \{column: (.+)\}$", text, re.MULTILINE)
        assert found
        old = sha256(raw)
        MAKERS[wave](raw, plants, found[1])
        card_.write_text(card_.read_text(encoding="utf-8").replace(old, sha256(raw)), "utf-8")
        comment = f"# {sentence(plants.plant(wave, 'yaml'))}\n"
        text = text.replace("columns:\n", "columns:\n  remarks: {column: remarks}\n", 1)
        wave_file.write_text(comment + text, encoding="utf-8")
        _reason(folder / "corrections" / f"{wave}.csv", sentence(plants.plant(wave, "reason")))
    return plants


def _append(path: Path, text: str) -> None:
    path.write_text(path.read_text(encoding="utf-8") + text, encoding="utf-8")


def _reason(path: Path, reason: str) -> None:
    """Every reason of a corrections file gives somebody away."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    assert len(frame)
    frame.assign(reason=reason).to_csv(path, index=False)

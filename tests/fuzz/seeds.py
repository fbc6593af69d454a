"""Sound files of every kind the readers know: small ones made here, real ones where they are."""

from __future__ import annotations

import gzip
import io
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyreadstat

from survey.io.labelled import Labelled, Variable
from survey.io.mrsets import MultipleSet
from survey.io.write import write_labelled

ROOT = Path(__file__).parents[2]
WJX = ROOT / "tests/data/wjx/data/raw"
RETURNS = ROOT / "tests/data/returns"
LARGEST = 400_000  # bytes of a real file that is worth mutating


@dataclass(frozen=True)
class Seed:
    """A sound file: `origin` for readers.py, or "labelled" for labelledfile.py."""

    name: str
    origin: str
    data: bytes


def small() -> Labelled:
    """A file with everything a dictionary may hold."""
    frame = pd.DataFrame(
        {
            "id": pd.Series(["A1", "乙2", None, "D4"], dtype=object),
            "sex": [1.0, 2.0, 99.0, np.nan],
            "news_1": [1.0, 0.0, 1.0, 0.0],
            "news_2": [0.0, 0.0, 1.0, 1.0],
            "score": [0.0, 10.0, -8.0, 3.5],
            "day": [13_750_000_000.0, 13_750_086_400.0, np.nan, 13_800_000_000.0],
            "w": [0.5, 1.25, 1.0, 1.25],
        }
    )
    variables = {name: Variable(format="F8.2", width=8, measure="scale") for name in frame}
    variables["id"] = Variable(format="A12", width=8, measure="nominal")
    variables["sex"] = Variable(
        label="性别 Sex",
        value_labels={1.0: "男", 2.0: "女", 99.0: "拒答"},
        missing=((99.0, 99.0),),
        measure="nominal",
        format="F2.0",
        width=6,
        alignment="left",
    )
    variables["score"] = Variable(
        label="Score", missing=((-9.0, -1.0),), measure="ordinal", format="F4.1", width=5
    )
    sets = (
        MultipleSet("news", "dichotomy", ("news_1", "news_2"), "News 新闻", "1"),
        MultipleSet("both", "category", ("news_2", "news_1"), "Categories"),
        MultipleSet("named", "dichotomy", ("news_1", "news_2"), "By value", "1", True),
    )
    return Labelled(frame, variables, sets, weight="w", title="A small file")


def seeds(folder: Path, shared: Path | None = None) -> list[Seed]:
    """Files made in `folder`, those that are shipped, and those of `shared`."""
    return [*_made(folder), *_shipped(), *(_shared(shared) if shared else [])]


def _made(folder: Path) -> list[Seed]:
    found = []
    for ending in (".sav", ".zsav", ".dta", ".csv", ".parquet"):
        path = folder / f"small{ending}"
        write_labelled(small(), path)
        found.append(Seed(path.name, "labelled", path.read_bytes()))
        if ending in (".sav", ".dta"):
            origin = {".sav": "spss", ".dta": "stata"}[ending]
            found.append(Seed(path.name, origin, path.read_bytes()))
    frame = pd.DataFrame({"A": [1.0, 2.0, 9.0], "B": ["x", "y", ""]})
    pyreadstat.write_por(frame, folder / "small.por")
    pyreadstat.write_xport(frame, folder / "small.xpt")
    found.append(Seed("small.por", "por", (folder / "small.por").read_bytes()))
    found.append(Seed("small.xpt", "sas", (folder / "small.xpt").read_bytes()))
    found.append(Seed("answers.xlsx", "excel", workbook()))
    found.append(Seed("wjx.xlsx", "wjx", workbook()))
    found.append(Seed("wjx.csv", "wjx", WJX_CSV.encode("gb18030")))
    found.append(Seed("answers.csv.gz", "csv", gzip.compress(WJX_CSV.encode(), mtime=0)))
    found.append(Seed("qualtrics.csv", "qualtrics", QUALTRICS.encode()))
    found.append(Seed("monkey.csv", "surveymonkey", MONKEY.encode("latin-1")))
    found.append(Seed("form.zip", "odk", odk_zip()))
    found.append(Seed("kobo.csv", "odk", KOBO.encode()))
    return found


WJX_CSV = (
    "序号,提交答卷时间,所用时间,来源,来源详情,来自IP,1、性别,2、爱好,3、打分\n"
    "1,2018/5/7 9:00:00,60秒,链接,N/A,203.0.113.1(北京-北京),男,运动┋阅读,0分\n"
    "2,2018/5/7 9:01:00,61秒,链接,N/A,203.0.113.2(上海-上海),女,(跳过),10分\n"
)
QUALTRICS = (
    "ResponseId,StartDate,Q1_1,Q1_2,Q2\n"
    "Response ID,Start Date,Which? - Dogs,Which? - Cats,How old?\n"
    '"{""ImportId"":""_recordId""}","{""ImportId"":""startDate""}","{""ImportId"":""QID1_1""}",'
    '"{""ImportId"":""QID1_2""}","{""ImportId"":""QID2""}"\n'
    "R_1,2022-01-01,Dogs,,31\nR_2,2022-01-02,Dogs,Cats,44\n"
)
MONKEY = (
    "RespondentID,Which films?,,Caf\xe9 name?\n,Episode I,Episode II,Response\n"
    "1,Episode I,,A\xf1o\n2,Episode I,Episode II,B\n"
)
KOBO = "_id;_index;q/name;pets;pets/dog;pets/cat\n1;1;Ann;dog cat;1;1\n2;2;Bob;cat;0;1\n3;3;Cy;;;\n"


def odk_zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("form.csv", "KEY,name,SET-OF-child\nuuid:1,Ann,u1\nuuid:2,Bob,u2\n")
        archive.writestr(
            "form-child.csv", "age,PARENT_KEY,KEY\n3,uuid:1,uuid:1/c[1]\n5,uuid:1,uuid:1/c[2]\n"
        )
    return packed.getvalue()


def workbook() -> bytes:
    from openpyxl import Workbook

    book = Workbook()
    for line in WJX_CSV.splitlines():
        book.active.append(line.split(","))
    packed = io.BytesIO()
    book.save(packed)
    return packed.getvalue()


def _shipped() -> list[Seed]:
    found = [
        Seed(path.name, "wjx", path.read_bytes())
        for path in sorted(WJX.rglob("*.xls*"))
        if path.stat().st_size < LARGEST
    ]
    for ending, origin in ((".sas7bdat", "sas"), (".por", "por"), (".xpt", "sas")):
        found += [
            Seed(path.name, origin, path.read_bytes())
            for path in sorted(RETURNS.glob(f"*{ending}"))
        ]
    return found


_SHARED = (
    ("spss/*.sav", "labelled"),
    ("wjx/*.xls", "wjx"),
    ("questionnaires/*.xlsx", "excel"),
    ("questionnaires/qualtrics*s.csv", "qualtrics"),
    ("questionnaires/qualtrics*y.csv", "qualtrics"),
    ("multi/starwars*.csv", "surveymonkey"),
    ("multi/*.gz", "csv"),
)


def _shared(folder: Path) -> list[Seed]:
    return [
        Seed(path.name, origin, path.read_bytes())
        for pattern, origin in _SHARED
        for path in sorted(folder.glob(pattern))
        if path.stat().st_size < LARGEST and "codebook" not in path.name
    ]

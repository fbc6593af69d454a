"""Writes park_0.xls and park_2.xls: an invented survey as 问卷星 exports it, by text and by number.

Needs xlwt 1.3.0, which is not among the project's libraries: old .xls files are only read here.
"""

from __future__ import annotations

from pathlib import Path

HEAD = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP"]
META = [
    ["2019/3/1 8:00:00", "95秒", "链接", "N/A", "203.0.113.5(北京-北京)"],
    ["2019/3/1 8:05:00", "120秒", "手机提交", "微信", "203.0.113.6(上海-上海)"],
    ["2019/3/2 9:00:00", "60秒", "手机提交", "微信", "203.0.113.7(广东-广州)"],
    ["2019/3/2 9:30:00", "71秒", "链接", "直接访问", "203.0.113.8(广东-深圳)"],
]
TEXT = (
    [
        "1、您常去公园吗 (单选题 *必答)",
        "2、为什么去",
        "4、您的打分 (矩阵单选题 *必答)—绿化",
        "卫生",
        "5、推荐程度",
    ],
    [
        ["常去", "散步┋其他〖遛狗〗", "5分", "4分", "0分"],
        ["不去", "(跳过)", "(跳过)", "(跳过)", "(跳过)"],
        ["有时去", "跑步（晨跑）┋散步", "3分", "3分", "10分"],
        ["常去", "其他〖 〗", "1分", "2分", "7分"],
    ],
)
NUMBER = (
    [
        "1、您常去公园吗 (单选题 *必答)",
        "第2题(散步)",
        "第2题(跑步（晨跑）)",
        "第2题(其他)",
        "第4题(绿化)",
        "第4题(卫生)",
        "5、推荐程度",
    ],
    [
        [1, 1, 0, 1, 5, 4, 1],
        [3, -3, -3, -3, -3, -3, -3],
        [2, 1, 1, 0, 3, 3, 11],
        [1, 0, 0, 1, 1, 2, 8],
    ],
)


def write(path: Path, header: list[str], rows: list[list], *, text: bool) -> None:
    import xlwt

    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Sheet1")
    for column, cell in enumerate([*HEAD, *header]):
        sheet.write(0, column, cell)
    for number, (meta, row) in enumerate(zip(META, rows, strict=True), start=1):
        key = str(number) if text else number
        for column, cell in enumerate([key, *meta, *row]):
            sheet.write(number, column, cell)
    book.save(str(path))


if __name__ == "__main__":
    here = Path(__file__).parent
    write(here / "park_0.xls", *TEXT, text=True)
    write(here / "park_2.xls", *NUMBER, text=False)

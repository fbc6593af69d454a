"""Kinds of questions of 问卷星 that the shipped exports do not have, in both downloads."""

import openpyxl
import pytest

from survey.io.readers import read_raw

HEAD = [
    "序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP",
    "1、您的性别 (单选题 *必答)", "2、出生日期 (填空题 *必答)", "3、所在地区 (多级下拉题)",
    "4、(您)用过哪些? (多选题)", "5、请评价 (矩阵量表题 *必答)—外观", "性能",
    "6、各渠道用过什么 (矩阵多选题)—线上", "线下", "7、时间比重 (比重题)—上网", "看电视",
    "8、请排序 (排序题 *必答)", "9、满意星级 (评分题)", "10、上传 (文件上传题)",
    "11、推荐程度 (NPS题)", "12、父母职业 (矩阵填空题)—父亲", "母亲", "总分",
]  # fmt: skip
META = ["2020/5/1 10:00:00", "100秒", "微信", "直接"]
TEXT = [
    [1, *META, "203.0.113.1(广东-深圳)", "男", "1990-05-01", "广东-深圳-南山", "走路┋跑步〖慢跑〗",
     "4", "3", "百度┋微博", "(空)", "60", "40", "价格→质量→服务", "4星", "(空)", "9分", "教师",
     "医生", "10"],
    [2, *META, "203.0.113.2(北京-北京)", "女", "1991-06-02", "北京-北京-海淀", "(跳过)", "(跳过)",
     "2", "(跳过)", "商场", "50", "50", "质量→价格", "5星", "http://x/y.jpg", "10分", "(空)",
     "工人", "12"],
]  # fmt: skip
NUMBER = [
    [1, *META, "203.0.113.1(广东-深圳)", 1, "1990-05-01", "广东-深圳-南山", "1┋2", 4, 3, "1┋2", -2,
     60, 40, "1→2→3", 4, -2, 10, "教师", "医生", 10],
    [2, *META, "203.0.113.2(北京-北京)", 2, "1991-06-02", "北京-北京-海淀", -3, -3, 2, -3, "1", 50,
     50, "2→1", 5, "http://x/y.jpg", 11, -2, "工人", 12],
]  # fmt: skip


@pytest.fixture(params=["text", "number"])
def table(request, tmp_path):
    book = openpyxl.Workbook()
    for row in [HEAD, *(TEXT if request.param == "text" else NUMBER)]:
        book.active.append(row)
    path = tmp_path / "export.xlsx"
    book.save(path)
    raw = read_raw(path, "wjx", {}, drop=["来自IP"])
    assert raw.report == (f"options stand in it by {request.param}",)
    return raw.frame


def test_names_are_the_same_in_both_downloads(table):
    assert list(table.columns[:22]) == [
        "序号", "提交答卷时间", "所用时间", "来源", "来源详情", "第1题", "第2题", "第3题", "第4题",
        "第5题(外观)", "第5题(性能)", "第6题(线上)", "第6题(线下)", "第7题(上网)", "第7题(看电视)",
        "第8题", "第9题", "第10题", "第11题", "第12题(父亲)", "第12题(母亲)", "总分",
    ]  # fmt: skip


def test_what_was_skipped_and_what_is_empty_are_the_same(table):
    assert table["第5题(外观)"].to_list()[1] == "(跳过)"
    assert table["第4题"].to_list()[1] == "(跳过)"
    assert table["第6题(线下)"].to_list()[0] is None
    assert table["第10题"].to_list()[0] is None
    assert table["第12题(父亲)"].to_list()[1] is None


def test_stars_shares_dates_and_places_are_the_same(table):
    assert table["第9题"].to_list() == [4.0, 5.0]
    assert [float(cell) for cell in table["第7题(上网)"]] == [60, 50]
    assert table["第2题"].to_list() == ["1990-05-01", "1991-06-02"]
    assert table["第3题"].to_list() == ["广东-深圳-南山", "北京-北京-海淀"]


def test_sets_stay_joined_and_ranks_get_a_column_per_option(table):
    assert table["第4题"].to_list()[0] in ("走路┋跑步", "1┋2")
    ranks = [name for name in table.columns if name.startswith("第8题(")]
    assert len(ranks) == 3
    assert [table[name].to_list()[0] for name in ranks] == [1, 2, 3]

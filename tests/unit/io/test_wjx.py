"""Exports of 问卷星: names of columns, missing answers, ratings, ranks, open text."""

from pathlib import Path

import pytest

from survey.io.readers import read_raw
from survey.io.wjx import normalise, question_names, strip_open_text

RAW = Path(__file__).parents[2] / "data/wjx/data/raw/phone_pilot"


def table(**columns):
    return {"columns": list(columns.items()), "dropped": []}


def cells(result, name):
    return dict(result["columns"])[name]


class TestNames:
    @pytest.mark.parametrize(
        ("header", "name"),
        [
            ("3、性别 ", "第3题"),
            ("3.性别", "第3题"),
            ("3:性别 (单选题 *必答)", "第3题"),
            ("第8题(ACG文化(动漫、游戏等))", "第8题(ACG文化(动漫、游戏等))"),
            ("第6题（运动）", "第6题(运动)"),
            ("来自IP", "来自IP"),
            ("请选择省份城市与地区:", "请选择省份城市与地区:"),
        ],
    )
    def test_a_header_is_named_by_its_question_number(self, header, name):
        assert question_names([header]) == [name]

    def test_rows_of_a_matrix_belong_to_it_until_the_next_number(self):
        headers = [
            "12、用过吗",
            "13、如下(很好) (矩阵单选题 *必答)—外观",
            "屏幕",
            "15、满意吗",
            "地区",
        ]
        assert question_names(headers) == [
            "第12题",
            "第13题(外观)",
            "第13题(屏幕)",
            "第15题",
            "地区",
        ]

    def test_a_dash_in_a_plain_question_is_no_matrix(self):
        assert question_names(["4、手机—品牌", "5、性别"]) == ["第4题", "第5题"]

    def test_both_orders_of_the_metadata_columns_are_understood(self):
        old = ["序号", "提交答卷时间", "所用时间", "来自IP", "来源", "来源详情", "1、性别"]
        new = ["序号", "提交答卷时间", "所用时间", "来源", "来源详情", "来自IP", "1、性别"]
        assert question_names(old) == [*old[:6], "第1题"]
        assert question_names(new) == [*new[:6], "第1题"]


class TestCells:
    def test_skipped_and_empty_answers_are_alike_in_both_kinds(self):
        text = normalise(table(**{"1、问": ["(跳过)", "(空)", "是"]}))
        number = normalise(table(**{"1、问": [-3.0, -2.0, 1.0]}))
        assert cells(text, "第1题") == ["(跳过)", None, "是"]
        assert cells(number, "第1题") == ["(跳过)", None, 1.0]

    def test_minus_three_is_an_answer_in_the_text_kind(self):
        result = normalise(table(**{"1、温度": ["-3", "(空)"], "2、问": ["(跳过)", "是"]}))
        assert cells(result, "第1题") == ["-3", None]

    def test_ratings_become_numbers_only_if_all_are(self):
        result = normalise(table(**{"1、分": ["3分", "(跳过)", None], "2、课": ["3分", "两门"]}))
        assert cells(result, "第1题") == [3.0, "(跳过)", None]
        assert cells(result, "第2题") == ["3分", "两门"]

    def test_metadata_stay_as_they_are(self):
        result = normalise(table(**{"序号": [-3.0], "所用时间": ["136秒"]}))
        assert cells(result, "序号") == [-3.0]
        assert cells(result, "所用时间") == ["136秒"]

    def test_open_text_goes_and_the_name_of_the_option_stays(self):
        assert strip_open_text("其他【请注明】〖柜台〗") == "其他【请注明】"
        assert strip_open_text("运动┋其他〖a┋b〗┋阅读") == "运动┋其他┋阅读"
        assert strip_open_text("其他〖第一行\n二〗") == "其他"

    def test_ranks_come_apart_into_columns_as_in_the_number_kind(self):
        result = normalise(table(**{"12、排序": ["价格→外观", "(跳过)", "外观→屏幕→价格"]}))
        assert cells(result, "第12题(价格)") == [1.0, "(跳过)", 3.0]
        assert cells(result, "第12题(外观)") == [2.0, "(跳过)", 1.0]
        assert cells(result, "第12题(屏幕)") == [None, "(跳过)", 2.0]


class TestRealFiles:
    def test_the_pilot_has_the_same_columns_in_both_kinds_where_both_have_them(self):
        text = read_raw(RAW / "text/pilot_0.xls", "wjx", {}, drop=["来自IP"])
        number = read_raw(RAW / "number/pilot_2.xls", "wjx", {}, drop=["来自IP"])
        only_text = set(text.frame.columns) - set(number.frame.columns)
        assert only_text == {"第3题", "第12题"}  # joined there, one column per option here
        for name in ("第13题(外观)", "第13题(GPS定位速度)", "第12题(价格)"):
            assert text.frame[name].to_list()[1] == number.frame[name].to_list()[1]
        assert text.dropped == number.dropped == ("来自IP",)

    def test_a_rating_from_zero_is_one_higher_in_the_number_kind(self):
        text = read_raw(RAW / "text/pilot_0.xls", "wjx", {}).frame["第15题"]
        number = read_raw(RAW / "number/pilot_2.xls", "wjx", {}).frame["第15题"]
        assert (text[1], number[1]) == (3, 4)

    def test_a_header_can_be_used_in_full(self):
        raw = read_raw(RAW / "number/pilot_2.xls", "wjx", {})
        assert raw.find("37、性别 (单选题 *必答)") == "第37题"
        assert raw.find("屏幕显示效果") == "第13题(屏幕显示效果)"

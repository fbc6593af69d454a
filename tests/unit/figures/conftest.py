"""Made-up rows of the schema and a small instrument whose words they use."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.figures.spec import FigureSpec
from analysis.results.schema import conform
from analysis.results.wording import Words
from survey.instrument.load import Instrument
from survey.instrument.model import Indicator, Item, Point, Scale, Study

PERIODS = {"2013H1": "2013-06-30", "2017H1": "2017-06-30", "2018H1": "2018-06-30"}


def both(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


def scale(**points: tuple[str, str]) -> Scale:
    """A scale whose codes are numbered in the order given."""
    told = {i: Point(code=code, text=both(*text)) for i, (code, text) in enumerate(points.items())}
    return Scale(points=told)


SCALES = {
    "issues": scale(
        sold=("非法出售个人信息", "Selling data illegally"),
        shared=("未经同意向他人提供个人信息", "Giving data to others without consent"),
        excess=("收集过多或不相关的个人信息", "Collecting too much or unrelated data"),
        used=("未经同意自行使用个人信息", "Using data without consent"),
        scope=("超出授权范围使用个人信息", "Using data beyond what was authorised"),
        channel=("缺乏有效的投诉渠道", "No effective way to complain"),
    ),
    "app_category": scale(
        games=("游戏", "Games"), finance=("金融", "Finance"), other=("其他", "Other")
    ),
    "kinds": scale(
        bundling=("强行捆绑推广其他应用软件", "Forced bundling of other apps"),
        privacy=("未经用户同意收集、使用个人信息", "Data collected or used without consent"),
        fee=("恶意“吸费”", "Malicious charging"),
        rest=("其余各类合计", "All other kinds together"),
        unassigned=("类型不明", "Kind not known"),
    ),
    "age": scale(
        old=("60岁及以上", "60 and over"), young=("10-19岁", "10-19"), middle=("20-59岁", "20-59")
    ),
    "arm": scale(shown=("展示数据", "Data shown"), hidden=("不展示", "Not shown")),
}
ITEMS = {
    "issues": "issues",
    "category": "app_category",
    "kind": "kinds",
    "age": "age",
    "arm": "arm",
}
INDICATORS = {
    "issues": ("issues", both("主要问题", "Main problems")),
    "device": ("category", both("读取设备信息", "Apps that read device information")),
    "score": ("age", both("安全感知评分", "Security-perception score")),
    "problem_apps": ("kind", both("问题应用", "Problem apps")),
    "stores_tested": ("kind", both("检测商店", "Stores tested")),
    "problem_kinds": ("kind", both("问题类型", "Kinds of problems")),
    "per_store": ("kind", both("每店问题应用", "Problem apps per store")),
    "consent": ("arm", both("同意分享数据", "Agreed to share data")),
    "worry": ("arm", both("担心被追踪", "Worried about being tracked")),
}


@pytest.fixture(params=["zh", "en"])
def words(request) -> Words:
    return words_in(request.param)


@pytest.fixture
def chinese() -> Words:
    return words_in("zh")


@pytest.fixture
def english() -> Words:
    return words_in("en")


def words_in(lang: str) -> Words:
    study = Study(
        id="made_up",
        title=both("虚构调查", "Made-up survey"),
        universe=both("全体用户", "All users"),
        report="made_up",
        indicators=[
            Indicator(id=name, item=item, statistic=["share"], text=text)
            for name, (item, text) in INDICATORS.items()
        ],
    )
    items = {
        name: Item(id=name, kind="single", text=both(name, name), scale=of)
        for name, of in ITEMS.items()
    }
    instrument = Instrument(study, items, SCALES, {}, {}, {}, ())
    return Words.of({"made_up": instrument}, lang)


def table(*rows: dict) -> pd.DataFrame:
    """Rows of the schema; what is not said is a simulated share of 2018H1 at domain all."""
    usual = {
        "kind": "simulated",
        "study": "made_up",
        "wave": "2018H1",
        "statistic": "share",
        "domain": "all",
        "analysis_unit": "person",
        "unit": "share",
        "period": "2018-06-30",
    }
    return conform(pd.DataFrame([{**usual, **row} for row in rows]))


def estimate(value: float, half: float, *, n: int = 5000, **rest) -> dict:
    """A computed value with its interval and base."""
    ends = {"ci_low": value - half, "ci_high": value + half, "conf_level": 0.95}
    return {"estimate": value, "n": n, "variant": "raked", **ends, **rest}


def figure_spec(kind: str, **rest) -> FigureSpec:
    said = {
        "name": "figure-1",
        "number": "1",
        "kind": kind,
        "select": {},
        "title": both("图题", "Title of the figure"),
        "subtitle": both("占受访者的百分比", "Percent of respondents"),
        "note": both("这是说明。", "This is a note."),
        "source": both("某白皮书", "A white paper"),
    }
    return FigureSpec(**{**said, **rest})


def issues() -> pd.DataFrame:
    values = {"shared": 0.399, "excess": 0.281, "sold": 0.253}
    unknown = {"used": 0.21, "scope": 0.17, "channel": 0.12}
    every = {**values, **unknown}.items()
    return table(
        *({"indicator": "issues", "category": c, **estimate(v, 0.013)} for c, v in every),
        *(
            {"indicator": "issues", "category": c, "kind": "published", "estimate": v}
            for c, v in values.items()
        ),
    )


def categories() -> pd.DataFrame:
    bands = {"games": (0.74, 0.85), "finance": (0.62, 0.9), "other": (0.6, 0.91)}
    overall = {"kind": "published", "variant": "about", "ci_low": 0.775, "ci_high": 0.825}
    return table(
        {"indicator": "device", "estimate": 0.8, **overall},
        *(
            {
                "indicator": "device",
                "domain": f"category={code}",
                "variant": "band",
                "ci_low": low,
                "ci_high": high,
                "analysis_unit": "app",
            }
            for code, (low, high) in bands.items()
        ),
    )


def quarters() -> pd.DataFrame:
    """Two years of counts; 2016Q3 has a row without a value, 2017Q1 has no row at all."""
    counts = {"2016Q1": 29, "2016Q2": 32, "2016Q3": None, "2016Q4": 34, "2017Q2": 42, "2017Q3": 31}
    shared = {"kind": "published", "statistic": "total", "unit": "count"}
    return table(
        *(
            {"indicator": "problem_apps", "wave": q, "estimate": c, "period": q, **shared}
            for q, c in counts.items()
        ),
        {"indicator": "stores_tested", "wave": "2016Q1", "estimate": 43, "period": "a", **shared},
    )


def rates() -> pd.DataFrame:
    """A year and a quarter of rates; 2016Q3 lacks its stores, 2016Q4 its count."""
    found = {"2016Q1": 0.674, "2016Q2": 0.762, "2016Q3": None, "2016Q4": None, "2017Q1": 1.089}
    why = {"2016Q3": "stores tested not found", "2016Q4": "number not found in any source"}
    shared = {"kind": "published", "statistic": "ratio", "unit": "ratio", "variant": "per_store"}
    return table(
        *(
            {
                "indicator": "per_store",
                "wave": quarter,
                "estimate": rate,
                "period": quarter,
                "reason": why.get(quarter, ""),
                **shared,
            }
            for quarter, rate in found.items()
        )
    )


def filled_quarters() -> pd.DataFrame:
    """`quarters` with a model's range for one of the gaps."""
    model = {"kind": "simulated", "variant": "model_fill", "statistic": "total", "unit": "count"}
    ends = {"estimate": 36.8, "ci_low": 25, "ci_high": 50, "conf_level": 0.9}
    row = {"indicator": "problem_apps", "wave": "2016Q3", "period": "2016Q3", **model, **ends}
    return pd.concat([quarters(), table(row)], ignore_index=True)


def counted_kinds() -> pd.DataFrame:
    """`kinds` with simultaneous intervals, and cases nobody split."""
    told = {"kind": "published", "indicator": "problem_kinds"}
    within = {"bundling": (0.71, 0.886), "privacy": (0.02, 0.129), "fee": (0.048, 0.186)}
    shares = [
        {
            **told,
            "category": code,
            "variant": "counted",
            "estimate": (low + high) / 2,
            "ci_low": low,
            "ci_high": high,
            "conf_level": 0.95,
        }
        for code, (low, high) in within.items()
    ]
    unsplit = {"category": "unsplit", "variant": "unsplit", "statistic": "total", "unit": "count"}
    lost = {**told, **unsplit, "estimate": 658, "n": 792, "reason": "not found: 2017Q1, 2017Q4"}
    return pd.concat([kinds(), table(*shares, lost)], ignore_index=True)


def kinds() -> pd.DataFrame:
    counts = {"bundling": 109, "privacy": 7, "fee": 13, "unassigned": 5}
    told = {"kind": "published", "indicator": "problem_kinds"}
    return table(
        {**told, "category": "bundling", "estimate": 0.84},
        {**told, "category": "rest", "estimate": 0.16},
        *(
            {
                **told,
                "category": code,
                "estimate": count,
                "statistic": "total",
                "unit": "count",
                "variant": "counted",
            }
            for code, count in counts.items()
        ),
    )


def trend(*kinds: str) -> pd.DataFrame:
    values = {"2013H1": 6.4, "2017H1": 6.5, "2018H1": 6.3}
    shared = {"indicator": "score", "statistic": "mean", "unit": "points10"}
    return table(
        *(
            {
                **shared,
                "kind": kind,
                "wave": wave,
                "period": PERIODS[wave],
                **({"estimate": value} if kind == "published" else estimate(value, 0.07)),
            }
            for kind in kinds or ("published", "simulated")
            for wave, value in values.items()
        )
    )


def ages() -> pd.DataFrame:
    values = {"old": 6.9, "young": 6.1, "middle": 6.3}
    shared = {"indicator": "score", "statistic": "mean", "unit": "points10"}
    return table(
        {**shared, **estimate(6.3, 0.06)},
        *(
            {**shared, "domain": f"age={code}", **estimate(value, 0.2, n=900)}
            for code, value in values.items()
        ),
    )


def arms() -> pd.DataFrame:
    shared = {"kind": "collected", "wave": "2023", "period": "2023-12-31"}
    values = {
        "consent": (0.6578, 0.6905, 0.0118),
        "worry": (0.541, 0.502, 0.0124),
    }
    return table(
        *(
            {**shared, "indicator": name, "domain": f"arm={arm}", **estimate(value, half)}
            for name, (shown, hidden, half) in values.items()
            for arm, value in (("shown", shown), ("hidden", hidden))
        ),
        *(
            {
                **shared,
                "indicator": name,
                "domain": "arm=shown",
                "reference": "arm=hidden",
                "statistic": "gap",
                **estimate(shown - hidden, half * 1.4),
            }
            for name, (shown, hidden, half) in values.items()
        ),
    )


EXAMPLES = {
    "issue_bars": (issues, {"category": ["shared", "excess", "sold", "used", "scope", "channel"]}),
    "category_bands": (categories, {}),
    "quarter_counts": (quarters, {}),
    "quarter_rates": (rates, {}),
    "kinds_split": (kinds, {}),
    "score_trend": (trend, {}),
    "score_dots": (ages, {}),
    "share_bars": (issues, {"kind": "simulated"}),
    "gap_bars": (arms, {}),
}
OPTIONS = {"gap_bars": {"by": "indicator"}}


def example(kind: str) -> tuple[pd.DataFrame, FigureSpec]:
    """Rows and spec of one figure of a kind."""
    made, select = EXAMPLES[kind]
    rows = made()
    if "kind" in select:
        rows = rows[rows["kind"] == select["kind"]]
    return rows, figure_spec(kind, select=select, options=OPTIONS.get(kind, {}))

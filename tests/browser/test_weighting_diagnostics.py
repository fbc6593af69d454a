"""The page of weighting diagnostics in a browser: no error, no cut and no overlapping words."""

import itertools

import numpy as np
import pytest

from survey.weights.effects import step_effects
from survey.weights.pictures import (
    effect_plot,
    love_plot,
    margin_plot,
    weight_plot,
    write_diagnostics,
)
from survey.weights.record import CalibrationRecord, MarginRecord

LEVELS = {
    "性别": ["男", "女"],
    "受教育程度": ["初中及以下", "高中、中专或职业技术学校（含在读及结业）及其他各类中等教育机构",
              "University degree or a higher vocational qualification of any kind"],
    "省份": ["北京", "天津", "河北", "山西", "内蒙古", "辽宁", "吉林", "黑龙江", "上海"],
}  # fmt: skip
LONG_STEP = "a step that somebody gave a name of more than one line"
BOXES = """() => [...document.querySelectorAll(".js-plotly-plot")].map(plot => ({
  name: plot.id,
  sheet: (({left, right, top, bottom}) => [left, right, top, bottom])(plot.getBoundingClientRect()),
  words: [...plot.querySelectorAll("text")].filter(t => t.textContent.trim()).map(t => {
    const {left, right, top, bottom} = t.getBoundingClientRect();
    return {text: t.textContent, box: [left, right, top, bottom]};
  }),
}))"""


def margin(name, levels, draw):
    target = draw.dirichlet(np.ones(len(levels)) * 4)
    base = target * np.exp(draw.normal(0, 0.3, len(levels)))
    return MarginRecord(
        name=name, items=[name], levels=levels, target=target.tolist(),
        base_weighted=base.tolist(), calibrated=target.tolist(), final=target.tolist(),
        unit="persons", universe="adults", dates=["2018-06-30"], source="invented",
    )  # fmt: skip


def figures(language):
    draw = np.random.default_rng(1)
    record = CalibrationRecord(
        "study", "2018H1", n=600, total=1.0, deff_kish=1.4, n_eff=430, smallest=0.2, largest=5,
        margins=[margin(name, levels, draw) for name, levels in LEVELS.items()],
    )  # fmt: skip
    weights, stages = np.ones(600), {}
    for step in ("base", "eligibility", LONG_STEP, "nonresponse", "calibration", "trimming"):
        weights = weights * draw.lognormal(0, 0.3, 600)
        stages[step] = weights
    effects, how = step_effects(stages), {"language": language, "kind": "simulated"}
    return {
        "love": love_plot(record, threshold=0.1, **how),
        "margins": margin_plot(record, **how),
        "weights": weight_plot(effects, **how),
        "uwe": effect_plot(effects, **how),
    }


@pytest.fixture(params=["zh", "en"])
def plots(request, page, tmp_path):
    path = write_diagnostics(figures(request.param), tmp_path / "d.html", language=request.param)
    page.goto(path.as_uri())
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot .xtick').length > 12")
    return page.evaluate(BOXES)


def test_draws_every_figure(plots):
    assert [plot["name"] for plot in plots] == ["love", "margins", "weights", "uwe"]


def test_no_word_leaves_its_sheet(plots):
    for plot in plots:
        left, right, top, bottom = plot["sheet"]
        for word in plot["words"]:
            a, b, c, d = word["box"]
            assert left <= a < b <= right, word["text"]
            assert top <= c < d <= bottom, word["text"]


def test_no_two_words_overlap(plots):
    for plot in plots:
        for one, two in itertools.combinations(plot["words"], 2):
            a, b = one["box"], two["box"]
            across = min(a[1], b[1]) - max(a[0], b[0])
            down = min(a[3], b[3]) - max(a[2], b[2])
            assert not (across > 1 and down > 3), (one["text"], two["text"])

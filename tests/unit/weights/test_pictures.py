"""Pictures on weights: what they draw, what they say, and the page that holds them."""

import json
import math
import re
import sys

import numpy as np
import pytest

from survey.errors import ReportError, UsageError, WeightError
from survey.weights.effects import step_effects
from survey.weights.pictures import (
    effect_plot,
    love_plot,
    margin_plot,
    weight_plot,
    write_diagnostics,
)
from survey.weights.record import CalibrationRecord, MarginRecord
from survey.weights.sheet import wrapped

HOW = {"language": "en", "kind": "collected"}


def record(margins):
    return CalibrationRecord(
        "study", "2018H1", n=10, total=100.0, deff_kish=1.2, n_eff=8.3, smallest=0.5, largest=2.0,
        margins=margins,
    )  # fmt: skip


SEX = MarginRecord(
    name="sex", items=["sex"], levels=["male", "female"], target=[50.0, 50.0],
    base_weighted=[60.0, 40.0], calibrated=[50.0, 50.0], final=[51.0, 49.0],
    unit="persons", universe="adults", dates=["2018-06-30"], source="a census",
)  # fmt: skip
STAGES = {"base": np.full(4, 2.0), "nonresponse": np.array([1.0, 1, 3, 3])}


class TestLovePlot:
    def test_draws_the_standardised_differences_by_hand(self):
        # (.6 - .5) / sqrt(.25) = .2 before; (.51 - .5) / .5 = .02 after
        before, after = love_plot(record([SEX]), threshold=0.1, **HOW)["data"]
        assert before["x"] == pytest.approx([0.2, -0.2])
        assert after["x"] == pytest.approx([0.02, -0.02])

    def test_puts_the_margin_as_a_heading_above_its_levels(self):
        axis = love_plot(record([SEX]), threshold=0.1, **HOW)["layout"]["yaxis"]
        assert axis["ticktext"] == ["<b>sex</b>", "male", "female"]
        assert axis["tickvals"] == [0, -1, -2]

    def test_calls_things_by_their_labels(self):
        labels = {"sex": "性别", "sex:male": "男", "sex:female": "女"}
        figure = love_plot(
            record([SEX]), threshold=0.1, language="zh", kind="collected", labels=labels
        )
        assert figure["layout"]["yaxis"]["ticktext"] == ["<b>性别</b>", "男", "女"]

    def test_a_record_without_margins_is_refused(self):
        with pytest.raises(WeightError, match=r"study 2018H1: .*no margins to draw"):
            love_plot(record([]), threshold=0.1, **HOW)


class TestMarginPlot:
    def test_draws_target_base_and_final_shares_in_percent(self):
        shares = {trace["name"]: trace["x"] for trace in margin_plot(record([SEX]), **HOW)["data"]}
        assert shares["Target"] == pytest.approx([50, 50])
        assert shares["Base weights"] == pytest.approx([60, 40])
        assert shares["Final weights"] == pytest.approx([51, 49])


class TestStepPlots:
    def test_boxes_are_the_quantiles_of_the_effects(self):
        effects = step_effects(STAGES)
        box = weight_plot(effects, **HOW)["data"][0]
        assert box["median"] == [effect.quantiles[3] for effect in effects]
        assert box["upperfence"] == pytest.approx([effect.quantiles[5] for effect in effects])

    def test_effects_are_written_beside_their_marks(self):
        marks = effect_plot(step_effects(STAGES), **HOW)["data"][0]
        assert marks["x"] == pytest.approx([1, 1.25])
        assert marks["text"] == ["1.00 (effective size 4)", "1.25 (effective size 3)"]

    def test_known_steps_have_words_and_others_their_own_name(self):
        effects = step_effects({"base": np.ones(2), "my step": np.ones(2)})
        axis = weight_plot(effects, language="zh", kind="collected")["layout"]["yaxis"]
        assert axis["ticktext"] == ["基础权数", "my step"]

    def test_no_step_is_refused(self):
        with pytest.raises(WeightError, match="no step of the weights"):
            effect_plot([], **HOW)


class TestEveryPicture:
    def all(self, **how):
        effects = step_effects(STAGES)
        return {
            "love": love_plot(record([SEX]), threshold=0.1, **how),
            "margins": margin_plot(record([SEX]), **how),
            "weights": weight_plot(effects, **how),
            "uwe": effect_plot(effects, **how),
        }

    @pytest.mark.parametrize("name", ["love", "margins", "weights", "uwe"])
    def test_of_simulated_data_says_so_inside_the_image(self, name):
        notes = self.all(language="zh", kind="simulated")[name]["layout"]["annotations"]
        assert "模拟数据 SIMULATED" in notes[0]["text"]
        assert self.all(**HOW)[name]["layout"]["annotations"] == []

    @pytest.mark.parametrize("name", ["love", "margins", "weights", "uwe"])
    def test_is_accepted_by_plotly(self, name):
        import plotly.graph_objects as go

        go.Figure(self.all(**HOW)[name])

    def test_holds_json_types_only(self):
        json.dumps(self.all(**HOW), allow_nan=False)

    def test_is_built_without_importing_plotly(self):
        import subprocess

        code = "import sys; import survey.weights.pictures; sys.exit('plotly' in sys.modules)"
        assert subprocess.run([sys.executable, "-c", code]).returncode == 0

    @pytest.mark.parametrize("how", [{"language": "fr", "kind": "collected"},
                                     {"language": "en", "kind": "invented"}])  # fmt: skip
    def test_refuses_unknown_languages_and_kinds(self, how):
        with pytest.raises(UsageError, match=r"'(fr|invented)' is not known"):
            self.all(**how)

    def test_a_category_whose_target_is_everybody_is_left_undrawn(self):
        alone = MarginRecord(
            name="all", items=["all"], levels=["x"], target=[1.0], base_weighted=[2.0],
            calibrated=[1.0], final=[1.0], unit="", universe="", dates=[], source="",
        )  # fmt: skip
        assert love_plot(record([alone]), threshold=0.1, **HOW)["data"][0]["x"] == [None]


class TestLabels:
    def test_break_evenly(self):
        lines = wrapped("高中、中专或职业技术学校（含在读及结业）").split("<br>")
        assert max(map(len, lines)) - min(map(len, lines)) <= 2

    def test_break_between_words_and_never_before_closing_signs(self):
        text = "University degree or a higher vocational qualification, of any kind"
        assert all(part in text for part in wrapped(text).split("<br>"))
        assert not re.search("<br>[，。、）]", wrapped("一" * 17 + "（二三四五六七八九，）" * 3))


class TestPage:
    def test_asks_nothing_of_the_net_and_holds_plotly_once(self, tmp_path):
        figures = {"love": love_plot(record([SEX]), threshold=0.1, **HOW)}
        text = write_diagnostics(figures, tmp_path / "d.html", language="en").read_text("utf-8")
        assert '<div id="love"' in text
        assert not re.search(r'<(?:script|link|img)[^>]*(?:src|href)="', text)
        assert text.count("plotly.js v") == 1

    def test_has_the_same_bytes_twice(self, tmp_path):
        figures = {"uwe": effect_plot(step_effects(STAGES), **HOW)}
        one = write_diagnostics(figures, tmp_path / "1.html", language="zh").read_bytes()
        assert one == write_diagnostics(figures, tmp_path / "2.html", language="zh").read_bytes()

    def test_a_name_cannot_end_the_script_it_stands_in(self, tmp_path):
        bad = MarginRecord(**{**SEX.__dict__, "levels": ["</script><b>", "female"]})
        figures = {"love": love_plot(record([bad]), threshold=0.1, **HOW)}
        text = write_diagnostics(figures, tmp_path / "d.html", language="en").read_text("utf-8")
        payload = text.split('id="figures">')[1].split("</script>")[0]
        assert "\\u003c/script>" in payload
        assert math.isclose(json.loads(payload)["love"]["data"][0]["x"][0], 0.2)

    def test_without_figures_is_refused(self, tmp_path):
        with pytest.raises(ReportError, match="needs a figure"):
            write_diagnostics({}, tmp_path / "d.html", language="en")
        assert not (tmp_path / "d.html").exists()

"""Figures as files: the same bytes every time, the right size, real glyphs, no needless work."""

import datetime
import io
import json

import numpy as np
import plotly.graph_objects as go
import pytest
from PIL import Image, ImageChops

from analysis.figures import browser, export
from survey.errors import ReportError


@pytest.fixture(scope="module")
def real_browser(checkout):
    return browser.find(checkout.root)


def chart(title="安全感知评分（模拟）≥ −0.2"):
    bars = go.Bar(
        x=np.array([0.399, 0.281, 1 / 3]), y=["出售", "过度收集", "共享"], orientation="h"
    )
    return go.Figure(bars, layout={"title": {"text": title}, "font": {"family": "Noto Sans SC"}})


def files(folder):
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


@pytest.fixture(scope="module")
def exported(real_browser, tmp_path_factory):
    """Two separate exports of the same figures: their folders."""
    folders = [tmp_path_factory.mktemp(name) for name in ("first", "second")]
    for folder in folders:
        heat = go.Figure(go.Heatmap(z=[[1, 2], [3, 4]]))  # clip paths and gradients with ids
        drawings = [(folder / "figure-1", chart(), 640, 360), (folder / "A-1", heat, 400, 300)]
        export.export_all(drawings, real_browser)
    return folders


class TestExportAll:
    def test_two_exports_are_byte_identical(self, exported):
        first, second = map(files, exported)
        assert first == second
        wanted = {
            f"{name}.{kind}" for name in ("figure-1", "A-1") for kind in ("json", "svg", "png")
        }
        assert wanted <= set(first)

    def test_png_has_twice_the_asked_size(self, exported):
        with Image.open(exported[0] / "figure-1.png") as picture:
            assert picture.size == (1280, 720)

    def test_svg_holds_the_chinese_text_and_the_asked_size(self, exported):
        svg = (exported[0] / "figure-1.svg").read_text(encoding="utf-8")
        assert "安全感知评分" in svg
        assert 'width="640" height="360"' in svg

    def test_nothing_unfinished_is_left(self, exported):
        assert not [name for name in files(exported[0]) if "unfinished" in name]

    def test_chinese_letters_are_not_boxes(self, real_browser, tmp_path):
        """Letters the font has differ from each other; letters it lacks are all one box."""
        titles = {"known": "安全", "other": "评分", "lacking": "\U0003134a\U0003134a"}
        drawings = [(tmp_path / name, chart(title), 400, 300) for name, title in titles.items()]
        export.export_all(drawings, real_browser)
        known, other, lacking = (
            Image.open(io.BytesIO((tmp_path / f"{name}.png").read_bytes())).convert("L")
            for name in titles
        )
        assert ImageChops.difference(known, lacking).getbbox()
        assert ImageChops.difference(known, other).getbbox()
        assert ImageChops.difference(other, lacking).getbbox()


class TestUnchanged:
    def test_an_unchanged_figure_is_not_drawn_again(self, real_browser, tmp_path, monkeypatch):
        drawing = (tmp_path / "figure-1", chart(), 320, 240)
        assert len(export.export_all([drawing], real_browser)) == 3
        monkeypatch.setattr(export, "_draw", lambda *_: pytest.fail("drawn again"))
        assert export.export_all([drawing], real_browser) == []

    @pytest.mark.parametrize("change", ["figure", "size", "toolchain", "spoilt", "missing"])
    def test_only_what_changed_is_drawn_again(self, real_browser, tmp_path, monkeypatch, change):
        drawn = []

        def draw(jobs, browser):
            drawn.append([job.path.name for job in jobs])
            return [{"svg": b"<svg/>", "png": b"png"} for _ in jobs]

        monkeypatch.setattr(export, "_draw", draw)
        one, two = (tmp_path / "one", chart(), 320, 240), (tmp_path / "two", chart(), 320, 240)
        export.export_all([one, two], real_browser)
        if change == "figure":
            two = (tmp_path / "two", chart("评分"), 320, 240)
        elif change == "size":
            two = (tmp_path / "two", chart(), 320, 250)
        elif change == "toolchain":
            monkeypatch.setattr(export, "toolchain", lambda browser: {"browser": "another"})
        elif change == "spoilt":
            (tmp_path / "two.svg").write_bytes(b"half")
        else:
            (tmp_path / "two.png").unlink()
        export.export_all([one, two], real_browser)
        assert drawn[1] == (["one", "two"] if change == "toolchain" else ["two"])


class TestCanonical:
    def test_keys_are_sorted_and_floats_rounded_to_ten_digits(self):
        spec = json.loads(export.canonical(chart()))
        assert list(spec) == sorted(spec)
        assert spec["data"][0]["x"] == [0.399, 0.281, 0.3333333333]

    def test_last_bits_do_not_show(self):
        one, other = (go.Figure(go.Bar(y=[value])) for value in (0.1 + 0.2, 0.3))
        assert export.canonical(one) == export.canonical(other)

    def test_packed_arrays_are_spelt_out(self):
        figure = go.Figure(go.Heatmap(z=np.array([[1.5, np.nan], [-0.0, np.inf]])))
        assert json.loads(export.canonical(figure))["data"][0]["z"] == [[1.5, None], [0.0, None]]

    def test_dates_are_iso_text(self):
        layout = {"xaxis": {"range": [datetime.date(2018, 1, 1), datetime.date(2018, 7, 1)]}}
        spec = json.loads(export.canonical(go.Figure(layout=layout)))
        assert spec["layout"]["xaxis"]["range"] == ["2018-01-01", "2018-07-01"]


class TestFailures:
    def test_a_session_that_hangs_is_begun_once_more(self, real_browser, tmp_path, monkeypatch):
        tried = []

        async def hangs_once(jobs, browser, seconds):
            tried.append(seconds)
            if len(tried) == 1:
                raise TimeoutError
            return [{"svg": b"<svg/>", "png": b"png"}]

        monkeypatch.setattr(export, "_session", hangs_once)
        export.export_all([(tmp_path / "figure-1", chart(), 320, 240)], real_browser)
        assert (tmp_path / "figure-1.png").read_bytes() == b"png"
        assert tried == sorted(export.SECONDS_PER_PICTURE)

    def test_a_browser_that_dies_is_named(self, real_browser, tmp_path, monkeypatch):
        async def dies(jobs, browser, seconds):
            raise RuntimeError("pipe closed")

        monkeypatch.setattr(export, "_session", dies)
        with pytest.raises(ReportError, match=r"chrom.* failed: pipe closed"):
            export.export_all([(tmp_path / "figure-1", chart(), 320, 240)], real_browser)
        assert not (tmp_path / "figure-1.png").exists()

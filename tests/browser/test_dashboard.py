"""The dashboard as a reader meets it: filters, address, languages, marks, small bases, phones."""

import threading

import pytest
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from dashboards.app import create_app
from dashboards.release import Release


@pytest.fixture(scope="module")
def serve(built):
    """Start a study's dashboard on a free port; gives its address."""
    servers = []

    def start(study: str) -> str:
        app = create_app(Release.load(built, study))
        server = make_server("127.0.0.1", 0, app.server, threaded=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}/"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture(scope="module")
def perception(serve) -> str:
    return serve("security_perception")


@pytest.fixture(scope="module")
def privacy(serve) -> str:
    return serve("browser_privacy")


def tile(page: Page, name: str):
    return page.get_by_test_id(f"tile-{name}")


class TestFirstView:
    def test_words_in_charts_fall_back_on_a_sans_serif_as_the_page_does(self, page, perception):
        page.goto(perception)
        words = page.locator(".plot svg text")
        expect(words.first).to_be_visible()
        fonts = words.evaluate_all("found => found.map(w => getComputedStyle(w).fontFamily)")
        assert len(fonts) > 10
        assert {font.rpartition(", ")[2] for font in fonts} == {"sans-serif"}

    def test_score_change_and_charts_are_there_in_chinese(self, page, perception):
        page.goto(perception)
        expect(tile(page, "score")).to_contain_text("6.3")
        expect(tile(page, "change")).to_contain_text("较2017年上半年")
        expect(tile(page, "change")).to_contain_text("置信区间")
        expect(tile(page, "change")).to_contain_text("最小变化")
        expect(page.locator(".main-svg").first).to_be_visible()
        expect(page.get_by_test_id("chart-issues")).to_contain_text("39.9%")
        assert page.evaluate("document.documentElement.lang") == "zh-CN"

    def test_everything_simulated_says_so_and_claims_nothing_about_the_world(
        self, page, perception
    ):
        page.goto(perception)
        for name in ("score", "change"):
            expect(tile(page, name)).to_contain_text("模拟数据")
        expect(tile(page, "change").locator(".verdict")).to_have_text("模拟数据中：统计上显著下降")
        expect(tile(page, "change")).to_contain_text("从未公布")
        expect(page.get_by_test_id("chart-trend")).to_contain_text("SIMULATED")


class TestFilters:
    def test_a_chosen_group_changes_numbers_and_address(self, page, perception):
        page.goto(perception)
        page.get_by_role("textbox", name="查看人群").click()
        page.get_by_role("option", name="城乡").click()
        expect(page.get_by_test_id("shown-for")).to_contain_text("城镇")
        expect(page.get_by_test_id("chart-groups")).to_be_visible()
        expect(page).to_have_url(f"{perception}?by=residence&level=urban")

    def test_an_address_restores_the_view_and_the_language(self, page, perception):
        page.goto(f"{perception}?lang=en&wave=2017H1&by=residence&level=rural")
        expect(page.get_by_test_id("shown-for")).to_have_text("The first half of 2017 | Rural")
        expect(tile(page, "change")).to_contain_text("Change since the first half of 2013")
        assert page.evaluate("document.documentElement.lang") == "en"

    def test_the_first_wave_is_not_said_to_have_changed_since_nothing(self, page, perception):
        page.goto(f"{perception}?lang=en&wave=2013H1")
        expect(tile(page, "change").locator("h2")).to_have_text("Change")
        expect(page.locator(".skip")).to_have_text("Skip to main content")

    def test_reset_goes_back_to_everybody_in_the_newest_wave(self, page, perception):
        page.goto(f"{perception}?lang=en&wave=2017H1&by=sex&level=male")
        page.get_by_role("button", name="Reset all").click()
        expect(page.get_by_test_id("shown-for")).to_have_text("The first half of 2018 | Everyone")
        expect(page).to_have_url(f"{perception}?lang=en")

    def test_words_the_release_does_not_know_give_the_first_view(self, page, perception):
        page.goto(f"{perception}?lang=xx&wave=1999&by=<script>&level=9")
        expect(page.get_by_test_id("shown-for")).to_have_text("2018年上半年｜全体")


class TestRealAnswers:
    def test_real_data_carry_no_simulated_mark_and_state_what_the_sample_is(self, page, privacy):
        page.goto(f"{privacy}?lang=en")
        expect(tile(page, "score")).to_contain_text("7.2")
        expect(page.locator("body")).not_to_contain_text("SIMULATED")
        expect(tile(page, "change")).to_contain_text("No earlier wave")

    def test_charts_and_tiles_bear_the_names_their_own_study_gives(self, page, privacy):
        page.goto(f"{privacy}?lang=en")
        expect(tile(page, "score").locator("h2")).to_have_text("Concern about tracking")
        expect(page.get_by_test_id("chart-issues").locator("h2")).to_have_text("Race (one or more)")

    def test_a_base_too_small_shows_no_number_anywhere(self, page, privacy, built):
        page.goto(f"{privacy}?lang=en&by=state&level=WY")
        expect(tile(page, "score")).to_contain_text("Base too small")
        expect(page.get_by_test_id("chart-trend")).to_contain_text("Base too small")


class TestPhone:
    def test_a_phone_does_not_scroll_sideways(self, page, perception):
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{perception}?lang=en")
        expect(tile(page, "score")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 390

    def test_a_phone_shows_that_a_chart_is_simulated_and_goes_on_to_the_right(
        self, page, perception
    ):
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(f"{perception}?lang=en")
        chart = page.get_by_test_id("chart-trend")
        mark = chart.locator(".badge")
        expect(mark).to_contain_text("SIMULATED")
        box = mark.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        expect(chart.get_by_text("Swipe sideways")).to_be_visible()
        page.set_viewport_size({"width": 1280, "height": 900})
        expect(mark).to_be_hidden()  # the chart's own mark is in sight

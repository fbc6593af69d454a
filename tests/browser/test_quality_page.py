"""The quality report in a browser: nothing reaches beyond a desk's or a telephone's screen."""

import pytest

from tests.unit.quality.conftest import judged as judged  # the fixture
from tests.unit.quality.test_page import pages

BEYOND = """() => [...document.querySelectorAll("body *")].filter(e => {
  const box = e.getBoundingClientRect();
  return box.width && !e.closest(".scroll") && (box.right > innerWidth + 1 || box.left < -1);
}).map(e => e.className + ": " + e.textContent.slice(0, 40))"""
CUT = """() => [...document.querySelectorAll("h1, h2, h3, p, small, td, th, .num, .chips span, .matrix > span")]
  .filter(e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).display !== "inline")
  .map(e => e.textContent.slice(0, 40))"""  # noqa: E501


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("width", [1280, 390])
def test_every_word_and_picture_fits(page, judged, tmp_path, language, width):
    path = tmp_path / "quality.html"
    path.write_text(pages(judged, judged.findings())[language], encoding="utf-8")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path.as_uri())
    assert page.evaluate(BEYOND) == []
    assert page.evaluate(CUT) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width

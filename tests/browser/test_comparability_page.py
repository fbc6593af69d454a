"""The comparison of waves in a browser: nothing is cut, and every mark on it is explained."""

import pytest

from dashboards.cli import main
from tests.browser.test_quality_page import BEYOND, CUT
from tests.unit.instrument.comparability.conftest import NEW, OLD
from tests.unit.instrument.comparability.conftest import two_waves as two_waves  # the fixture
from tests.unit.instrument.comparability.test_diff_waves import changed as changed  # the fixture

CHIPS = "found => found.map(chip => chip.textContent)"


@pytest.mark.parametrize(("language", "width"), [("zh", 1280), ("zh", 390), ("en", 390)])
def test_every_word_fits_and_every_mark_is_explained(page, changed, tmp_path, language, width):
    path = tmp_path / "waves.html"
    told = ["diff-waves", OLD, NEW, "--study", "tiny", "--lang", language, "--html", str(path)]
    assert main(["--project", str(changed.root), *told]) == 0
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(path.as_uri())
    assert page.evaluate(BEYOND) == []
    assert page.evaluate(CUT) == []
    table = "document.querySelector('.scroll')"
    assert page.evaluate(f"{table}.scrollWidth - {table}.clientWidth") == 0
    explained = set(page.locator(".legend .chip").evaluate_all(CHIPS))
    assert set(page.locator(".matrix .chip, .card .chip").evaluate_all(CHIPS)) == explained

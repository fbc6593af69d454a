"""The committed fonts: whole, free, named as the templates name them, with the letters needed."""

import pytest
from fontTools.ttLib import TTFont

from analysis.figures import fonts
from survey.errors import ReportError

NAMES = [f"{family}-{style}.ttf" for family in fonts.FAMILIES for style in fonts.STYLES]
PRINTED = "−±×≤≥≈²³₁†‡•…–—‰→①⑳│█℃￥“”《》、。ŁőŸé"


@pytest.fixture(params=NAMES)
def font(request, checkout):
    with TTFont(checkout.root / fonts.FOLDER / request.param, lazy=True) as opened:
        yield opened


class TestCommittedFonts:
    def test_they_are_the_recorded_ones(self, checkout):
        fonts.check(checkout.root)

    def test_an_altered_one_is_an_error(self, tmp_path):
        (tmp_path / fonts.FOLDER).mkdir(parents=True)
        (tmp_path / fonts.FOLDER / fonts.SUMS).write_text("00  NotoSansSC-Bold.ttf\n")
        with pytest.raises(ReportError, match="NotoSansSC-Bold"):
            fonts.check(tmp_path)

    def test_every_chinese_character_of_gbk_is_there(self, font):
        ideographs = {c for c in fonts.characters() if 0x4E00 <= c <= 0x9FA5}
        assert len(ideographs) == 20902
        assert ideographs <= set(font.getBestCmap())

    def test_letters_of_all_european_languages_are_there(self, font):
        lacking = set(range(0xA0, 0x180)) - set(font.getBestCmap())
        assert {chr(code) for code in lacking} <= set("ĬĭĲĳŦŧ")  # Source Serif has none to lend

    def test_lent_letters_fit_the_others(self, font):
        """Lent capitals are as high as their own: L and its Polish sister."""
        glyphs, names = font["glyf"], font.getBestCmap()
        own, lent = (glyphs[names[ord(letter)]].yMax for letter in "LŁ")
        assert lent == pytest.approx(own, rel=0.05)

    def test_the_signs_that_figures_and_notes_print_are_there(self, font):
        assert not [sign for sign in PRINTED if ord(sign) not in font.getBestCmap()]

    def test_families_are_named_as_the_templates_name_them(self, font):
        name = font["name"]
        assert name.getDebugName(1) in ("Noto Sans SC", "Noto Serif SC")
        assert name.getDebugName(2) in fonts.STYLES

    def test_they_hold_glyf_outlines_without_hints(self, font):
        assert "glyf" in font
        assert not {"fpgm", "prep", "cvt ", "CFF "} & set(font.keys())

    def test_the_licence_lies_beside_them(self, checkout):
        text = (checkout.root / fonts.FOLDER / fonts.LICENCE).read_text(encoding="utf-8")
        assert "SIL OPEN FONT LICENSE Version 1.1" in text

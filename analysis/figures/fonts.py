"""The committed fonts: their check, and how they were made (`make fonts`).

Four static TrueType subsets of Noto Sans SC and Noto Serif SC make a picture look the same on
every machine. Decided here: which characters they hold, which letters are lent to them, and what
is left out of the files. That nothing but these fonts is seen is decided in
report_templates/fonts/fonts.conf.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from analysis.figures import npm
from survey.bootstrap import SetupError, check_fonts
from survey.errors import ReportError
from survey.io.atomic import sha256, write_bytes, write_text

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FOLDER = Path("report_templates") / "fonts"
CONFIG = "fonts.conf"
SUMS = "SHA256SUMS"
LICENCE = "OFL.txt"


@dataclass(frozen=True)
class Source:
    """An npm package with static fonts, what their files are called, and the weights taken."""

    package: npm.Package
    files: str
    regular: str = "400Regular"
    bold: str = "700Bold"


# Noto's Chinese fonts have the Western letters of these, but not all of them: the rest is lent.
FAMILIES = {
    "NotoSansSC": Source(
        npm.Package(
            "@expo-google-fonts/noto-sans-sc",
            "0.4.3",
            "9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==",
        ),
        "NotoSansSC",
    ),
    "NotoSerifSC": Source(
        npm.Package(
            "@expo-google-fonts/noto-serif-sc",
            "0.4.3",
            "fSmUpiSFtSeyHV45/2xUOy5SdfExklQwwMKN3cQjAZAujITHDmSbpMHCVdCMhRqMjQtu0ZRgc29u8A+CU3akfw==",
        ),
        "NotoSerifSC",
    ),
}
LENDERS = {
    "NotoSansSC": Source(
        npm.Package(
            "@expo-google-fonts/source-sans-3",
            "0.4.1",
            "sxsO4kfxQnVMT6ri/yWiBefkgem6suvc7KWJ4m/kWGTGqxkGouxG7MQsZ8XR6wqasxYZxdWK1gtusMBLSZDiiA==",
        ),
        "SourceSans3",
    ),
    "NotoSerifSC": Source(
        npm.Package(
            "@expo-google-fonts/source-serif-4",
            "0.4.1",
            "Ej4UXDjW1kwYPHG8YLq6fK1bqnJGb3K35J3S5atSL0ScKFAFLKvndxoTWeCls7mybtlS9x99hzwDeXCBkiI3rA==",
        ),
        "SourceSerif4",
        bold="600SemiBold",  # Noto Serif SC Bold has lighter Western letters than Source Serif Bold
    ),
}
STYLES = ("Regular", "Bold")

# What GBK lacks: Western letters, signs that charts and footnotes print, forms of East Asian text.
BESIDE_GBK = (
    (0x0020, 0x017F),  # Basic Latin, Latin-1, Latin Extended-A
    (0x2000, 0x206F),  # general punctuation: dashes, daggers, ellipsis, thin spaces
    (0x2070, 0x209F),  # superscripts and subscripts
    (0x20A0, 0x20BF),  # currencies
    (0x2100, 0x218F),  # letterlike signs, number forms
    (0x2190, 0x21FF),  # arrows
    (0x2200, 0x22FF),  # mathematical operators, the minus sign U+2212 among them
    (0x2460, 0x24FF),  # circled digits and letters
    (0x2500, 0x25FF),  # box drawing, blocks, geometric shapes
    (0x2600, 0x27BF),  # stars, ticks and crosses
    (0x3000, 0x303F),  # CJK punctuation
    (0xFF00, 0xFFEF),  # full-width and half-width forms
)
# Vertical writing, ruby and the variants of other countries are left out.
FEATURES = ["ccmp", "locl", "kern", "mark", "liga", "halt", "chws", "pwid"]


def characters() -> set[int]:
    """Code points the subsets hold, as far as Noto draws them."""
    chosen = {c for first, last in BESIDE_GBK for c in range(first, last + 1)}
    for lead in range(0x81, 0xFF):
        for trail in range(0x40, 0xFF):
            text = bytes([lead, trail]).decode("gbk", errors="ignore")
            chosen.update(map(ord, text if len(text) == 1 else ""))
    return chosen


def check(root: Path) -> None:
    """Raise ReportError unless every committed font is there with its recorded sha256."""
    try:
        check_fonts(str(root))
    except SetupError as fault:
        raise ReportError(fault.what, where=FOLDER.as_posix(), hint=fault.cure) from fault


def fingerprint(root: Path) -> str:
    """One digest of the fonts and their configuration, from the recorded sums."""
    parts = [(root / FOLDER / name).read_bytes() for name in (SUMS, CONFIG)]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def make(root: Path, tell: npm.Tell) -> list[Path]:
    """Make the subsets again from the pinned packages; the same bytes on every run.

    Returns
    -------
    list of Path
        The fonts, their licence and their sums, as written.
    """
    folder = root / FOLDER
    fonts: dict[str, bytes] = {}
    copyrights: list[str] = []
    wanted = characters()
    for family, source in FAMILIES.items():
        with ExitStack() as stack:
            chinese, western = (
                _Archive(stack, root, one, tell) for one in (source, LENDERS[family])
            )
            for style in STYLES:
                tell(f"Subsetting {family}-{style}")
                font, lender = chinese.font(style), western.font(style)
                _subset(font, wanted)
                _lend(lender, font, wanted)
                fonts[f"{family}-{style}.ttf"] = _bytes(font)
            copyrights += [
                f"{f['name'].getBestFamilyName()}: {f['name'].getDebugName(0)}"
                for f in (font, lender)
            ]
            licence = chinese.member("LICENSE_FONT").decode("utf-8")
    written = [write_bytes(folder / name, data) for name, data in sorted(fonts.items())]
    sums = "".join(f"{sha256(path)}  {path.name}\n" for path in written)
    licence_file = write_text(folder / LICENCE, _licence_text(copyrights, licence))
    return [*written, licence_file, write_text(folder / SUMS, sums)]


class _Archive:
    """A fetched package, open for as long as the stack."""

    def __init__(self, stack: ExitStack, root: Path, source: Source, tell: npm.Tell) -> None:
        tarball = stack.enter_context(npm.fetched(source.package, root, tell))
        self.archive = stack.enter_context(tarfile.open(tarball))  # noqa: SIM115
        self.source = source

    def member(self, name: str) -> bytes:
        file = self.archive.extractfile(f"package/{name}")
        assert file is not None, name  # the package is pinned: its members cannot change
        return file.read()

    def font(self, style: str) -> TTFont:
        from fontTools.ttLib import TTFont

        weight = getattr(self.source, style.lower())
        data = self.member(f"{weight}/{self.source.files}_{weight}.ttf")
        return TTFont(io.BytesIO(data), recalcTimestamp=False)


def _subset(font: TTFont, wanted: set[int]) -> None:
    from fontTools.subset import Options, Subsetter

    options = Options(
        hinting=False,
        layout_features=FEATURES,
        name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14],
        name_languages=[0x409],
        drop_tables=["vhea", "vmtx", "BASE", "STAT", "DSIG", "gasp"],
        notdef_outline=True,
        recalc_timestamp=False,
    )
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=wanted)
    subsetter.subset(font)


def _lend(lender: TTFont, font: TTFont, wanted: set[int]) -> None:
    """Copy the wanted glyphs that only `lender` has, scaled so that both have one x-height."""
    from fontTools.pens.recordingPen import DecomposingRecordingPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    has, can_lend = font.getBestCmap(), lender.getBestCmap()
    scale = _x_height(font) / _x_height(lender)
    glyphs = lender.getGlyphSet()
    for code in sorted((wanted - set(has)) & set(can_lend)):
        outline = DecomposingRecordingPen(glyphs)
        glyphs[can_lend[code]].draw(outline)
        pen = TTGlyphPen(None)
        outline.replay(TransformPen(pen, (scale, 0, 0, scale, 0, 0)))
        name = f"lent{code:04X}"
        font.setGlyphOrder([*font.getGlyphOrder(), name])
        font["glyf"][name] = glyph = pen.glyph()
        glyph.recalcBounds(font["glyf"])
        width = round(glyphs[can_lend[code]].width * scale)
        font["hmtx"][name] = (width, getattr(glyph, "xMin", 0))
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[code] = name


def _x_height(font: TTFont) -> int:
    return font["glyf"][font.getBestCmap()[ord("x")]].yMax


def _bytes(font: TTFont) -> bytes:
    written = io.BytesIO()
    font.save(written, reorderTables=True)
    return written.getvalue()


def _licence_text(copyrights: list[str], licence: str) -> str:
    """The one licence below every copyright line."""
    mark = "This Font Software is licensed"
    changed = (
        "Changed by analysis/figures/fonts.py: static subsets without hints; Western letters that\n"
        "the Noto fonts lack come, scaled, from Source Sans 3 and Source Serif 4."
    )
    return "\n".join([*copyrights, changed, "", mark + licence.split(mark, 1)[1].rstrip(), ""])

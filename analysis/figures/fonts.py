"""The committed fonts: their check, and how they were made (`make fonts`).

Four static TrueType subsets of Noto Sans SC and Noto Serif SC make a picture look the same on
every machine. Decided here: which characters they hold and what is left out of the files. That
nothing but these fonts is seen is decided in report_templates/fonts/fonts.conf.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

from analysis.figures import npm
from survey.bootstrap import SetupError, check_fonts
from survey.errors import ReportError
from survey.io.atomic import write_bytes, write_text

FOLDER = Path("report_templates") / "fonts"
CONFIG = "fonts.conf"
SUMS = "SHA256SUMS"
LICENCE = "OFL.txt"

PACKAGES = {
    "NotoSansSC": npm.Package(
        "@expo-google-fonts/noto-sans-sc",
        "0.4.3",
        "9rAwdFTFHbO/u6Cs0gj2jZbW74TGIiaFNQnXYH2s5wA1bzVkwbaviL4t8YUV642eGYjg86eH6DkAEQmfNHDncQ==",
    ),
    "NotoSerifSC": npm.Package(
        "@expo-google-fonts/noto-serif-sc",
        "0.4.3",
        "fSmUpiSFtSeyHV45/2xUOy5SdfExklQwwMKN3cQjAZAujITHDmSbpMHCVdCMhRqMjQtu0ZRgc29u8A+CU3akfw==",
    ),
}
WEIGHTS = {"Regular": "400Regular", "Bold": "700Bold"}

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
    written, copyrights, wanted = [], [], characters()
    for family, package in PACKAGES.items():
        with npm.fetched(package, root, tell) as tarball, tarfile.open(tarball) as archive:
            licence = _member(archive, "LICENSE_FONT").decode("utf-8").strip()
            for style, source in WEIGHTS.items():
                full = _member(archive, f"{source}/{family}_{source}.ttf")
                tell(f"Subsetting {family}-{style}")
                subset, copyright_line = _subset(full, wanted)
                written.append(write_bytes(folder / f"{family}-{style}.ttf", subset))
            copyrights.append(f"{family}: {copyright_line}")
    sums = [
        f"{hashlib.sha256(font.read_bytes()).hexdigest()}  {font.name}\n"
        for font in sorted(written)
    ]
    written.append(write_text(folder / LICENCE, _licence_text(copyrights, licence)))
    written.append(write_text(folder / SUMS, "".join(sums)))
    return written


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(f"package/{name}")
    assert file is not None, f"{name} is not a file"  # the tarball is pinned: it cannot change
    return file.read()


def _subset(full: bytes, wanted: set[int]) -> tuple[bytes, str]:
    """The smaller font, and the copyright line that stands in it."""
    from fontTools.subset import Options, Subsetter
    from fontTools.ttLib import TTFont

    font = TTFont(io.BytesIO(full), recalcTimestamp=False)
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
    written = io.BytesIO()
    font.save(written, reorderTables=True)
    return written.getvalue(), font["name"].getDebugName(0)


def _licence_text(copyrights: list[str], licence: str) -> str:
    """The one licence below the copyright lines of both families."""
    mark = "This Font Software is licensed"
    changed = "Changed: static subsets without hints, made by analysis/figures/fonts.py."
    return "\n".join([*copyrights, changed, "", mark + licence.split(mark, 1)[1], ""])

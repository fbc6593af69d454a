"""The pinned npm build of Chromium: for machines that have no browser, without root.

Decided here: which build, and how it is unpacked into `.browser/`: the executable with its
graphics libraries beside it, the NSS libraries it needs in lib/. When it is used is decided in
browser.py.
"""

from __future__ import annotations

import io
import platform
import shutil
import sys
import tarfile
import tempfile
from pathlib import Path

from analysis.figures import npm
from survey.errors import ReportError

PACKAGE = npm.Package(
    "@sparticuz/chromium",
    "153.0.0",
    "jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==",
)
EXECUTABLE = "chromium"
LIBRARIES = "lib"


def folder(root: Path) -> Path:
    """Where this version is, once unpacked."""
    return root / ".browser" / f"chromium-{PACKAGE.version}"


def fetch(root: Path, tell: npm.Tell) -> None:
    """Fetch and unpack it; its folder appears whole or not at all.

    Raises
    ------
    ReportError
        On a machine it is not built for, or when npm, the digest or the disk fails.
    """
    if (sys.platform, platform.machine()) != ("linux", "x86_64"):
        raise ReportError(
            "no browser on PATH, and the npm build is for Linux on x86_64 only, not "
            f"{sys.platform} on {platform.machine()}",
            hint="install Chromium or Chrome, or set BROWSER_PATH to one",
        )
    with npm.fetched(PACKAGE, root, tell) as tarball:
        tell("Unpacking the browser into .browser/")
        half = Path(tempfile.mkdtemp(prefix="half-", dir=root / ".browser"))
        try:
            _unpack(tarball, half)
            half.chmod(0o755)
            shutil.rmtree(folder(root), ignore_errors=True)
            half.replace(folder(root))
        except OSError as error:
            raise ReportError(
                f"the browser could not be unpacked: {error}",
                where=str(root / ".browser"),
                hint="it needs 300 MB of free disk",
            ) from error
        finally:
            shutil.rmtree(half, ignore_errors=True)


def _unpack(tarball: Path, into: Path) -> None:
    import brotli

    with tarfile.open(tarball) as archive:
        _place(into / EXECUTABLE, brotli.decompress(_read(archive, "package/bin/chromium.br")))
        for name in ("swiftshader", "al2023"):
            packed = brotli.decompress(_read(archive, f"package/bin/{name}.tar.br"))
            with tarfile.open(fileobj=io.BytesIO(packed)) as inner:
                for member in filter(tarfile.TarInfo.isfile, inner.getmembers()):
                    _place(into / member.name, _read(inner, member.name))


def _read(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    assert file is not None, name  # the package is pinned: its members cannot change
    return file.read()


def _place(path: Path, data: bytes) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)
    path.chmod(0o755)

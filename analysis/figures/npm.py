"""Fetching a pinned npm package: `npm pack`, then a check of its sha512.

Decided here: which npm is used (the one on PATH, else one installed from requirements-browser.lock)
and that nothing is unpacked before its digest is right. Which packages are pinned is decided where
they are used: browser.py and fonts.py. Only set-up and `make fonts` come here; a build never does.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from survey.bootstrap import SetupError, pip_install
from survey.errors import ReportError

WHEEL_LOCK = "requirements-browser.lock"
MOST_SECONDS = 600

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Package:
    """One version of an npm package and the base64 sha512 of its tarball (npm's `integrity`)."""

    name: str
    version: str
    sha512: str

    def __str__(self) -> str:
        return f"{self.name}@{self.version}"


@contextmanager
def fetched(package: Package, root: Path, tell: Tell) -> Iterator[Path]:
    """The package's tarball, checked, in a folder that is gone after the block.

    Raises
    ------
    ReportError
        If there is no npm and none can be installed, if npm fails, or if the digest is wrong.
    """
    npm = _npm(root, tell)
    with tempfile.TemporaryDirectory(prefix="npm-", dir=_scratch(root)) as folder:
        tell(f"Fetching {package} with {npm}")
        yield _checked(package, _pack(npm, package, Path(folder)))


def _scratch(root: Path) -> Path:
    """A folder on the project's disk: the system's temporary folder may be too small."""
    folder = root / ".browser"
    folder.mkdir(exist_ok=True)
    return folder


def _npm(root: Path, tell: Tell) -> str:
    beside_python = Path(sys.executable).parent
    found = shutil.which("npm") or shutil.which("npm", path=str(beside_python))
    if found:
        return found
    tell(f"No npm on PATH: installing the one of {WHEEL_LOCK}")
    try:
        pip_install(sys.executable, ["--require-hashes", "-r", str(root / WHEEL_LOCK)])
    except SetupError as fault:
        raise ReportError(
            f"there is no npm on PATH, and none could be installed: {fault.what}",
            hint=f"{fault.cure}; or install npm, or set BROWSER_PATH to a Chromium or Chrome",
        ) from fault
    return str(beside_python / "npm")


def _pack(npm: str, package: Package, folder: Path) -> Path:
    command = [npm, "pack", str(package), "--ignore-scripts", "--silent"]
    command += ["--pack-destination", str(folder), "--cache", str(folder / "cache")]
    # node stands beside npm, and beside this Python when npm came from a wheel
    path = os.pathsep.join([str(Path(npm).parent), os.environ.get("PATH", os.defpath)])
    try:
        run = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, "PATH": path, "npm_config_loglevel": "error"},
            capture_output=True,
            text=True,
            timeout=MOST_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise _unfetched(package, f"npm took more than {MOST_SECONDS} s") from error
    tarballs = sorted(folder.glob("*.tgz"))
    if run.returncode or len(tarballs) != 1:
        raise _unfetched(package, _reason(run.stderr) or f"npm ended with {run.returncode}")
    return tarballs[0]


def _reason(errors: str) -> str:
    """npm's own words, without its log prefixes and the stack below the message."""
    lines = [
        line.replace("npm error", "").replace("npm ERR!", "").strip()
        for line in errors.splitlines()
    ]
    told = [line for line in lines if line and not line.startswith(("at ", "A complete log"))]
    return "; ".join(told[:4])


def _unfetched(package: Package, reason: str) -> ReportError:
    return ReportError(
        f"npm could not fetch {package}: {reason}",
        hint="check the network or npm's registry and proxy settings (npm config list), "
        "or set BROWSER_PATH to a Chromium or Chrome",
    )


def _checked(package: Package, tarball: Path) -> Path:
    with tarball.open("rb") as file:
        digest = base64.b64encode(hashlib.file_digest(file, "sha512").digest()).decode()
    if digest != package.sha512:
        raise ReportError(
            f"{package} is not the file that was pinned: its sha512 differs",
            expected=package.sha512,
            hint="do not use it; a mirror or proxy may have altered it, try another registry",
        )
    return tarball

"""Set-up from nothing: `.venv` from the lock, the project in it, fonts checked, a browser found.

Run as `python3 survey/bootstrap.py`, before any package is there: only the standard library, in
words an old Python can still read, so that it can say it is too old. Decided here: what is
installed, in which order, and what each failure is called. Which browser is taken is decided in
analysis/figures/browser.py. A stamp, `.venv/.ready`, keeps anything from being done twice.
"""

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

OLDEST = (3, 11)
NEWER = ("python3.14", "python3.13", "python3.12", "python3.11")
LOCK = "requirements.lock"
FONTS = "report_templates/fonts"
STAMPED = (LOCK, "pyproject.toml", FONTS + "/SHA256SUMS")
DISK_NEED = "about 1.5 GB"

SOURCE_ONLY = "jieba"  # pure Python that is published as source alone

# What pip says, what that means, and what to do. The first that matches is told.
PIP_FAILURES = (
    (
        r"DO NOT MATCH THE HASHES[\s\S]*?\n\s+(?P<name>[A-Za-z0-9._-]+)",
        "the package {name} is not the file that was locked: its sha256 differs",
        "do not install it; a mirror or proxy may have altered it, try another index",
    ),
    (
        r"No space left on device|Errno 28|Disk quota exceeded",
        "the disk is full: {free}",
        DISK_NEED + " are needed; free some space, or point TMPDIR to a larger disk",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLError",
        "the package index's certificate was not accepted",
        "set PIP_CERT to the certificate file of your network's proxy",
    ),
    (
        r"NewConnectionError|NameResolutionError|Temporary failure in name resolution"
        r"|Failed to establish|ConnectTimeout|Read timed out|ConnectionResetError|ProxyError"
        r"|Network is unreachable|Connection refused|Connection broken",
        "no network: the package index cannot be reached",
        "connect, or set https_proxy, or PIP_INDEX_URL to an index you can reach, "
        "or PIP_FIND_LINKS to a folder of wheels",
    ),
    (
        r"No matching distribution found for (?P<name>[^\s=(]+)",
        "there is no ready-made package of {name} for {python} on this machine",
        "use a Python from 3.11 to 3.14 (make PYTHON=python3.13 ...), or an index that has it",
    ),
    (
        r"Permission denied|Read-only file system",
        "a file may not be written: {line}",
        "make the project's folder yours, or remove .venv if another user made it",
    ),
)


class SetupError(Exception):
    """One thing set-up cannot get past: what it is, and its cure."""

    def __init__(self, what, cure):
        super().__init__(what + "\n  hint     " + cure)
        self.what = what
        self.cure = cure


def main():
    root = Path(__file__).resolve().parent.parent
    try:
        return set_up(root, tell=Teller())
    except SetupError as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up was stopped; run it again to go on", file=sys.stderr)
        return 130


def set_up(root, tell):
    """Bring the checkout at `root` to where `perception` runs; 0, or an exit code."""
    require_python(sys.version_info[:2], shutil.which)
    stamp = root / ".venv" / ".ready"
    if not (stamp.is_file() and stamp.read_text() == digest(root)):
        python = _install(root, tell)
    elif _browser_chosen(root):
        stamp.touch()  # newer than the files it depends on: make need not ask again
        return 0
    else:
        python = _python_in(root / ".venv")
    tell("Looking for a browser")
    command = [python, "-m", "analysis.figures.browser"]
    code = subprocess.call(command, cwd=str(root), env=_environment())
    if code == 0:
        stamp.write_text(digest(root))
        tell("Ready")
    return code


def _install(root, tell):
    tell(f"Preparing .venv with {_python()}")
    python = make_venv(root / ".venv")
    tell(f"Installing {_count(root / LOCK)} packages from {LOCK}")
    wheels = ["--only-binary", ":all:", "--no-binary", SOURCE_ONLY]
    locked = ["--require-hashes", *wheels, "-r", str(root / LOCK)]
    pip_install(python, locked, tell)
    pip_install(python, ["--no-deps", "--no-build-isolation", "--quiet", "-e", str(root)])
    tell("Checking the fonts")
    check_fonts(root)
    return python


def _python_in(venv):
    return str(venv / "bin" / "python")


def _browser_chosen(root):
    """Whether set-up has recorded a browser that is still there, or BROWSER_PATH names one."""
    try:
        chosen = json.loads((root / ".browser" / "choice.json").read_text())["chosen"]
    except (OSError, ValueError, KeyError, TypeError):
        chosen = ""
    return bool(os.environ.get("BROWSER_PATH")) or Path(chosen or "absent").is_file()


def digest(root):
    """One sha256 of all that set-up depends on; the place counts, as .venv cannot be moved."""
    whole = hashlib.sha256(f"{root} {sys.version}".encode())
    for name in STAMPED:
        path = root / name
        whole.update(path.read_bytes() if path.is_file() else b"absent")
    return whole.hexdigest()


def require_python(version, which):
    """Go on with this Python, or start again with a newer one on PATH.

    Raises
    ------
    SetupError
        If this Python is too old and PATH has no other.
    """
    if version >= OLDEST:
        return
    newer = [found for found in map(which, NEWER) if found]
    if newer:
        os.execv(newer[0], [newer[0], *sys.argv])
    raise SetupError(
        f"{_python(version)} is too old: 3.11 or newer is needed",
        "install one (apt install python3.11 python3.11-venv, python.org, conda), "
        "then name it: make PYTHON=/path/to/python3.11 setup",
    )


def make_venv(folder, which=shutil.which, run=subprocess.run):
    """Make the virtual environment unless a working one is there; its Python's path.

    Python's own venv first; where it lacks ensurepip (Debian ships that apart), virtualenv or uv.
    """
    python = _python_in(folder)
    if Path(python).exists() and _works([python, "-m", "pip", "--version"], run):
        return python
    shutil.rmtree(str(folder), ignore_errors=True)  # half-made, or of a Python that is gone
    said = []
    for command in _makers(folder, which, run):
        made = run(
            command,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
        if made.returncode == 0:
            return python
        said.append(made.stdout.strip())
    if said:
        raise diagnose("\n".join(said), ".venv could not be made")
    raise SetupError(
        "this Python cannot make a virtual environment: it has no ensurepip",
        f"on Debian or Ubuntu: apt install {_python().lower().replace(' ', '')}-venv (as root); "
        "without root: put virtualenv or uv on PATH, or name another Python with make PYTHON=...",
    )


def _makers(folder, which, run):
    here = sys.executable
    if _works([here, "-c", "import ensurepip, venv"], run):
        yield [here, "-m", "venv", str(folder)]
    if _works([here, "-m", "virtualenv", "--version"], run):
        yield [here, "-m", "virtualenv", str(folder)]
    if which("virtualenv"):
        yield [which("virtualenv"), "--python", here, str(folder)]
    if which("uv"):
        yield [which("uv"), "venv", "--seed", "--python", here, str(folder)]


def _works(command, run):
    try:
        return run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0
    except OSError:
        return False


def pip_install(python, arguments, tell=None):
    """Run `pip install` with `arguments`; a SetupError names what went wrong."""
    command = [python, "-m", "pip", "install", "--progress-bar", "off", "--no-input", *arguments]
    said, seen = [], 0
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
        env=_environment(),
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            if tell and line.startswith("Collecting "):
                seen += 1
                tell.count(seen, line.split()[1].split("==")[0])
            elif tell and line.startswith("Installing collected"):
                tell.count(seen, "unpacking")
    if pip.returncode:
        raise diagnose("".join(said), "pip could not install")


def diagnose(said, otherwise):
    """The SetupError for what a tool printed; its last lines where no known failure is in it."""
    for pattern, what, cure in PIP_FAILURES:
        found = re.search(pattern, said)
        if found:
            line = said[said.rfind("\n", 0, found.start()) + 1 :].split("\n", 1)[0].strip()
            facts = {"free": _free(), "line": line, "python": _python()}
            return SetupError(what.format(**dict(facts, **found.groupdict())), cure)
    last = [line.strip() for line in said.strip().splitlines() if line.strip()][-3:]
    return SetupError(
        otherwise + ": " + " | ".join(last),
        "run make setup again; if it fails again, remove .venv",
    )


def _python(version=sys.version_info):
    return f"Python {version[0]}.{version[1]}"


def _free():
    places = sorted({str(Path.cwd()), tempfile.gettempdir()})
    return ", ".join(f"{shutil.disk_usage(p).free // 2**20} MB free at {p}" for p in places)


def check_fonts(root):
    """Raise SetupError unless every font in SHA256SUMS is there with its sha256."""
    folder = Path(str(root)) / FONTS
    sums = folder / "SHA256SUMS"
    cure = f"restore them: git checkout -- {FONTS} (or make them again: make fonts)"
    if not sums.is_file():
        raise SetupError(f"the fonts are missing: there is no {FONTS}/SHA256SUMS", cure)
    wrong = []
    for line in sums.read_text().splitlines():
        recorded, name = line.split()
        font = folder / name
        if not font.is_file():
            wrong.append(name + " is missing")
        elif hashlib.sha256(font.read_bytes()).hexdigest() != recorded:
            wrong.append(name + " has another sha256 than recorded")
    if wrong:
        raise SetupError("fonts in {} are wrong: {}".format(FONTS, ", ".join(wrong)), cure)


def _count(lock):
    return sum("==" in line and not line.startswith("#") for line in lock.read_text().splitlines())


def _environment():
    """The environment without what would send pip or Python elsewhere than into .venv."""
    astray = ("PYTHONHOME", "PYTHONPATH", "PIP_TARGET", "PIP_PREFIX", "PIP_USER", "PIP_ROOT")
    kept = {name: value for name, value in os.environ.items() if name not in astray}
    quiet = {
        "PIP_DISABLE_PIP_VERSION_CHECK": "1",
        "PIP_ROOT_USER_ACTION": "ignore",
        "PYTHONUTF8": "1",
    }
    return dict(kept, **quiet)


class Teller:
    """Tells the steps on standard error; a running count on a terminal, nothing in CI."""

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.quiet = os.environ.get("CI", "").lower() not in ("", "0", "false")
        self.counts = not self.quiet and self.stream.isatty()

    def __call__(self, step):
        if not self.quiet:
            self.stream.write(("\r\033[K" if self.counts else "") + "set-up: " + step + "\n")
            self.stream.flush()

    def count(self, done, what):
        if self.counts:
            self.stream.write(f"\r\033[K        {done} {what}")
            self.stream.flush()


if __name__ == "__main__":
    sys.exit(main())

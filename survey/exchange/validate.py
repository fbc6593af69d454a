"""Other people's checks of what is exported: pyxform, and ODK Validate where Java is there.

Decided here: what is said of each; a check that cannot be run is named, never passed over.
"""

from __future__ import annotations

import shutil
import subprocess
import warnings
from pathlib import Path

from survey.errors import InstrumentError

SECONDS = 120  # ODK Validate may take on a large form


def validate_xlsform(path: Path, *, java: str | None = None) -> list[str]:
    """Convert a form with pyxform and check the result with ODK Validate.

    Returns
    -------
    One line per check: what it said, or why it was not run.

    Raises
    ------
    InstrumentError
        If pyxform or ODK Validate refuses the form.
    """
    try:
        from pyxform.errors import PyXFormError
        from pyxform.xls2xform import convert
    except ImportError:
        return ["not checked by pyxform: it is not installed"]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            made = convert(str(path), validate=False)
    except PyXFormError as fault:
        raise InstrumentError(f"pyxform refuses it: {fault}", where=str(path)) from None
    lines = [f"pyxform converts it ({len(made.warnings)} remarks)"]
    lines += [f"pyxform: {' '.join(told.split())}" for told in made.warnings]
    return [*lines, odk_validate(made.xform, path, java=java)]


def odk_validate(xform: str, path: Path, *, java: str | None = None) -> str:
    """What ODK Validate says of an XForm."""
    import tempfile

    program = java or shutil.which("java")
    jar = _jar()
    if program is None or jar is None:
        missing = "Java" if program is None else "its jar"
        return f"not checked by ODK Validate: {missing} is not here"
    with tempfile.TemporaryDirectory() as folder:
        form = Path(folder) / "form.xml"
        form.write_text(xform, encoding="utf-8")
        command = [program, "-Djava.awt.headless=true", "-jar", str(jar), str(form)]
        try:
            done = subprocess.run(command, capture_output=True, timeout=SECONDS, check=False)
        except (OSError, subprocess.TimeoutExpired) as fault:
            return f"not checked by ODK Validate: it did not run ({fault})"
    told = (done.stdout + done.stderr).decode(errors="replace")
    if done.returncode != 0:
        last = " ".join(line.strip() for line in told.splitlines() if line.strip())
        raise InstrumentError(f"ODK Validate refuses it: {last[:600]}", where=str(path))
    return "ODK Validate finds it valid"


def _jar() -> Path | None:
    """The jar that comes with pyxform."""
    try:
        import pyxform.validators.odk_validate as package
    except ImportError:
        return None
    jar = Path(package.__file__).parent / "bin" / "ODK_Validate.jar"
    return jar if jar.is_file() else None

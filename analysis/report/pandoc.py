"""Running pandoc: Markdown in, a document out; nothing is read from the network."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from functools import cache
from importlib.util import find_spec
from pathlib import Path

from survey.errors import ReportError

# No citations: "@" is a sign here. No implicit figures: figures are placed by the formats.
READER = "markdown-citations-implicit_figures-tex_math_dollars"


def convert(
    markdown: str, to: str, *arguments: str, folder: Path, filters: Sequence[Path] = ()
) -> bytes:
    """`markdown` in another format.

    Raises
    ------
    ReportError
        With pandoc's own message if it fails.
    """
    command = [str(program()), f"--from={READER}", f"--to={to}", "--wrap=preserve", *arguments]
    command += [f"--lua-filter={path}" for path in filters]
    done = subprocess.run(command, input=markdown.encode(), capture_output=True, cwd=folder)
    if done.returncode:
        raise ReportError(f"pandoc cannot make {to}: {done.stderr.decode().strip()}")
    return done.stdout


@cache
def program() -> Path:
    """The pandoc that comes with the pypandoc_binary package."""
    found = find_spec("pypandoc")
    path = Path(found.origin).parent / "files" / "pandoc" if found and found.origin else None
    if path is None or not path.exists():
        raise ReportError(
            "pandoc is not installed", expected="the package pypandoc_binary", hint="run make setup"
        )
    return path

"""Readers written in C run in a child process with a time and a memory limit.

A broken or hostile file can crash such a reader or make it eat all memory; here that ends a child,
and its death becomes a DataError. The child imports its reader and nothing else, so it starts in a
fraction of a second. Request and answer are JSON over pipes: nothing an answer holds can run code
in the parent, and no answer of a respondent touches the disk on the way. What a file's cells mean
is decided in spss.py, excel.py and wjx.py.
"""

from __future__ import annotations

import base64
import json
import os
import signal
import subprocess
import sys
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from survey.errors import DataError, Fault

READERS = {
    "spss": "survey.io.spss",
    "stata": "survey.io.stata",
    "por": "survey.io.por",
    "sas": "survey.io.sas",
    "excel": "survey.io.excel",
    "workbook": "survey.io.workbook",
}
ROOT = Path(__file__).parents[2]
FAILED = "its reader failed"
EXPORT_AGAIN = "open the file in the program that wrote it and export it again"
OUT_OF_MEMORY = 75  # exit code of a child that met its memory limit


@dataclass(frozen=True)
class Limits:
    """What one reading may use. A wave raises them with `max_seconds`, `max_megabytes`.

    Attributes
    ----------
    seconds : of the processor
    megabytes : of address space
    patience : further seconds on the clock, for a machine that is busy with something else
    """

    seconds: float = 120
    megabytes: int = 4096
    patience: float = 0

    @classmethod
    def of(cls, options: Mapping[str, Any]) -> Limits:
        return cls(
            float(options.get("max_seconds", cls.seconds)),
            int(options.get("max_megabytes", cls.megabytes)),
        )

    @classmethod
    def for_file(cls, path: Path, options: Mapping[str, Any]) -> Limits:
        """Limits by the size of a file: a small one needs neither a minute nor 2 gigabytes.

        With its start a child that reads a small damaged file in circles ends within 10 seconds.
        """
        size = Path(path).stat().st_size / (1 << 20)
        least = cls(seconds=8 + 10 * size, megabytes=int(2000 + 100 * size), patience=60)
        return cls(
            float(options.get("max_seconds", min(least.seconds, 600))),
            int(options.get("max_megabytes", min(least.megabytes, 16384))),
            least.patience,
        )


def read_isolated(
    reader: str,
    path: Path,
    options: Mapping[str, Any],
    *,
    limits: Limits | None = None,
    command: Sequence[str] = (sys.executable, "-m", "survey.io.isolated"),
) -> dict[str, Any]:
    """Run `READERS[reader].read(path, options)` in a child and return what it returned.

    Returns
    -------
    dict with "columns": list of (name, cells), where cells are float, str or None; the other
    entries are the reader's own.

    Raises
    ------
    DataError
        If the reader refuses the file, dies, or meets a limit.
    """
    limits = limits or Limits.for_file(path, options)
    request = {
        "reader": reader,
        "path": str(path),
        "options": dict(options),
        "seconds": limits.seconds,
        "megabytes": limits.megabytes,
    }
    search = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = os.environ | {"PYTHONPATH": search, "OPENBLAS_NUM_THREADS": "1"}
    try:
        done = subprocess.run(
            list(command),
            input=json.dumps(request).encode(),
            capture_output=True,
            timeout=limits.seconds + limits.patience,
            env=environment,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise _stopped(path, limits, timed_out=True) from None
    if done.returncode != 0:
        raise _stopped(path, limits, code=done.returncode, said=done.stderr)
    return told(done.stdout)


def _stopped(
    path: Path, limits: Limits, *, code: int = 0, said: bytes = b"", timed_out: bool = False
) -> DataError:
    """How a child ended, as a person should read it."""
    raise_limit = "if the file is sound, raise raw.options.{} in the wave file"
    if timed_out or code == -getattr(signal, "SIGXCPU", 24):
        what = f"its reader was stopped after {limits.seconds:.3g} seconds"
        hint = raise_limit.format("max_seconds")
    elif code == OUT_OF_MEMORY:
        what = f"its reader needs more than {limits.megabytes} megabytes of memory"
        hint = raise_limit.format("max_megabytes")
    elif code < 0:
        what = f"its reader was killed ({_signal_name(-code)})"
        hint = f"the file is damaged, or needs more than {limits.megabytes} megabytes"
    else:
        last = said.decode(errors="replace").strip().splitlines()[-1:]
        what = FAILED + (f": {last[0]}" if last else f" with exit code {code}")
        hint = EXPORT_AGAIN
    return DataError(what, where=str(path), hint=hint)


def _signal_name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


# -- packing of cells --------------------------------------------------------------------------


def _pack(cells: list) -> Any:
    """Numbers as eight bytes each, blanks as NaN; anything else cell by cell."""
    if all(cell is None or type(cell) is float for cell in cells):
        numbers = array("d", [float("nan") if cell is None else cell for cell in cells])
        return base64.b64encode(numbers.tobytes()).decode()
    return cells


def _unpack(cells: Any) -> list:
    if isinstance(cells, str):
        numbers = array("d", base64.b64decode(cells))
        return [None if number != number else number for number in numbers]
    return cells


# -- the child ---------------------------------------------------------------------------------


def _serve() -> None:
    """Answer one request on standard input; everything a library prints goes to stderr."""
    answer_to = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    text = answer_of(json.load(sys.stdin))
    answer_to.write(text.encode(errors="replace"))
    answer_to.close()


def answer_of(request: Mapping[str, Any]) -> str:
    """Read one file in this process, under the request's limits; the answer as JSON.

    Raises
    ------
    SystemExit
        With OUT_OF_MEMORY, at once, if the memory limit is met.
    """
    try:
        module = import_module(READERS[request["reader"]])
        import_module(module.LIBRARY)
        set_limits(request["seconds"], request["megabytes"])
        answer = module.read(Path(request["path"]), request["options"])
        answer["columns"] = [(name, _pack(cells)) for name, cells in answer["columns"]]
        return json.dumps(answer, ensure_ascii=False)
    except DataError as error:
        return json.dumps({"faults": [vars(fault) for fault in error.faults]})
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except (KeyboardInterrupt, SystemExit):
        raise
    except BaseException as fault:  # a panic of a Rust reader is no Exception
        return json.dumps({"faults": [vars(_failed(fault, request["path"]))]})


def _failed(fault: BaseException, path: str) -> Fault:
    text = " ".join(str(fault).split())
    if "alloc" in text.lower():
        os._exit(OUT_OF_MEMORY)
    return Fault(f"{FAILED}: {type(fault).__name__}: {text[:200]}", where=path, hint=EXPORT_AGAIN)


def told(text: str | bytes) -> dict[str, Any]:
    """The child's JSON as an answer.

    Raises
    ------
    DataError
        If the reader refused the file.
    """
    answer = json.loads(text)
    if "faults" in answer:
        raise DataError(faults=[Fault(**fault) for fault in answer["faults"]])
    answer["columns"] = [(name, _unpack(cells)) for name, cells in answer["columns"]]
    return answer


def set_limits(seconds: float, megabytes: int) -> None:
    """Limits of this process. Where the system has none (Windows), only the time limit holds."""
    try:
        import resource
    except ImportError:
        return
    told = max(1, int(seconds))  # SIGXCPU, which says why; a second later SIGKILL, which does not
    memory = megabytes << 20
    for kind, most in (
        (resource.RLIMIT_CPU, (told, told + 1)),
        (resource.RLIMIT_AS, (memory, memory)),
    ):
        try:
            resource.setrlimit(kind, most)
        except (OSError, ValueError):  # macOS refuses RLIMIT_AS
            continue


if __name__ == "__main__":
    _serve()

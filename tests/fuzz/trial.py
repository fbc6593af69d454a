"""Mutated files read in a forked process, with the readers' own code and limits.

A fork of a process that has everything imported takes milliseconds where a new child takes most of
a second; it serves many files, and another takes its place where one dies. In the fork,
`read_isolated` reads in the same process: what would end the child ends the fork. Everything
outside the readers' child must raise nothing but a PerceptionError.
"""

from __future__ import annotations

import faulthandler
import json
import os
import resource
import select
import signal
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from survey.errors import PerceptionError
from survey.io import isolated, labelledfile, readers
from tests.fuzz.mutate import mutated
from tests.fuzz.seeds import Seed

SECONDS, MEGABYTES = 10, 2048
CLOCK = 60  # seconds on the clock, for a machine that is busy with something else
IN_CHILD = ("spss", "stata", "por", "sas", "excel")


@dataclass(frozen=True)
class Outcome:
    """What became of one file.

    `kind` is read, refused, contained (the readers' child fails or dies and that is told as a
    fault), or one that must not be: traceback, killed, hung, memory, wrong. `megabytes` are those
    beyond what the fork began with.
    """

    number: int
    kind: str
    told: str
    seconds: float
    megabytes: float


@dataclass(frozen=True)
class Job:
    """A seed and the number of its mutation; the number 0 leaves it as it is."""

    seed: Seed
    number: int
    other: bytes = b""

    def data(self) -> bytes:
        return mutated(self.seed.data, self.number, self.other) if self.number else self.seed.data


FAILURES = ("traceback", "killed", "hung", "memory", "wrong")


def tried(jobs: Sequence[Job], folder: Path) -> Iterator[Outcome]:
    """Read files in forks, one after the other, and say what became of each.

    A fork reads until it dies or all are read; the next one goes on after the file that ended it.
    """
    left = list(jobs)
    while left:
        ours, theirs = os.pipe()
        held = _resident()
        child = os.fork()
        if child == 0:
            os.close(ours)
            _in_the_fork(left, folder, theirs, held)
        os.close(theirs)
        lines, hung = _heard(ours, child)
        _, status, used = os.wait4(child, 0)
        for line in lines:
            told = json.loads(line)
            yield _judged(Outcome(left.pop(0).number, **told))
        if left:
            kind, text = _ended(left[0].seed, folder, status, hung)
            megabytes = used.ru_maxrss / 1024 - held
            yield _judged(Outcome(left.pop(0).number, kind, text, 0.0, megabytes))


def _judged(outcome: Outcome) -> Outcome:
    if outcome.megabytes > MEGABYTES:
        return replace(outcome, kind="memory")
    return replace(outcome, kind="hung") if outcome.seconds > SECONDS else outcome


def _heard(pipe: int, child: int) -> tuple[list[str], bool]:
    """The fork's lines, one a file, and whether it had to be stopped."""
    said, hung = b"", False
    while True:
        ready, _, _ = select.select([pipe], [], [], CLOCK)
        if not ready:
            os.kill(child, signal.SIGKILL)
            hung = True
            break
        piece = os.read(pipe, 1 << 16)
        if not piece:
            break
        said += piece
    os.close(pipe)
    return said.decode(errors="replace").split("\n")[:-1], hung


def _ended(seed: Seed, folder: Path, status: int, hung: bool) -> tuple[str, str]:
    """What ended a fork in the middle of a file.

    A child that meets the seconds of its file is stopped and that is told as a fault; it hung only
    if these are more than anybody should wait.
    """
    if hung:
        return "hung", f"nothing for {CLOCK} seconds on the clock"
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        if name == "SIGXCPU":
            given = isolated.Limits.for_file(folder / seed.name, {}).seconds
            if child_reads(seed) and given + 1 <= SECONDS:
                return "contained", f"its reader was stopped after {given:.3g} seconds"
            return "hung", "more than its seconds of the processor"
        return ("contained" if child_reads(seed) else "killed"), f"its reader was killed ({name})"
    if os.WEXITSTATUS(status) == isolated.OUT_OF_MEMORY and child_reads(seed):
        return "contained", "its reader needs too much memory"
    return "traceback", f"exit {os.WEXITSTATUS(status)} and not a word"


def child_reads(seed: Seed) -> bool:
    """Whether a seed is read in a child process, whose death is only a fault."""
    if seed.origin == "labelled":
        return not seed.name.endswith((".csv", ".csv.gz", ".parquet"))
    return seed.origin in IN_CHILD or (seed.origin == "wjx" and ".csv" not in seed.name)


# -- in the fork -------------------------------------------------------------------------------


def _in_the_fork(jobs: Sequence[Job], folder: Path, pipe: int, held: float) -> None:
    faulthandler.disable()  # a crash is expected here, and told by its signal
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.dup2(null, 2)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    isolated.set_limits = _soft_limits
    readers.read_isolated = labelledfile.read_isolated = _same_process
    for job in jobs:
        path = folder / job.seed.name
        path.write_bytes(job.data())
        begun = time.process_time()
        _soft_limits(SECONDS, MEGABYTES)
        kind, _, text = _said(job.seed, path).partition("|")
        told = {
            "kind": kind,
            "told": text[:2000],
            "seconds": time.process_time() - begun,
            "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - held,
        }
        os.write(pipe, json.dumps(told).encode() + b"\n")
    os._exit(0)


def _mapped() -> int:
    """Bytes of address space this process has."""
    return _pages(0) * resource.getpagesize()


def _resident() -> float:
    """Megabytes in memory, with which a fork begins."""
    return _pages(1) * resource.getpagesize() / (1 << 20)


def _pages(place: int) -> int:
    return int(Path("/proc/self/statm").read_text().split()[place])


def _soft_limits(seconds: float, megabytes: int) -> None:
    """As isolated.set_limits, but so that the next file has its own seconds."""
    used = time.process_time()
    hard = resource.RLIM_INFINITY
    resource.setrlimit(resource.RLIMIT_CPU, (int(used + seconds) + 1, hard))
    room = _mapped() + (megabytes << 20)  # the fork begins with all that its parent has mapped
    resource.setrlimit(resource.RLIMIT_AS, (room, hard))


def _said(seed: Seed, path: Path) -> str:
    try:
        return _read(seed, path)
    except PerceptionError as fault:
        kind = "contained" if isolated.FAILED in str(fault) else "refused"
        return f"{kind}|{fault}"
    except MemoryError:
        kind = "contained" if child_reads(seed) else "traceback"
        return f"{kind}|MemoryError"
    except BaseException:
        return f"traceback|{traceback.format_exc()[-1900:]}"


def _read(seed: Seed, path: Path) -> str:
    """Read as the seed's origin says, and look at what came."""
    if seed.origin == "labelled":
        file = labelledfile.read_labelled(path)
        frame, names = file.frame, set(file.variables)
    else:
        raw = readers.read_raw(path, seed.origin, {})
        frame, names = raw.frame, set(raw.frame.columns)
    if list(frame.columns) != list(dict.fromkeys(frame.columns)) or names != set(frame.columns):
        return "wrong|columns are not told apart"
    for name in frame.columns:
        cells = frame[name]
        if cells.dtype != float and not all(
            cell is None or isinstance(cell, (str, float)) for cell in cells
        ):
            return f"wrong|column {name!r} holds neither numbers nor texts"
    return f"read|{frame.shape[0]} x {frame.shape[1]}"


def _same_process(reader: str, path: Path, options: Mapping[str, Any], **_: Any) -> dict[str, Any]:
    request = {"reader": reader, "path": str(path), "options": dict(options)}
    limits = {"seconds": SECONDS, "megabytes": MEGABYTES}
    text = isolated.answer_of(request | limits)
    return isolated.told(text)

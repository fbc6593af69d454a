"""The one family of errors a user meets, with an exit code per kind.

A message says where, what, what was expected, and what to do. A file's faults are collected and
raised together, so that a person mends them in one go. How a fault is printed is decided here;
when it is raised is decided where the fault is seen.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong.

    Attributes
    ----------
    what : str
        The fault in one sentence, naming the thing at fault.
    where : str
        Place: ``file:line``, or file with sheet, column and respondent row. May be empty.
    expected : str
        What would have been right. May be empty.
    hint : str
        The next step for the reader. May be empty.
    """

    what: str
    where: str = ""
    expected: str = ""
    hint: str = ""

    def __str__(self) -> str:
        lines = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.expected:
            lines.append(f"  expected {self.expected}")
        if self.hint:
            lines.append(f"  hint     {self.hint}")
        return "\n".join(lines)


class PerceptionError(Exception):
    """A fault the user can mend; printed without a traceback, ends with `exit_code`."""

    exit_code = 1

    def __init__(
        self,
        what: str = "",
        *,
        where: str = "",
        expected: str = "",
        got: str = "",
        hint: str = "",
        faults: Iterable[Fault] | None = None,
    ) -> None:
        if faults is None:
            told = f"{what} (got {got})" if got else what
            faults = [Fault(told, where, expected, hint)]
        self.faults: tuple[Fault, ...] = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))

    def __reduce__(self):  # keeps the faults when an error crosses a process border
        return (_rebuild, (type(self), self.faults))


def _rebuild(kind: type[PerceptionError], faults: tuple[Fault, ...]) -> PerceptionError:
    return kind(faults=faults)


class UsageError(PerceptionError):
    """The command line names something that does not exist."""

    exit_code = 2


class InstrumentError(PerceptionError):
    """A study's YAML or CSV files are wrong."""

    exit_code = 3


class DataError(PerceptionError):
    """A raw file cannot be read or does not hold what the wave file says."""

    exit_code = 4


class WeightError(PerceptionError):
    """Margins, base weights or calibration fail."""

    exit_code = 5


class EstimateError(PerceptionError):
    """An estimate cannot be computed as asked."""

    exit_code = 6


class ReportError(PerceptionError):
    """A figure, table, template or document cannot be made."""

    exit_code = 7


class VerifyError(PerceptionError):
    """A rebuilt output differs from the recorded one."""

    exit_code = 8


class Faults:
    """A list of faults being collected; see `collect`."""

    def __init__(self) -> None:
        self.items: list[Fault] = []

    def add(self, what: str, *, where: str = "", expected: str = "", hint: str = "") -> None:
        self.items.append(Fault(what, where, expected, hint))

    def take(self, error: PerceptionError) -> None:
        """Add the faults of an error that was caught."""
        self.items.extend(error.faults)


@contextmanager
def collect(kind: type[PerceptionError]) -> Iterator[Faults]:
    """Collect faults inside the block; raise one `kind` with all of them at its end."""
    faults = Faults()
    yield faults
    if faults.items:
        raise kind(faults=faults.items)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """A hint naming the nearest known word, or an empty string."""
    near = difflib.get_close_matches(str(name), [str(k) for k in known], n=1, cutoff=0.6)
    return f"did you mean '{near[0]}'?" if near else ""


def one_of(known: Iterable[str], *, most: int = 12) -> str:
    """The words an expectation lists: ``one of a, b, c``."""
    words = [str(k) for k in known]
    shown = ", ".join(words[:most])
    return f"one of {shown}" + (f" and {len(words) - most} more" if len(words) > most else "")

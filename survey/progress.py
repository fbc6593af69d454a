"""Telling a person what a stage is doing: lines on a terminal, silence in CI or with --quiet."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass


@dataclass(frozen=True)
class Progress:
    """Shows steps of one stage; `Progress.silent()` for tests and library use."""

    stage: str = ""
    shown: bool = False

    @classmethod
    def for_terminal(cls, stage: str, *, quiet: bool = False) -> Progress:
        wanted = sys.stderr.isatty() and not os.environ.get("CI")
        return cls(stage, wanted and not quiet)

    @classmethod
    def silent(cls) -> Progress:
        return cls()

    def step(self, text: str) -> None:
        """One thing done, or begun."""
        if self.shown:
            self._console().print(f"[bold]{self.stage:<10}[/bold] {text}", highlight=False)

    @contextmanager
    def waiting(self, text: str) -> Iterator[None]:
        """A spinner while the block runs."""
        if not self.shown:
            yield
            return
        with self._console().status(f"{self.stage}: {text}"):
            yield

    @staticmethod
    def _console():
        from rich.console import Console

        return Console(stderr=True)

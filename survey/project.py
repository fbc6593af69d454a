"""Where things lie: the root and the path of every kind of file. Nothing else knows paths."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from survey.errors import UsageError, did_you_mean, one_of

WAVE_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")


@dataclass(frozen=True)
class Project:
    """A checkout (or a copy of one) with instruments, raw data and what was built from them."""

    root: Path

    @classmethod
    def find(cls, start: Path | None = None) -> Project:
        """The project holding `start` (default: $PERCEPTION_ROOT, else the working folder)."""
        begin = Path(start or os.environ.get("PERCEPTION_ROOT") or Path.cwd()).resolve()
        for folder in (begin, *begin.parents):
            if (folder / "instruments").is_dir() and (folder / "pyproject.toml").is_file():
                return cls(folder)
        raise UsageError(
            "no project here",
            where=str(begin),
            expected="a folder with instruments/ and pyproject.toml, or one below it",
            hint="change into the checkout, or set PERCEPTION_ROOT",
        )

    def relative(self, path: Path) -> str:
        """`path` as messages and manifests show it: from the root, with forward slashes."""
        path = Path(path)
        return (
            path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else str(path)
        )

    def studies(self) -> list[str]:
        return sorted(p.parent.name for p in (self.root / "instruments").glob("*/study.yml"))

    def waves(self, study: str) -> list[str]:
        """Names of the wave files; their order in time is in the files, see `Study.waves`."""
        return sorted(p.stem for p in (self.instrument(study) / "waves").glob("*.yml"))

    def reports(self) -> list[str]:
        return sorted(p.parent.name for p in (self.root / "report_templates").glob("*/report.yml"))

    def require_study(self, study: str) -> str:
        return self._require("study", study, self.studies())

    def require_wave(self, study: str, wave: str) -> str:
        return self._require("wave", wave, self.waves(self.require_study(study)))

    def require_report(self, report: str) -> str:
        return self._require("report", report, self.reports())

    @staticmethod
    def _require(kind: str, name: str, known: list[str]) -> str:
        if name not in known:
            raise UsageError(
                f"there is no {kind} '{name}'",
                expected=one_of(known) if known else f"at least one {kind} in the project",
                hint=did_you_mean(name, known),
            )
        return name

    def instrument(self, study: str) -> Path:
        return self.root / "instruments" / study

    def raw(self, study: str, wave: str) -> Path:
        return self.root / "data" / "raw" / study / wave

    def clean(self, study: str, wave: str) -> Path:
        return self.root / "data" / "clean" / study / wave

    def build(self, name: str) -> Path:
        """Folder of everything built for a study or a report."""
        return self.root / "build" / name

    def templates(self, report: str) -> Path:
        return self.root / "report_templates" / report

    def estimates(self, study: str) -> Path:
        return self.build(study) / "estimates.parquet"

    def comparisons(self, study: str) -> Path:
        return self.build(study) / "comparisons.parquet"

    def figures(self, study: str, lang: str) -> Path:
        return self.build(study) / "figures" / lang

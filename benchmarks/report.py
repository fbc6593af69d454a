"""Times `make report` in a clean clone: from nothing, after editing a chapter, with nothing to do.

Each figure is printed beside its limit and as a ratio to it; nothing is asserted. Set-up is not
part of the times: the clone borrows this checkout's environment and browser.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from analysis.results.manifest import borrow, clone_environment, make_command

ROOT = Path(__file__).resolve().parents[1]
LIMITS = {"from nothing": 45.0, "one chapter edited": 10.0, "nothing changed": 2.0}  # seconds


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        borrow(ROOT, clone)
        times = {"from nothing": timed(clone)}
        chapter = sorted((clone / "report_templates" / "whitepaper" / "chapters" / "en").glob("*"))[
            1
        ]
        chapter.write_text(chapter.read_text("utf-8") + "\nOne more sentence.\n", "utf-8")
        times["one chapter edited"] = timed(clone)
        times["nothing changed"] = timed(clone)
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    for name, limit in LIMITS.items():
        print(
            f"{name:<20} {times[name]:6.1f} s   limit {limit:4.0f} s   "
            f"ratio {times[name] / limit:.2f}"
        )
    return 0


def timed(clone: Path) -> float:
    begin = time.perf_counter()
    make(clone, "report")
    return time.perf_counter() - begin


def make(clone: Path, target: str) -> None:
    done = subprocess.run(
        make_command(ROOT, target), cwd=clone, env=clone_environment(clone), capture_output=True
    )
    if done.returncode:
        sys.exit(done.stderr.decode())


if __name__ == "__main__":
    sys.exit(main())

"""The manifest: inputs and outputs of a build with their sha256, and builds held together.

`build/<study>/manifest.json` and `build/<report>/manifest.json` hold what must be equal on every
machine; `build-info.json` beside them holds what may differ (browser, system). Zip-based documents
are compared part by part, since compressed bytes depend on the zlib build.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable
from pathlib import Path

from survey.errors import Fault, VerifyError
from survey.io.atomic import sha256, write_text
from survey.io.yamlfile import read_yaml
from survey.project import Project

ZIPPED = (".docx", ".xlsx", ".pptx")
MANIFEST = "manifest.json"
NOT_RESULTS = (MANIFEST, "build-info.json")
INSIDE = ("stages", "cache")  # folders of build/ that only serve the next run


def write_manifests(project: Project, report: str) -> list[Path]:
    """Manifests of a report and of each of its studies; returns their paths."""
    studies = studies_of(project, report)
    written = [_write(project, study, _study_inputs(project, study)) for study in studies]
    inputs = [*project.templates(report).rglob("*"), project.root / "requirements.lock"]
    inputs += (project.root / "report_templates" / "fonts").glob("*")
    inputs += (project.root / "report_templates" / "styles").glob("*")
    inputs += written
    if report not in studies:
        written.append(_write(project, report, inputs))
    return written


def studies_of(project: Project, report: str) -> list[str]:
    """Studies a report draws on, as its report.yml names them."""
    path = project.templates(report) / "report.yml"
    return list(read_yaml(path, project.relative(path)).data.get("studies", []))


def outputs(project: Project, name: str) -> list[Path]:
    """Files built for a study or report that must be equal in every build."""
    folder = project.build(name)
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and path.name not in NOT_RESULTS
        and not path.name.startswith(".")
        and not set(path.relative_to(folder).parts) & set(INSIDE)
    )


def _study_inputs(project: Project, study: str) -> Iterable[Path]:
    yield from project.instrument(study).rglob("*")
    yield from (project.root / "data" / "raw" / study).rglob("*")
    yield from (project.root / "data" / "clean" / study).rglob("*")


def _write(project: Project, name: str, inputs: Iterable[Path]) -> Path:
    manifest = {
        "inputs": {project.relative(p): sha256(p) for p in sorted(inputs) if p.is_file()},
        "outputs": {project.relative(p): digest(p) for p in outputs(project, name)},
        "lock": sha256(project.root / "requirements.lock"),
    }
    path = project.build(name) / MANIFEST
    info = {"python": platform.python_version(), "system": platform.platform()}
    write_text(path.with_name("build-info.json"), _json(info))
    return write_text(path, _json(manifest)) and path


def _json(value: object) -> str:
    return json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def digest(path: Path) -> str:
    """sha256 of a file; of names and parts for zip-based documents."""
    if path.suffix not in ZIPPED:
        return sha256(path)
    parts = hashlib.sha256()
    with zipfile.ZipFile(path) as archive:
        for name in sorted(archive.namelist()):
            parts.update(name.encode() + b"\0" + hashlib.sha256(archive.read(name)).digest())
    return parts.hexdigest()


def verify(project: Project, report: str, against: Path | None = None) -> str:
    """Compare this build with another of the same commit; by default one made in a clean clone.

    Raises
    ------
    VerifyError
        Naming every output that is missing or differs.
    """
    if against is not None:
        return _compare(project, Project(Path(against).resolve()), report)
    with tempfile.TemporaryDirectory() as folder:
        clone = Path(folder) / "clone"
        _run(["git", "clone", "--quiet", str(project.root), str(clone)], project.root)
        borrow(project.root, clone)
        _run(make_command(project.root, "report", f"REPORT={report}"), clone)
        return _compare(project, Project(clone), report)


def borrow(root: Path, clone: Path) -> None:
    """Let a clone use the browser of `root`, and take its environment for set up."""
    (clone / ".venv").mkdir()
    (clone / ".venv" / ".ready").touch()
    if (root / ".browser").exists():
        (clone / ".browser").symlink_to(root / ".browser")


def make_command(root: Path, *words: str) -> list[str]:
    """Make in a clone with the programs of `root`; see `clone_environment` for the code."""
    return ["make", f"PERCEPTION={root / '.venv' / 'bin' / 'perception'}", *words]


def clone_environment(clone: Path) -> dict[str, str]:
    """An environment in which the code of the clone runs, whatever is installed."""
    return {**os.environ, "PYTHONPATH": str(clone), "CI": "true"}


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command,
        cwd=folder,
        env=clone_environment(folder),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise VerifyError(
            f"'{' '.join(command)}' failed in a clean clone", hint=done.stderr.strip()[-800:]
        )


def _compare(here: Project, there: Project, report: str) -> str:
    faults, count = [], 0
    for name in sorted({report, *studies_of(here, report)}):
        mine = {here.relative(path): path for path in outputs(here, name)}
        theirs = {there.relative(path): path for path in outputs(there, name)}
        for missing in sorted(set(mine) ^ set(theirs)):
            faults.append(Fault("stands in one of the two builds only", where=missing))
        for shared in sorted(set(mine) & set(theirs)):
            count += 1
            if digest(mine[shared]) != digest(theirs[shared]):
                faults.append(Fault("differs between the two builds", where=shared))
    if faults:
        raise VerifyError(faults=faults)
    return f"{count} outputs equal ({sys.platform}, {platform.python_version()})"

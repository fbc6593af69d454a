"""Freezing a build: documents, figures and protected estimates in one folder nobody writes to.

Variance factors and clean data stay behind: where a PSU is a person they are microdata in disguise.
A release is named by its content; making the same one twice changes nothing.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from analysis.results.manifest import MANIFEST, outputs, studies_of
from survey.errors import VerifyError
from survey.io.atomic import sha256, write_text
from survey.project import Project

INTERNAL = ("factors.parquet", "covariances.parquet")
SUMS = "SHA256SUMS"


def freeze(project: Project, report: str) -> Path:
    """Copy what may be published to `build/release/<report>-<hash>/`; returns that folder.

    Raises
    ------
    VerifyError
        If nothing has been built.
    """
    built = {
        path.relative_to(project.root / "build"): path
        for name in sorted({report, *studies_of(project, report)})
        for path in outputs(project, name)
        if path.name not in INTERNAL
    }
    for name in {report, *studies_of(project, report)}:
        manifest = project.build(name) / MANIFEST
        if manifest.exists():
            built[manifest.relative_to(project.root / "build")] = manifest
    if not built:
        raise VerifyError("nothing has been built", hint=f"run make report REPORT={report}")
    sums = "".join(f"{sha256(path)}  {name.as_posix()}\n" for name, path in sorted(built.items()))
    mark = hashlib.sha256(sums.encode()).hexdigest()[:12]
    target = project.root / "build" / "release" / f"{report}-{mark}"
    if target.exists():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent) as folder:
        unfinished = Path(folder) / target.name
        for place, path in built.items():
            (unfinished / place).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, unfinished / place)
            (unfinished / place).chmod(0o444)
        write_text(unfinished / SUMS, sums)
        unfinished.rename(target)
    return target

"""Serving the dashboard on this machine with waitress; no debugger, no network but loopback."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from dashboards.app import create_app
from dashboards.release import Release
from survey.project import Project


def serve(project: Project, studies: Sequence[str], *, host: str, port: int) -> None:
    """Serve the first study that has a score; blocks until stopped."""
    from waitress import serve as serve_forever

    releases = [Release.load(project, study) for study in studies]
    release = next(
        r for r in releases if any("mean" in i.statistic for i in r.instrument.study.indicators)
    )
    app = create_app(release)
    print(f"{release.study}: http://{host}:{port}/  (Ctrl-C stops)", file=sys.stderr)
    serve_forever(app.server, host=host, port=port, threads=8)

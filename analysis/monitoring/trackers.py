"""Tracker reports in the form of Exodus Privacy: components found in a package, not their use.

Two forms of JSON: the report of the command line tool, one app with `application` and `trackers`;
and the answer of the service about a package, every version with the numbers of its trackers. A
tracker without a name keeps its number as ``exodus:12``. What a tracker means is data (groups.yml,
`sdks`): to embed a component is neither to request nor to read.
"""

from __future__ import annotations

import json
from typing import Any


def tracker_records(text: str) -> list[dict[str, str]]:
    """Records of one JSON report.

    Returns
    -------
    list of dict
        `app`, `version`, `version_code`, `scan_date` ("" where not said), `permissions` and `sdks`
        (joined by ";").

    Raises
    ------
    ValueError
        If the text is neither form.
    """
    report = json.loads(text)
    if isinstance(report, dict) and isinstance(report.get("application"), dict):
        return [_of_tool(report)]
    if isinstance(report, dict) and report and all(_is_listing(v) for v in report.values()):
        return [
            _record(handle, entry, entry)
            for handle, listing in report.items()
            for entry in listing["reports"]
        ]
    raise ValueError("it holds neither 'application' and 'trackers' nor packages with 'reports'")


def _is_listing(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("reports"), list)
        and all(isinstance(entry, dict) for entry in value["reports"])
    )


def _of_tool(report: dict[str, Any]) -> dict[str, str]:
    app = report["application"]
    return _record(app.get("handle", app.get("package", "")), app, report)


def _record(handle: Any, app: dict[str, Any], found: dict[str, Any]) -> dict[str, str]:
    day = found.get("updated_at") or found.get("creation_date") or found.get("creationDate") or ""
    return {
        "app": str(handle),
        "version": str(app.get("version_name") or app.get("version") or ""),
        "version_code": str(app.get("version_code") or ""),
        "scan_date": str(day)[:10],
        "permissions": _joined(app.get("permissions") or []),
        "sdks": _joined(_tracker(entry) for entry in found.get("trackers") or []),
    }


def _tracker(entry: Any) -> str:
    if isinstance(entry, dict):
        return str(entry.get("name") or f"exodus:{entry['id']}")
    return f"exodus:{entry}" if isinstance(entry, int) else str(entry)


def _joined(names: Any) -> str:
    listed = [str(name) for name in names]
    if any(";" in name for name in listed):
        raise ValueError("a name holds ';'")
    return ";".join(listed)

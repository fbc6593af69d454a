"""The kinds of tables by the name report.yml gives them.

Each is a function from a table's entry and the report's rows to a `Draft`; what it shows is told
and decided where it is written.
"""

from __future__ import annotations

from analysis.tables import monitoring, perception, plain
from analysis.tables.divergence import divergence
from analysis.tables.material import Kind

KINDS: dict[str, Kind] = {
    kind.__name__: kind
    for kind in (
        perception.by_domain,
        perception.issues,
        perception.changes,
        perception.published,
        perception.weighting,
        monitoring.notices,
        monitoring.kinds,
        monitoring.app_shares,
        monitoring.readings,
        divergence,
        plain.detectable,
        plain.text,
    )
}

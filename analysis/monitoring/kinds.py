"""Problem apps by kind: what can be counted in the notices, beside what was published.

The published share and its unsplit rest come from published.csv (published.py); here only quarters
whose split is known for every app are counted. Apps whose kind is not known stay in the base under
their own name. The two are different bases and are never averaged.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from survey.instrument.monitoring import Register


def count_kinds(notices: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Apps per kind over the quarters with a known split.

    Returns
    -------
    DataFrame
        Columns `category` (kind code in register order, then ``unassigned``), `count`, `n`; a kind
        never named in these quarters has no row.
    """
    known = notices[notices["quarter"].isin(register.known_splits)]
    codes = [kind.code for kind in register.kinds] + ["unassigned"]
    counts = known[codes].fillna(0).sum().astype(int)
    table = pd.DataFrame({"category": codes, "count": counts.to_numpy()})
    table["n"] = int(known["problem_apps"].sum())
    return table[table["count"] > 0].reset_index(drop=True)


def kind_rows(notices: pd.DataFrame, register: Register) -> pd.DataFrame:
    """Rows of estimates (without kind, study, wave): a share and a total per counted kind."""
    counted = count_kinds(notices, register)
    quarters = ", ".join(register.known_splits)
    shared: dict[str, Any] = {
        "indicator": "problem_kinds",
        "domain": "all",
        "variant": "counted",
        "n": counted["n"],
        "count": counted["count"],
        "reason": f"counted in {quarters}",
        "design": " ".join(register.known_splits_source.split()),
    }
    share = counted[["category"]].assign(
        statistic="share", unit="share", estimate=counted["count"] / counted["n"], **shared
    )
    total = counted[["category"]].assign(
        statistic="total", unit="count", estimate=counted["count"].astype(float), **shared
    )
    return pd.concat([share, total], ignore_index=True)

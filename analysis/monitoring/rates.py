"""Problem apps per store tested, and what a model makes of quarters nobody reported.

A rate needs both numbers of its quarter: where the stores tested were not found, the rate is a row
without a value that says which of the two is missing. Rates of half-years pool the quarters that
have both. Their intervals are those of an overdispersed count model (Pearson's phi of the rate
model, analysis/monitoring/trend.py): a notice is no sample, so they say how far counts of this kind
vary from quarter to quarter, not how far a sample may miss.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import stdtrit

from analysis.monitoring.trend import years_of
from survey.errors import EstimateError
from survey.instrument.register import Fill, quarter_end

RATE, COUNT, STORES = "problem_apps_per_store", "problem_apps", "stores_tested"
HALF = "problem_apps_half"
NO_COUNT, NO_EXPOSURE = "number not found in any source", "stores tested not found"
MODEL_FILL = "model_fill"


def rate_rows(quarters: pd.DataFrame) -> pd.DataFrame:
    """One row per quarter: problem apps over stores tested, or the reason why there is none."""
    rows = []
    for quarter, count, stores in quarters[["quarter", COUNT, STORES]].itertuples(index=False):
        reason = NO_COUNT if pd.isna(count) else NO_EXPOSURE if pd.isna(stores) else ""
        rows.append(
            {
                "wave": quarter,
                "estimate": float("nan") if reason else float(count) / float(stores),
                "n": float("nan") if reason else float(stores),
                "quality": "caution" if reason else "ok",
                "reason": reason,
                "period": quarter_end(quarter).isoformat(),
                "design": "" if reason else f"{count} apps over {stores} stores",
            }
        )
    return pd.DataFrame(rows).assign(
        indicator=RATE, statistic="ratio", unit="ratio", domain="all", variant="per_store"
    )


def half_rows(quarters: pd.DataFrame, level: float) -> pd.DataFrame:
    """Rows per half-year: the sum of the quarters found, the rate of those with both numbers."""
    phi, df = _dispersion(quarters)
    halves = quarters["quarter"].str[:4] + "H" + quarters["quarter"].map(_half)
    rows = []
    for half, part in quarters.groupby(halves, sort=True):
        period = quarter_end(part["quarter"].max()).isoformat()
        found = part[part[COUNT].notna()]
        both = found[found[STORES].notna()]
        shared = {"wave": half, "period": period, "domain": "all"}
        rows.append(
            shared
            | {
                "indicator": HALF,
                "statistic": "total",
                "unit": "count",
                "variant": "sum_of_quarters",
                "estimate": float(found[COUNT].sum()) if len(found) else float("nan"),
                **_trust(found["quarter"], whole=len(found) == 2),
            }
        )
        rows.append(
            shared
            | {"indicator": RATE, "statistic": "ratio", "unit": "ratio", "variant": "pooled"}
            | _pooled(both, phi, df, level)
            | _trust(both["quarter"], whole=len(both) == 2)
        )
    return pd.DataFrame(rows)


def fill_rows(quarters: pd.DataFrame, fill: Fill) -> pd.DataFrame:
    """Rows of kind simulated for quarters without a count from `fill.since` on.

    The counts since then are taken as draws with one mean; a new one has the variance
    phi m (1 + 1/n), phi at least 1, and its range are the quantiles of the negative binomial (or
    Poisson) distribution with that mean and variance.

    Raises
    ------
    EstimateError
        If fewer than four quarters are known.
    """
    from scipy.stats import nbinom, poisson

    since = quarters[quarters["quarter"] >= fill.since]
    known = since.loc[since[COUNT].notna(), COUNT].astype(float)
    if len(known) < 4:
        raise EstimateError(f"{len(known)} counts since {fill.since} are too few to fill a gap")
    mean, n = float(known.mean()), len(known)
    variance = max(float(known.var()) / mean, 1.0) * mean * (1 + 1 / n)
    ends = [(1 - fill.level) / 2, (1 + fill.level) / 2]
    if variance > mean:
        low, high = nbinom.ppf(ends, mean**2 / (variance - mean), mean / variance)
    else:
        low, high = poisson.ppf(ends, mean)
    gaps = since.loc[since[COUNT].isna(), "quarter"]
    row = {
        "indicator": COUNT,
        "statistic": "total",
        "domain": "all",
        "unit": "count",
        "variant": MODEL_FILL,
        "estimate": mean,
        "ci_low": float(low),
        "ci_high": float(high),
        "conf_level": fill.level,
        "quality": "caution",
        "reason": "filled by a model, no published number",
        "design": " ".join(fill.source.split()),
    }
    return pd.DataFrame(
        [row | {"wave": name, "period": quarter_end(name).isoformat()} for name in gaps]
    )


def _half(quarter: str) -> str:
    return "1" if quarter[5] in "12" else "2"


def _trust(quarters: pd.Series, *, whole: bool) -> dict:
    counted = ", ".join(quarters)
    return {
        "quality": "ok" if whole else "caution",
        "reason": "" if whole else f"only {counted or 'no quarter'}",
    }


def _pooled(both: pd.DataFrame, phi: float, df: float, level: float) -> dict:
    count, stores = float(both[COUNT].sum()), float(both[STORES].sum())
    if not len(both) or not count:
        return {"estimate": float("nan")}
    rate, spread = count / stores, float(np.sqrt(phi / count))
    half = float(stdtrit(df, (1 + level) / 2)) * spread
    return {
        "estimate": rate,
        "se": rate * spread,
        "df": df,
        "ci_low": rate * float(np.exp(-half)),
        "ci_high": rate * float(np.exp(half)),
        "conf_level": level,
        "n": stores,
        "design": f"{count:g} apps over {stores:g} stores; phi {phi:.4g} of the rate model",
    }


def _dispersion(quarters: pd.DataFrame) -> tuple[float, float]:
    """Pearson's phi of the quasi-Poisson rate model over all quarters with both numbers."""
    from analysis.monitoring.trend import fit_slope

    both = quarters[quarters[COUNT].notna() & quarters[STORES].notna()]
    if len(both) < 4:
        raise EstimateError("too few quarters have both apps and stores for a rate's interval")
    slope = fit_slope(
        both[COUNT].astype(float).to_numpy(),
        years_of(list(both["quarter"])),
        exposure=both[STORES].astype(float).to_numpy(),
        family="quasi_poisson",
        level=0.05,
    )
    return slope.dispersion, slope.df

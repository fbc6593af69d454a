r"""Shares of apps reached through a sample of stores: generalised weight share.

Stores were sampled; an app is reached through each sampled store that offers it, so apps of many
stores would count too often. With d_s the stores that sampled store s stands for and L_a the stores
of the frame that offer app a (sampled or not),

    w_a = sum over sampled stores s that offer a of d_s / L_a

is a weight without bias: over all samples the total of w_a is the number of apps. A total is then a
sum over stores of d_s z_s with z_s = sum over its apps of y_a / L_a, so its error is that of a
sample of stores: stores are the PSUs, with the strata and sampling fractions of the wave. For
versions the same holds with the stores of the frame that hold the version in place of L_a.

References: Lavallee (2007), Indirect Sampling, chapters 2 and 4; Deville and Lavallee (2006),
Survey Methodology 32, 165-176.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import pandas as pd

from analysis.estimate.breakdown import Breakdown, crossed, everybody
from analysis.estimate.functional import Estimated, WeightedSample, estimate
from analysis.estimate.ratios import Ratios
from survey.design.build import make_design
from survey.design.model import Design, Lonely
from survey.errors import EstimateError, collect

LISTING = "stores_listing"
HOLDING = "stores_holding"
MOST = 5  # faults of one kind that are named


@dataclass(frozen=True, eq=False)
class Links:
    """One row per app and sampled store that offers it (and per period, where split).

    Attributes
    ----------
    table : DataFrame
        `place` (row of the table of apps), `store`, the columns of `parts`.
    weight : ndarray of float, shape (n,)
        d_s / L_a.
    design : Design
        Stores as PSUs.
    """

    table: pd.DataFrame
    weight: np.ndarray
    design: Design


def link(
    records: pd.DataFrame,
    apps: pd.DataFrame,
    keys: Sequence[str],
    *,
    lonely: str = "fail",
    listing: str = LISTING,
) -> Links:
    """Links between sampled stores and apps.

    Parameters
    ----------
    records : DataFrame
        Usable records with `store`, `store_weight`, `listing` and, if known, `store_stratum`,
        `stores_in_stratum`.
    apps : DataFrame
        Apps as merged from them, with the columns `keys` that identify one.
    keys : sequence of str
    listing : str
        Field with the stores of the frame through which an app (or version) could be reached.

    Raises
    ------
    EstimateError
        If a column is missing, a store has no weight or two, an app has no number of stores that
        offer it, or fewer of them than sampled stores that do: all of them named.
    """
    absent = [c for c in ("store", "store_weight", listing) if c not in records]
    if absent:
        raise EstimateError(
            f"apps reached through sampled stores need the field '{absent[0]}'",
            hint="map it in the wave, or declare the wave's design nonprobability",
        )
    keys = list(keys)
    extra = [c for c in ("store_stratum", "stores_in_stratum") if c in records]
    chosen = dict.fromkeys(("store_weight", listing, *extra), "max")
    links = records.groupby([*keys, "store"], sort=True).agg(chosen).reset_index()
    place = apps[keys].reset_index(drop=True).rename_axis("place").reset_index()
    links = links.merge(place, on=keys, how="inner")
    links[listing] = links.groupby("place")[listing].transform("max")
    _check(records, links, keys, extra, listing)
    design = make_design(
        (links["store"] + "/" + links["place"].astype("str")).to_numpy(),
        strata={c: links[c].to_numpy() for c in extra if c == "store_stratum"},
        psu=links["store"].to_numpy(),
        fpc=links["stores_in_stratum"].to_numpy() if "stores_in_stratum" in extra else None,
        lonely=cast(Lonely, lonely),
    )
    weight = (links["store_weight"] / links[listing]).to_numpy(dtype=float)
    return Links(links, weight, design)


def ratios(
    links: Links,
    top: np.ndarray,
    base: np.ndarray,
    parts: Sequence[str],
    levels: pd.DataFrame,
) -> tuple[Breakdown, Estimated]:
    """Ratios of totals in every cell, level by level, in the order of the columns.

    Parameters
    ----------
    top, base : ndarray of float, shape (n_apps, m)
        Numerators and denominators of every app; both 0 for one outside the base.
    parts : sequence of str
        Columns of `levels` that are crossed; none: all apps.
    levels : DataFrame, one row per app
    """
    place = links.table["place"].to_numpy()
    breakdown = everybody(len(place))
    if parts:
        breakdown = crossed(list(parts), [levels[part].to_numpy()[place] for part in parts])
    sample = WeightedSample(links.weight, links.design)
    return breakdown, estimate(Ratios(top[place], base[place], breakdown), sample)


def _check(
    records: pd.DataFrame, links: pd.DataFrame, keys: list[str], extra: list[str], listing: str
) -> None:
    with collect(EstimateError) as faults:
        for column in ("store_weight", *extra):
            found = records.groupby("store")[column].agg(["nunique", "count"])
            size = records.groupby("store").size()
            for store in found.index[(found["nunique"] != 1) | (found["count"] < size)][:MOST]:
                faults.add(f"store '{store}' has no one value of '{column}'", where="scan records")
        light = links.loc[links["store_weight"] < 1, "store"].unique()
        for store in light[:MOST]:
            faults.add(f"store '{store}' stands for fewer than one store", where="scan records")
        reached = links.groupby("place")["store"].nunique()
        told = links.groupby("place")[listing].max()
        few = told.index[~(told >= reached)]
        first = links.drop_duplicates("place").set_index("place")
        for app in few[:MOST]:
            faults.add(
                f"app '{first.loc[app, keys[0]]}' is offered by {reached[app]} sampled stores, "
                f"but '{listing}' says {told[app]:g}",
                where="scan records",
                expected="the stores of the whole frame that offer it",
            )

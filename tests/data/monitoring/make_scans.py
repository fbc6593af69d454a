"""Makes the three seeded tables beside it; run from the project's root.

`sampled_stores.csv`: scan records of 12 stores sampled in 3 strata, each app with the number of
stores of the frame that offer it. `sampled_periods.csv`: the same stores in two quarters, between
which apps come and go, change their version and what they do, one changes its category, and a
store is closed. `twin_apps.csv`: apps in the form of a flattened permission set
(one row per app, lists joined by ";"), with what makes such sets awkward: lists that repeat a
permission, apps without any, an app in two categories. Both are made up.
"""

from pathlib import Path

import numpy as np
import pandas as pd

HERE = Path(__file__).parent
STRATA = {"large": (4, 4), "middle": (10, 4), "small": (40, 4)}  # stores in the frame, sampled
P = "android.permission."
NAMES = [
    *(P + name for name in ("INTERNET", "READ_CONTACTS", "READ_PHONE_STATE", "GET_TASKS", "CAMERA",
                            "ACCESS_FINE_LOCATION", "READ_SMS", "READ_EXTERNAL_STORAGE")),
    "com.example.permission.OWN",
]  # fmt: skip
BEHAVIOURS = ["read_imei", "read_location", "read_contacts", "read_app_list", "embed_advertising"]
CATEGORIES = ["COMMUNICATION", "SOCIAL", "EDUCATION"]


def sampled_stores() -> pd.DataFrame:
    rng = np.random.default_rng(2007)
    frame = [(s, f"{s}{k:02d}") for s, (size, _) in STRATA.items() for k in range(size)]
    chosen = {
        f"{s}{k:02d}" for s, (size, m) in STRATA.items() for k in rng.choice(size, m, replace=False)
    }
    rows = []
    for app in range(300):
        offers = [pair for pair in frame if rng.random() < {"large": 0.5}.get(pair[0], 0.08)]
        does = [name for name in BEHAVIOURS if rng.random() < 0.35]
        kind = ["games", "social", "finance"][rng.integers(0, 3)]
        installs = int(rng.lognormal(8, 2)) + 1
        for stratum, store in offers:
            if store in chosen:
                size, sampled = STRATA[stratum]
                rows.append(
                    {
                        "app": f"com.example.s{app:04d}",
                        "store": store,
                        "category": kind,
                        "version": "1.0",
                        "scan_date": "2018-03-01",
                        "behaviours": ";".join(does),
                        "installs": installs,
                        "stores_listing": len(offers),
                        "store_weight": size / sampled,
                        "store_stratum": stratum,
                        "stores_in_stratum": size,
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)


def sampled_periods() -> pd.DataFrame:
    rng = np.random.default_rng(2008)
    frame = [(s, f"{s}{k:02d}") for s, (size, _) in STRATA.items() for k in range(size)]
    chosen = {
        f"{s}{k:02d}" for s, (size, m) in STRATA.items() for k in rng.choice(size, m, replace=False)
    }
    closed = max(chosen)
    asks = [P + name for name in ("READ_CONTACTS", "READ_PHONE_STATE", "ACCESS_FINE_LOCATION")]
    rows = []
    for app in range(140):
        offers = [pair for pair in frame if rng.random() < {"large": 0.5}.get(pair[0], 0.08)]
        kind = ["games", "social", "finance"][rng.integers(0, 3)]
        asked = [name for name in asks if rng.random() < 0.6]
        does = {v: [n for n in BEHAVIOURS if rng.random() < 0.35] for v in ("1.0", "2.0")}
        renewed, seen = (
            rng.random() < 0.6,
            rng.choice(["both", "first", "second"], p=[0.8, 0.1, 0.1]),
        )
        late = {store for _, store in offers if rng.random() < 0.25}  # stores that keep version 1.0
        held: dict[tuple[str, str], list] = {}
        for day, quarter in (("2018-02-01", "first"), ("2018-05-01", "second")):
            if seen not in ("both", quarter):
                continue
            for stratum, store in offers:
                if quarter == "second" and store == closed:
                    continue
                new = quarter == "second" and renewed and store not in late
                held.setdefault((quarter, "2.0" if new else "1.0"), []).append(
                    (stratum, store, day)
                )
        for (quarter, version), stores in held.items():
            listing = sum(len(s) for (q, _), s in held.items() if q == quarter)
            holding = len({p[1] for (_, v), s in held.items() if v == version for p in s})
            for stratum, store, day in stores:
                if store in chosen:
                    size, sampled = STRATA[stratum]
                    rows.append(
                        {
                            "app": f"com.example.p{app:04d}",
                            "store": store,
                            "category": "social" if (app, quarter) == (7, "second") else kind,
                            "version": version,
                            "scan_date": day,
                            "permissions": ";".join(asked),
                            "behaviours": ";".join(does[version]),
                            "stores_listing": listing,
                            "stores_holding": holding,
                            "store_weight": size / sampled,
                            "store_stratum": stratum,
                            "stores_in_stratum": size,
                        }
                    )
    return pd.DataFrame(rows)


def twin_apps() -> pd.DataFrame:
    rng = np.random.default_rng(2021)
    rows = []
    for app in range(400):
        asked = [name for name in NAMES if rng.random() < 0.35]
        if app % 40 == 0:
            asked = []
        if asked and app % 7 == 0:
            asked.append(asked[0])
        used = [name for name in asked if name.startswith(P) and rng.random() < 0.5]
        rows.append(
            {
                "folder_category": CATEGORIES[rng.integers(0, 3)],
                "package": f"com.example.twin{app:04d}",
                "name": f"Twin; app, {app}",
                "manifest_permissions": ";".join(asked),
                "permissions_with_api_call": ";".join(dict.fromkeys(used)),
            }
        )
    again = {**rows[5], "folder_category": CATEGORIES[0]}
    rows[5]["folder_category"] = CATEGORIES[1]
    return pd.DataFrame([*rows, again])


if __name__ == "__main__":
    for make in (sampled_stores, sampled_periods, twin_apps):
        make().to_csv(HERE / f"{make.__name__}.csv", index=False, lineterminator="\n")

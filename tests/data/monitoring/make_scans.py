"""Makes the two seeded tables beside it; run from the project's root.

`sampled_stores.csv`: scan records of 12 stores sampled in 3 strata, each app with the number of
stores of the frame that offer it. `twin_apps.csv`: apps in the form of a flattened permission set
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
    for make in (sampled_stores, twin_apps):
        make().to_csv(HERE / f"{make.__name__}.csv", index=False, lineterminator="\n")

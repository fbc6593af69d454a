"""Files of the parity matrix that come with weights or replicates alone: columns and roles."""

from __future__ import annotations

from tests.golden.parity.columns import blank, equals, fill, linear, step

WVS_YEARS = (1982, 1990, 1995, 1999, 2006, 2011)
EURO_WAVES = tuple(
    f"ZA{number}" for number in (2828, 3171, 3639, 4414, 4744, 5481, 5913, 6863, 7562)
)
ANONYMITY_ITEMS = ("info", "importance", "worry", "possible", "masking", "laws")
POLLS: dict[str, dict] = {
    "recs": {
        "shared": "design/recs2015_brr.csv.gz",
        "shipped": "recs.csv.gz",
        "columns": {
            name: name
            for name in (
                *("Region", "Urbanicity", "ACUsed", "SpaceHeatingUsed", "WinterTempDay"),
                *("TOTALBTU", "TOTALDOL", "TOTSQFT_EN", "NWEIGHT"),
                *(f"BRRWT{k}" for k in range(1, 97)),
            )
        },
        "derive": [
            equals("ac", "ACUsed", "TRUE"),
            equals("heat", "SpaceHeatingUsed", "TRUE"),
            equals("south", "Region", "South"),
            blank("ac_m", "ac", 7),
            blank("dollars_m", "TOTALDOL", 9),
            linear("x", "TOTSQFT_EN", 0.1, 0.001),
        ],
        "roles": {
            "y": "TOTALDOL",
            "x": "x",
            "total": "TOTALBTU",
            "b": "ac",
            "c": "south",
            "g": "Urbanicity",
            "ym": "dollars_m",
            "bm": "ac_m",
            "where": "TOTSQFT_EN > 900",
        },
    },
    "pew": {
        "shared": "weighting/pew_dec13_excerpt.csv",
        "shipped": "pew.csv.gz",
        "columns": {
            name: name
            for name in (
                *("cregion", "q1", "q45", "sex", "recage", "receduc", "party", "weight"),
                *("llweight", "partyln"),
            )
        },
        "derive": [
            equals("approve", "q1", "Approve"),
            equals("disapprove", "q1", "Disapprove"),
            equals("unsure", "q1", "Don't know/Refused (VOL.)"),
            equals("health", "q45", "Approve"),
            equals("lean", "partyln", "Democrat"),
            linear("x", "weight", 1, 0.2),
            linear("one", "weight", 1, 0),
            blank("line_m", "llweight", 9),
        ],
        "roles": {
            "y": "llweight",
            "x": "x",
            "total": "approve",
            "b": "approve",
            "c": "health",
            "g": "sex",
            "ym": "line_m",
            "bm": "lean",
            "where": "cregion != 'South'",
        },
    },
    "profresp": {
        "shared": "weighting/profresp.csv",
        "shipped": "profresp.csv.gz",
        "columns": {
            name: name
            for name in (
                *("panelq1", "age4cat", "edu3cat", "gender", "non_white", "motive", "freq_q1"),
                "freq_q2",
            )
        },
        "derive": [
            step("age3cat", "map", "age4cat", map={"1": 1, "2": 2, "3": 2, "4": 3}),
            fill("mail", "freq_q2", 8),
            equals("main", "panelq1", 1),
            fill("minority", "non_white", 0),
            fill("why", "motive", 4),
            equals("money", "why", 1),
            linear("x", "age4cat", 1, 0.3),
            linear("one", "age4cat", 1, 0),
        ],
        "keep": "panelq1 < 9",
        "roles": {
            "y": "mail",
            "x": "x",
            "total": "main",
            "b": "main",
            "c": "money",
            "g": "gender",
            "ym": "freq_q1",
            "bm": "non_white",
            "where": "edu3cat > 1",
        },
    },
    "hdv2003": {
        "shared": "multi/hdv2003_fr.csv",
        "shipped": "hdv2003.csv.gz",
        "columns": {
            "poids": "poids",
            "cinema": "cinema",
            "bricol": "bricol",
            "cuisine": "cuisine",
            "peche_chasse": "peche.chasse",
            "lecture_bd": "lecture.bd",
            "hard_rock": "hard.rock",
            "sport": "sport",
        },
        "derive": [],
        "roles": {},
    },
    "wvs_usa": {
        "shared": "trend/wvs_usa_1to10.csv",
        "shipped": "wvs_usa.csv.gz",
        "columns": {"year": "year", "satisfinancial": "satisfinancial"},
        "derive": [linear("one", "year", 1, 0)],
        "roles": {},
    },
    "eurobarometer": {
        "shared": "trend/eurobarometer_trust_9waves.csv.gz",
        "shipped": "eurobarometer.csv.gz",
        "columns": {
            "rowid": "rowid",
            "w": "weight_poststrat",
            "parliament": "trust_national_parliament",
            "ep": "trust_european_parliament",
        },
        "derive": [step("wave", "before", "rowid", mark="_")],
        "roles": {},
    },
    "anonymity": {
        "shared": "privacy/AnonymityPoll.csv",
        "shipped": "anonymity.csv.gz",
        "missing": ["NA"],
        "columns": {
            "info": "Info on Internet",
            "importance": "Privacy Importance",
            "worry": "Worry about Info",
            "possible": "Anonymity Possible",
            "masking": "Tried Masking Identity",
            "laws": "Privacy Laws Effective",
        },
        "derive": [step("row", "row"), linear("one", "row", 1, 0)],
        "roles": {},
    },
    "browser": {
        "shared": "privacy/browser_privacy_survey_2023.csv.gz",
        "shipped": "../../../data/raw/browser_privacy/2023/survey-experiment-data.csv.gz",
        "columns": {"showdata": "showdata", "answer": "Q-share-browser-data"},
        "derive": [
            equals("consent", "answer", "Consent to share"),
            step("row", "row"),
            linear("one", "row", 1, 0),
        ],
        "roles": {},
    },
}

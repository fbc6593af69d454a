"""Where every number of the register comes from, and what other sources say of it.

A register row cites one or two pages for all its numbers; here each number gets a line of its own,
with its source and whether it was printed or derived. Other readings of a number stand in a file
beside the register. Two readings that differ are shown side by side and neither is dropped: the
register's own is the one used. Apps that several notices name are listed, not removed: each notice
counted them.
"""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pandas as pd

from survey.errors import DataError, collect, did_you_mean, one_of
from survey.instrument.register import QUARTER, quarter_end
from survey.io.tables import read_csv

NOT_NUMBERS = (
    "quarter",
    "notice_no",
    "published",
    "derived_fields",
    "check",
    "note",
    "source_url",
    "source_title",
    "source_url_2",
    "retrieved",
    "confidence",
)
READINGS = ("quarter", "series", "value", "how", "reading", "source_title", "source_url")
HOW = ("printed", "derived", "sum")
WATCHED = {"bad_app_reports_12321": "bad_app_reports"}  # series -> its indicator


def numbers(path: Path, *, name: str = "") -> pd.DataFrame:
    """Every number of the register with its source.

    Returns
    -------
    DataFrame
        Columns `line` (of the file), `quarter` (or year), `series`, `value`, `how` (printed or
        derived), `confidence`, `source_title`, `source_url`, `source_url_2`, `note`.
    """
    raw = read_csv(path, name or path.name)
    series = [column for column in raw.columns if column not in NOT_NUMBERS]
    found = []
    for line, record in enumerate(raw.to_dict("records"), start=2):
        derived = set(record["derived_fields"].split(";"))
        cited = {key: record[key] for key in ("confidence", "source_title", "source_url")}
        for column in series:
            if record[column] != "":
                found.append(
                    {
                        "line": line,
                        "quarter": record["quarter"],
                        "series": column,
                        "value": record[column],
                        "how": "derived" if column in derived else "printed",
                        **cited,
                        "source_url_2": record["source_url_2"],
                        "note": record["note"],
                    }
                )
    return pd.DataFrame(found)


def check_sources(path: Path, *, name: str = "") -> int:
    """Hold that every number has a source; returns how many numbers there are.

    Raises
    ------
    DataError
        With every number that cites none, or whose row says that nothing was found.
    """
    name = name or path.name
    table = numbers(path, name=name)
    with collect(DataError) as faults:
        for line, quarter, series, title, confidence in table[
            ["line", "quarter", "series", "source_title", "confidence"]
        ].itertuples(index=False):
            if not title or confidence in ("", "none"):
                faults.add(
                    f"{series} of {quarter} has no source",
                    where=f"{name}:{line}",
                    expected="a source_title and a confidence",
                    hint="a number without a source leaves the register",
                )
    return len(table)


def read_readings(path: Path, *, name: str = "") -> pd.DataFrame:
    """Further readings of numbers of the register; `value` as text, as it was read.

    Raises
    ------
    DataError
        With every fault: a missing column, an unknown way of reading, a value that is no number, a
        reading without a source.
    """
    name = name or path.name
    table = read_csv(path, name)
    with collect(DataError) as faults:
        for column in READINGS:
            if column not in table.columns:
                near = did_you_mean(column, table.columns)
                faults.add(f"column '{column}' is missing", where=f"{name}:1", hint=near)
    with collect(DataError) as faults:
        for line, record in enumerate(table.to_dict("records"), start=2):
            where = f"{name}:{line}"
            if record["how"] not in HOW:
                faults.add(
                    f"'{record['how']}' is no way of reading", where=where, expected=one_of(HOW)
                )
            if not record["value"].replace(".", "", 1).isdigit():
                faults.add(f"'{record['value']}' is not a number", where=where)
            if not record["source_title"]:
                faults.add(f"the reading of {record['quarter']} has no source", where=where)
    return table


def side_by_side(path: Path, readings: pd.DataFrame) -> pd.DataFrame:
    """Each further reading beside the register's number.

    Returns
    -------
    DataFrame
        Columns `quarter`, `series`, `register`, `register_source`, `reading`, `reading_source`,
        `told` (how it was read) and `agrees`.
    """
    own = numbers(path).set_index(["quarter", "series"])
    lines = []
    for reading in readings.to_dict("records"):
        key = (reading["quarter"], reading["series"])
        known = own.loc[key] if key in own.index else None
        value = "" if known is None else str(known["value"])
        lines.append(
            {
                "quarter": key[0],
                "series": key[1],
                "register": value,
                "register_source": "" if known is None else str(known["source_title"]),
                "reading": reading["value"],
                "reading_source": reading["source_title"],
                "told": f"{reading['how']}: {reading['reading']}".rstrip(": "),
                "agrees": bool(value) and float(value) == float(reading["value"]),
            }
        )
    return pd.DataFrame(lines)


def repeated_apps(path: Path) -> pd.DataFrame:
    """Apps that stand in several notices, or several times in one, by name.

    Names are compared without case, width, spaces and quotes. The same name is no proof of the same
    app: repackaged copies carry it too.

    Returns
    -------
    DataFrame
        Columns `app`, `entries`, `quarters` (joined by ", "), `across` (several notices).
    """
    table = read_csv(path, path.name)
    table = table.assign(key=table["app"].map(same_name))
    lines = []
    for _, part in table.groupby("key", sort=True):
        if len(part) > 1:
            quarters = sorted(set(part["quarter"]))
            lines.append(
                {
                    "app": part["app"].iloc[0],
                    "entries": len(part),
                    "quarters": ", ".join(quarters),
                    "across": len(quarters) > 1,
                }
            )
    return pd.DataFrame(lines, columns=["app", "entries", "quarters", "across"])


def same_name(app: str) -> str:
    """An app's name as it is compared: one width, no case, letters and digits only."""
    folded = unicodedata.normalize("NFKC", app).casefold()
    return "".join(sign for sign in folded if sign.isalnum()) or folded


def reading_rows(path: Path, readings: pd.DataFrame, *, last: str) -> pd.DataFrame:
    """Rows of estimates of the watched series up to `last`: the register's, and other readings.

    `variant` is ``register`` or ``reading``; a reading that differs from the register carries
    quality caution and says so.
    """
    own = numbers(path)
    compared = side_by_side(path, readings)
    rows = []
    for series, indicator in WATCHED.items():
        for number in own[own["series"] == series].to_dict("records"):
            apart = compared[
                (compared["quarter"] == number["quarter"])
                & (compared["series"] == series)
                & ~compared["agrees"]
            ]
            shared = {"wave": number["quarter"], "indicator": indicator}
            if not QUARTER.match(number["quarter"]) or number["quarter"] > last:
                continue
            shared |= {"period": quarter_end(number["quarter"]).isoformat()}
            trust = {"quality": "caution" if len(apart) else "ok"}
            trust["reason"] = "sources differ" if len(apart) else ""
            rows.append(
                shared
                | trust
                | {
                    "estimate": float(number["value"]),
                    "variant": "register",
                    "design": f"{number['source_title']}; {number['how']}",
                }
            )
            for other in apart.to_dict("records"):
                cited = f"{other['reading_source']}; {other['told']}"
                rows.append(
                    shared
                    | trust
                    | {"estimate": float(other["reading"]), "variant": "reading", "design": cited}
                )
    made = pd.DataFrame(rows)
    return made.assign(statistic="total", unit="count", domain="all") if len(made) else made

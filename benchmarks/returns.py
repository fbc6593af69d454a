"""A simulated wave of any size for timing the clean stage: a study in files and its returns as CSV.

Sixty columns as a telephone or web survey has them: keys, times by page, a device, a number that
was dialled, an open answer, two grids, a set of eight options, routed questions. Faults are planted
at known rates. Nothing here is anybody's answer; the draws are seeded.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

STUDY, WAVE = "returns", "2020H1"
SEED = 20200630
GRIDS = {name: [f"{name}{k}" for k in range(1, 11)] for name in ("trust", "worry")}
SINGLES = {f"use{k}": 4 + k % 3 for k in range(1, 9)}  # item -> points of its scale
OPTIONS = range(1, 9)
PAGES = ("first", "trust", "worry", "last")
COLUMNS = 60
BLOCK = 100_000
THINGS, WISHES = (
    ("网络", "手机", "信息", "隐私", "应用", "权限"),
    ("保护", "加强", "管理", "担心", "安全"),
)


def write_project(folder: Path, rows: int) -> Path:
    """The study's files, the returns and their card; returns the path of the returns."""
    study = folder / "instruments" / STUDY
    for name, text in _files().items():
        path = study / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "pyproject.toml").touch()
    report = folder / "report_templates" / STUDY / "report.yml"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(f"studies: [{STUDY}]\n", encoding="utf-8")
    raw = folder / "data" / "raw" / STUDY / WAVE / "returns.csv"
    raw.parent.mkdir(parents=True, exist_ok=True)
    write_returns(raw, rows)
    from survey.io.atomic import sha256

    card = {
        "producer": "benchmarks/returns.py",
        "licence": "CC0-1.0",
        "kind": "simulated",
        "files": {raw.name: sha256(raw)},
    }
    raw.with_name("source.yml").write_text(json.dumps(card), encoding="utf-8")
    return raw


# -- the study -----------------------------------------------------------------------------------


def _files() -> dict[str, str]:
    """Files of the study by name."""
    return {
        "study.yml": json.dumps(
            {
                "id": STUDY,
                "title": _text("returns"),
                "universe": _text("adults"),
                "report": STUDY,
                "identifiers": ["dialled"],
                "indicators": [],
            }
        ),
        "items/all.yml": json.dumps(_items()),
        **{f"scales/{name}.yml": json.dumps(scale) for name, scale in _scales().items()},
        "questionnaires/v1.yml": json.dumps(_questionnaire()),
        "methods.yml": json.dumps(_methods()),
        f"waves/{WAVE}.yml": json.dumps(_wave()),
    }


def _text(name: str) -> dict[str, str]:
    return {"zh": name, "en": name}


def _items() -> list[dict]:
    items = [
        {"id": name, "kind": "key"}
        for name in ("respondent", "submitted", "interviewer", "psu", "device")
    ]
    items += [{"id": "base_weight", "kind": "number"}, {"id": "remarks", "kind": "open"}]
    items += [{"id": name, "kind": "number", "scale": name} for name in ("seconds", "age", "lines")]
    yes_no = {"kind": "single", "scale": "yes_no"}
    items += [{"id": "uses_internet", **yes_no}, {"id": "had_incident", **yes_no}]
    items += [
        {"id": name, "kind": "single", "scale": name} for name in ("sex", "province", "score")
    ]
    items += [{"id": "residence", "kind": "single", "scale": "sex"}]
    items += [{"id": "issues", "kind": "multiple", "scale": "issues", "exclusive": [8]}]
    grid = [*(item for grid in GRIDS.values() for item in grid), "control"]
    items += [{"id": name, "kind": "single", "scale": "agree"} for name in grid]
    items += [
        {"id": name, "kind": "single", "scale": f"single{points}"}
        for name, points in SINGLES.items()
    ]
    items += [{"id": "education", "kind": "single", "scale": "single5"}]
    items += [
        {
            "id": "incident_type",
            "kind": "single",
            "scale": "single5",
            "universe": "had_incident == 1",
        }
    ]
    items += [
        {
            "id": "age_group",
            "kind": "single",
            "scale": "single5",
            "derive": {
                "from": "age",
                "classes": [[15, 24, 1], [25, 34, 2], [35, 49, 3], [50, 64, 4], [65, 99, 5]],
            },
        }
    ]
    return [{**item, "text": _text(item["id"])} for item in items]


def _points(count: int) -> dict:
    missing = {98: "dont_know", 99: "refused", -3: "not_asked", -2: "no_answer"}
    return {
        "points": {k: {"code": f"p{k}", "text": _text(f"p{k}")} for k in range(1, count + 1)},
        "missing": missing,
    }


def _scales() -> dict[str, dict]:
    span = {"missing": {998: "no_answer"}}
    return {
        "yes_no": _points(2),
        "sex": _points(2),
        "province": _points(31),
        "agree": _points(5),
        "issues": {k: v for k, v in _points(8).items() if k == "points"},
        "score": {"range": [0, 10], "numeric": True, "missing": _points(1)["missing"]},
        "seconds": {"range": [0, 86400]},
        "age": {"range": [15, 99], **span},
        "lines": {"range": [1, 20], **span},
        **{f"single{points}": _points(points) for points in (4, 5, 6)},
    }


def _questionnaire() -> dict:
    routed = ["score", "issues", *(item for grid in GRIDS.values() for item in grid), "control",
              "had_incident", "incident_type"]  # fmt: skip
    ask_if = dict.fromkeys(routed, "uses_internet == 1")
    ask_if["incident_type"] = "had_incident == 1"
    sample = ["respondent", "submitted", "seconds", "interviewer", "psu", "base_weight"]
    return {
        "blocks": [
            {"id": "sample", "items": sample},
            {"id": "first", "items": ["sex", "age", "province", "residence", "uses_internet"]},
            {"id": "perception", "items": ["score", "issues"]},
            {"id": "grids", "items": [*GRIDS["trust"], "control", *GRIDS["worry"]]},
            {"id": "incidents", "items": ["had_incident", "incident_type", *SINGLES]},
            {"id": "last", "items": ["education", "lines", "remarks"]},
        ],
        "ask_if": ask_if,
        "attention": {"control": 4},
        "grids": list(GRIDS.values()),
        "impossible": [{"if": "age < 18 and education == 5", "text": _text("age and degree")}],
    }


def _methods() -> dict:
    values: dict[str, float | int | str] = {
        "speed_min_share_of_median": 0.4,
        "speed_min_seconds_per_item": 2,
        "straight_line_max_run": 9,
        "duplicate_min_items": 20,
        "attention_max_failed": 0,
        "missing_max_share": 0.5,
        "page_min_seconds_per_item": 0.3,
        "page_max_fast": 1,
        "grid_min_sd": 0.2,
        "match_min_share": 0.85,
        "match_min_items": 20,
        "device_max_interviews": 3,
        "routing_max_stray": 2,
        "impossible_max": 0,
        "gibberish_max_run": 4,
        "gibberish_max_keys": 5,
        "gibberish_max_consonants": 6,
        "gibberish_min_diversity": 0.3,
        "exclude_flags": "duplicate attention speed straight missing",
    }
    return {
        name: {"value": value, "unit": "as named", "source": "a benchmark"}
        for name, value in values.items()
    }


def _wave() -> dict:
    columns: dict[str, dict] = {
        "respondent": {"column": "id"},
        "issues": {"columns": {k: f"issue_{k}" for k in OPTIONS}},
        "seconds": {"column": "seconds", "pattern": r"^(\d+)秒$"},
    }
    plain = ["submitted", "interviewer", "psu", "base_weight", "device", "remarks", "sex", "age",
             "province", "residence", "uses_internet", "score", *GRIDS["trust"], *GRIDS["worry"],
             "control", "had_incident", "incident_type", *SINGLES,
             "education", "lines"]  # fmt: skip
    columns |= {name: {"column": name} for name in plain}
    return {
        "period": {"start": "2020-01-01", "end": "2020-06-30"},
        "half": 1,
        "questionnaire": "v1",
        "mode": "cati",
        "raw": {"file": "returns.csv", "origin": "csv"},
        "columns": columns,
        "pages": {
            page: {"column": f"page_{page}", "items": items}
            for page, items in zip(PAGES, _pages(), strict=True)
        },
        "design": {"kind": "probability", "psu": "psu", "base_weight": "base_weight"},
    }


def _pages() -> list[list[str]]:
    """Items on each page."""
    return [
        ["sex", "age", "province", "residence", "uses_internet", "score", "issues"],
        [*GRIDS["trust"], "control"],
        GRIDS["worry"],
        ["had_incident", "incident_type", *SINGLES, "education", "lines", "remarks"],
    ]


# -- the returns ---------------------------------------------------------------------------------


def write_returns(path: Path, rows: int) -> None:
    """The returns as CSV in UTF-8, block by block, so that no more than a block is in memory."""
    import polars as pl

    with path.open("wb") as file:
        for start in range(0, rows, BLOCK):
            count = min(BLOCK, rows - start)
            block = pl.DataFrame(_block(np.random.default_rng([SEED, start]), start, count))
            assert block.width == COLUMNS
            file.write(block.write_csv(include_header=start == 0).encode())


def _block(rng: np.random.Generator, start: int, n: int) -> dict[str, np.ndarray]:
    """Columns of a block of returns as texts, faults among them."""
    latent = rng.normal(size=n)
    numbers: dict[str, np.ndarray] = {
        "sex": rng.integers(1, 3, n),
        "age": np.clip(rng.normal(42, 16, n), 15, 99).astype(int),
        "province": rng.integers(1, 32, n),
        "residence": rng.integers(1, 3, n),
        "uses_internet": np.where(rng.random(n) < 0.85, 1, 2),
        "score": np.clip(np.rint(6.4 + 1.5 * latent + rng.normal(size=n)), 0, 10).astype(int),
    }
    for name, sign in (("trust", 1), ("worry", -1)):
        for k, item in enumerate(GRIDS[name]):
            lean = sign * (0.8 * latent) + 0.15 * k - 0.5
            numbers[item] = np.clip(np.rint(3 + lean + rng.normal(size=n)), 1, 5).astype(int)
    numbers["control"] = np.where(rng.random(n) < 0.97, 4, rng.integers(1, 6, n))
    numbers["had_incident"] = np.where(rng.random(n) < 0.3, 1, 2)
    numbers["incident_type"] = rng.integers(1, 6, n)
    for item, points in SINGLES.items():
        drawn = np.minimum(rng.geometric(0.4, n), points)
        numbers[item] = drawn
    numbers["education"] = rng.choice([1, 2, 3, 4, 5], n, p=[0.1, 0.3, 0.3, 0.2, 0.1])
    numbers["lines"] = rng.choice([1, 2, 3], n, p=[0.7, 0.25, 0.05])
    for k in OPTIONS:
        numbers[f"issue_{k}"] = (rng.random(n) < (0.05 if k == 8 else 0.45 - 0.05 * k)).astype(int)
    seconds = np.rint(np.exp(rng.normal(6.1, 0.35, n))).astype(int)
    device = rng.integers(0, 40 * (start + n) + 1000, n)
    _plant(rng, numbers, seconds, device, n)
    return _texts(rng, numbers, seconds, device, start, n)


def _plant(rng, numbers: dict, seconds: np.ndarray, device: np.ndarray, n: int) -> None:
    """Speeders, straight-liners, copies, near copies, missing codes, ages out of range."""
    fast = rng.random(n) < 0.01
    seconds[fast] //= 5
    straight = np.flatnonzero(rng.random(n) < 0.005)
    for items in GRIDS.values():
        for item in items:
            numbers[item][straight] = 3
    for item in [*numbers]:
        if item.startswith(("trust", "worry", "use", "score")):
            unknown = rng.random(n) < 0.015
            numbers[item][unknown] = rng.choice([98, 99], int(unknown.sum()))
    old = rng.random(n) < 0.002
    numbers["age"][old] = rng.integers(100, 200, int(old.sum()))
    near = np.flatnonzero(rng.random(n) < 0.003)
    exact = np.flatnonzero(rng.random(n) < 0.002)
    for copies, altered in ((exact, 0), (near, 3)):
        originals = rng.integers(0, n, len(copies))
        device[copies] = device[originals]
        for item in numbers:
            numbers[item][copies] = numbers[item][originals]
        for item in rng.permutation([*GRIDS["trust"], *GRIDS["worry"]])[:altered]:
            numbers[item][copies] = rng.integers(1, 6, len(copies))


def _texts(
    rng, numbers: dict, seconds: np.ndarray, device: np.ndarray, start: int, n: int
) -> dict[str, np.ndarray]:
    """Cells as the file holds them: blanks where nothing was asked, a few answers nobody wanted."""
    cells = {name: values.astype(str).astype(object) for name, values in numbers.items()}
    stray = rng.random(n) < 0.004
    offline = (numbers["uses_internet"] != 1) & ~stray
    for name in ("score", *GRIDS["trust"], "control", *GRIDS["worry"], "had_incident"):
        cells[name][offline] = ""
    for k in OPTIONS:
        cells[f"issue_{k}"][offline] = ""
    unhurt = (offline | (numbers["had_incident"] != 1)) & ~stray
    cells["incident_type"][unhurt] = ""
    row = np.arange(start, start + n)
    shares = rng.dirichlet([2, 5, 5, 3], n)
    remark = np.array(
        ["".join([*rng.choice(WISHES, 3), *rng.choice(THINGS, 3)]) for _ in range(997)],
        dtype=object,
    )
    remarks = remark[rng.integers(0, len(remark), n)] + rng.integers(0, 9999, n).astype(str)
    remarks[rng.random(n) < 0.7] = ""
    noise = np.flatnonzero(rng.random(n) < 0.004)
    remarks[noise] = rng.choice(["asdfghjkl", "哈哈哈哈哈哈", "xxxxxxx", "。。。。"], len(noise))
    day = (np.datetime64("2020-01-05") + rng.integers(0, 170, n)).astype(str)
    tail = {
        "id": np.char.add("R", np.char.zfill(row.astype(str), 8)),
        "submitted": np.char.add(day, " 10:00:00"),
        "seconds": np.char.add(seconds.astype(str), "秒"),
        "interviewer": np.char.add("I", rng.integers(100, 900, n).astype(str)),
        "psu": np.char.add("P", rng.integers(1000, 6000, n).astype(str)),
        "base_weight": np.char.mod("%.2f", np.exp(rng.normal(6, 0.4, n))),
        "device": np.char.add("d", device.astype(str)),
        "dialled": np.char.add("139", rng.integers(10**7, 10**8, n).astype(str)),
        "remarks": remarks,
    }
    for k, page in enumerate(PAGES):
        tail[f"page_{page}"] = np.char.mod("%.1f", shares[:, k] * seconds)
    return {**tail, **cells}

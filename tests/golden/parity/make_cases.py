"""Writes the cases of the parity matrix: tests/golden/parity/cases.json, for R and for Python.

    .venv/bin/python -m tests.golden.parity.make_cases

Decided here: what is asked of every design. A plain question takes complete columns and the whole
sample; a rich one takes columns with missing values, in a domain. The file has the data sets,
the designs, and one case per line that names its design.
"""

from __future__ import annotations

import json
from pathlib import Path

from tests.golden.parity.datasets import DATASETS
from tests.golden.parity.designs import DESIGNS, INFEASIBLE
from tests.golden.parity.references import reference_cases, reference_designs

OUT = Path(__file__).with_name("cases.json")
RULES = ("school", "shahvaish", *(f"hf{k}" for k in range(1, 10)))
RULED = ("agstrat", "ess", "part_fay")  # asked for every quantile rule: y has no ties, or flat ones


def asks(roles: dict) -> list[tuple[str, str, dict]]:
    """(name, statistic, question) of a data set; a rich question has `where` or `by`."""
    y, x, total = roles.get("y"), roles.get("x"), roles.get("total")
    b, c, g = roles.get("b"), roles.get("c"), roles.get("g")
    ym, bm = roles.get("ym"), roles.get("bm")
    inside = {"where": roles.get("where")}
    split = {"by": g} if g else inside
    models = {"family": "gaussian", "formula": [x, b]}
    logit = {"family": "binomial", "formula": [x]}
    poisson = {"family": "poisson", "formula": [x]}
    found = [
        ("plain", "mean", {"y": y}),
        ("rich", "mean", {"y": ym, **split}),
        ("plain", "share", {"x": b}),
        ("rich", "share", {"x": bm, **split}),
        ("plain", "total", {"y": total}),
        ("rich", "total", {"y": ym, **split}),
        ("plain", "ratio", {"a": y, "b": x}),
        ("rich", "ratio", {"a": ym, "b": x, **split}),
        ("plain", "quantile", {"y": y, "p": [0.25, 0.5]}),
        ("rich", "quantile", {"y": ym, "p": [0.5, 0.8], **inside}),
        ("plain", "variance", {"y": y}),
        ("rich", "variance", {"y": ym, **split}),
        ("plain", "correlation", {"a": y, "b": x}),
        ("rich", "correlation", {"a": ym, "b": x, **split}),
        ("plain", "multi", {"items": [b, c]}),
        ("rich", "multi", {"items": [bm, c], **inside}),
        ("plain", "chisq", {"a": b, "b": g}),
        ("rich", "chisq", {"a": bm, "b": c, **inside}),
        ("plain", "ttest", {"y": y, "g": b}),
        ("rich", "ttest", {"y": ym, "g": c, **inside}),
        ("plain", "wald", {"y": y, "formula": [x], "factor": g}),
        ("rich", "wald", {"y": ym, "formula": [b], "factor": g, **inside}),
        ("plain", "glm", {"y": y, **models}),
        ("rich", "glm", {"y": bm, **logit, **inside}),
        ("count", "glm", {"y": c, **poisson}),
        ("plain", "contrast", {"y": y, "g": g}),
        ("rich", "contrast", {"y": ym, "g": g, **inside}),
        ("plain", "deff", {"y": y}),
        ("rich", "deff", {"y": ym, **split}),
    ]
    return [row for row in found if None not in _flat(row[2])]


def rules(roles: dict) -> list[tuple[str, str, dict]]:
    """Quantiles by every rule R has."""
    ask = {"y": roles["y"], "p": [0.1, 0.5, 0.75]}
    return [(rule, "quantile", {**ask, "qrule": rule}) for rule in RULES]


def _flat(ask: dict) -> list:
    return [v for value in ask.values() for v in (value if isinstance(value, list) else [value])]


def cases() -> list[dict]:
    """Every case: its id, its statistic, its design by name, its question and its domain."""
    found = []
    for name, design in DESIGNS.items():
        roles = DATASETS[design["data"]]["roles"]
        extra = rules(roles) if name in RULED else []
        for kind, statistic, ask in [*asks(roles), *extra]:
            if statistic == "quantile" and design["method"] in ("jk1", "jkn"):
                continue
            asked = {k: v for k, v in ask.items() if k not in ("where", "by")}
            found.append(
                {
                    "id": f"{name}/{statistic}/{kind}",
                    "statistic": statistic,
                    "design": name,
                    "ask": asked,
                    **{word: ask[word] for word in ("where", "by") if word in ask},
                }
            )
    return found + reference_cases()


def main() -> None:
    """Write the file, one case per line."""
    designs = DESIGNS | reference_designs()
    used = {d["data"] for d in designs.values()}
    parts = [
        ("datasets", {k: v | {"keep": v.get("keep")} for k, v in DATASETS.items() if k in used}),
        ("designs", designs),
        ("infeasible", INFEASIBLE),
    ]
    lines = []
    for name, part in parts:
        rows = ",\n".join(f"{json.dumps(k)}: {json.dumps(v)}" for k, v in part.items())
        lines.append(f'"{name}": {{\n{rows}\n}}')
    rows = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases())
    lines.append(f'"cases": [\n{rows}\n]')
    OUT.write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


if __name__ == "__main__":
    main()

"""A sample on disk, and what is written down about its draw: anyone can repeat it.

The record names the frame by its sha256, the columns that played a part, the seed and every
start. How units are drawn is decided in pps.py.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from survey.errors import DataError
from survey.io.atomic import replacing, sha256
from survey.planning.frame import Frame, csv_text
from survey.planning.pps import Draw

KIND = "systematic draw with probability proportional to size"
SUFFIX = ".draw.json"
ADDED = ("inclusion_probability", "base_weight", "certainty")


@dataclass(frozen=True)
class Columns:
    """The frame's columns that played a part in a draw."""

    unit: str
    measure: str
    strata: tuple[str, ...] = ()
    order: tuple[str, ...] = ()

    def labels(self, frame: Frame) -> list[str]:
        """Stratum of every unit of the frame: the columns' cells joined by "/"."""
        columns = [frame.texts(name) for name in self.strata]
        if not columns:
            return [""] * frame.size
        return ["/".join(cells) for cells in zip(*columns, strict=True)]


def write_draw(frame: Frame, draw: Draw, columns: Columns, out: Path) -> Path:
    """The drawn rows of a frame as CSV, and their record beside them: both or neither.

    Parameters
    ----------
    frame : Frame
    draw : Draw
        Of the frame's rows.
    columns : Columns
    out : Path
        Rows as in the frame, in its order, and ADDED: inclusion probability, its inverse, and 1
        for units taken without chance.

    Returns
    -------
    Path
        The record.

    Raises
    ------
    DataError
        If the frame has a column named like one that is added.
    """
    text = csv_text(*_sample(frame, draw))
    record = {
        "kind": KIND,
        "seed": draw.seed,
        "frame": {"file": frame.path.name, "sha256": sha256(frame.path)},
        "sample": {"file": out.name, "sha256": hashlib.sha256(text.encode("utf-8")).hexdigest()},
        "columns": {
            "unit": columns.unit,
            "measure": columns.measure,
            "strata": list(columns.strata),
            "order": [*columns.order, columns.unit],
        },
        "strata": _strata(draw, Counter(columns.labels(frame))),
        "drawn": int(draw.chosen.sum()),
        "certainty_units": list(draw.certainty),
    }
    told = json.dumps(record, ensure_ascii=False, indent=2, sort_keys=True) + "\n"
    with replacing(out) as sample, replacing(record_path(out)) as beside:
        sample.write_bytes(text.encode("utf-8"))
        beside.write_bytes(told.encode("utf-8"))
    return record_path(out)


def _sample(frame: Frame, draw: Draw) -> tuple[list[str], list[list]]:
    taken = sorted(set(ADDED) & set(frame.columns))
    if taken:
        raise DataError(
            f"the frame already has the columns {', '.join(taken)}",
            where=str(frame.path),
            hint="rename them: the sample gets its own",
        )
    rows = []
    for row in np.flatnonzero(draw.chosen):
        probability = float(draw.probability[row])
        certain = int(probability == 1)
        cells = [column[row] for column in frame.columns.values()]
        rows.append([*cells, f"{probability:.12g}", f"{1 / probability:.12g}", certain])
    return [*frame.columns, *ADDED], rows


def _strata(draw: Draw, frame_units: Mapping[str, int]) -> list[dict]:
    return [
        {
            "stratum": name,
            "frame_units": frame_units[name],
            "drawn": draw.sizes[name],
            "start": draw.starts[name],
        }
        for name in sorted(draw.sizes)
    ]


def record_path(sample: Path) -> Path:
    return sample.with_name(sample.name + SUFFIX)


def read_record(path: Path) -> dict:
    """A record that `write_record` wrote.

    Raises
    ------
    DataError
        If the file is missing or is no such record.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise DataError(f"cannot be read: {fault.strerror}", where=str(path)) from None
    except ValueError as fault:
        raise DataError(f"is not JSON: {fault}", where=str(path)) from None
    if not isinstance(record, dict) or record.get("kind") != KIND:
        raise DataError("is not the record of a draw", where=str(path))
    return record


def changed_files(record: Mapping, folder: Path) -> Sequence[str]:
    """Files of a record that are no longer what they were, or gone."""
    changed = []
    for part in ("frame", "sample"):
        path = folder / record[part]["file"]
        if not path.is_file() or sha256(path) != record[part]["sha256"]:
            changed.append(record[part]["file"])
    return changed

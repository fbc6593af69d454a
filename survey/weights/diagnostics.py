"""The page of diagnostics of one set of weights: which pictures, from which record and steps.

Pictures are drawn in pictures.py and put on a page in page.py; the numbers behind them are in the
calibration record and effects.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from survey.weights.effects import step_effects
from survey.weights.page import write_diagnostics
from survey.weights.pictures import effect_plot, love_plot, margin_plot, weight_plot
from survey.weights.record import CalibrationRecord
from survey.weights.sheet import look


def write_weighting_page(
    record: CalibrationRecord,
    stages: Mapping[str, np.ndarray],
    path: Path,
    *,
    language: str,
    kind: str,
    title: str | None = None,
    labels: Mapping[str, str] | None = None,
) -> Path:
    """Differences from targets, margins, distributions and effects of weights, as HTML.

    Parameters
    ----------
    record : CalibrationRecord
    stages : mapping of step to ndarray of float, each of shape (n,)
        Weights after every step, base weights first.
    path : Path
    language : {"zh", "en"}
    kind : str
        collected, measured or simulated; simulated is said in every picture.
    title : str, optional
    labels : mapping of ``margin`` and ``margin:level`` to words, optional
    """
    figures = {}
    if record.margins:
        figures["love"] = love_plot(
            record, language=language, kind=kind, threshold=look()["large"], labels=labels
        )
        figures["margins"] = margin_plot(record, language=language, kind=kind, labels=labels)
    effects = step_effects(stages)
    figures["weights"] = weight_plot(effects, language=language, kind=kind)
    figures["effects"] = effect_plot(effects, language=language, kind=kind)
    return write_diagnostics(figures, path, language=language, title=title)

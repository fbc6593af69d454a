"""Missing answers of one wave imputed as the study declares it, every one a row of the audit.

Decided here: steps are taken in their order, each on answers as the steps before left them; the
rule of an audit row is `impute:<item>`, its reason names the method and the class, never the
donor. What estimation needs to draw again (who gave, who got, the classes) is a table of its own,
`imputed.parquet`; it names donors as a group and pairs nobody. A study without imputation.yml, or
a wave without steps, is left as it is.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from survey.clean.answers import as_text
from survey.clean.audit import Ledger
from survey.clean.rules import Routing
from survey.impute.classes import classes_of
from survey.impute.frozen import FrozenStep, frozen_step
from survey.impute.situation import Situation, situation_of
from survey.instrument.imputation import MAX_USES, MIN_DONORS, RULE, Step, steps_of

COLUMNS = ("respondent", "step", "item", "cell", "donor", "imputed")


@dataclass
class Filled:
    """What was imputed.

    Attributes
    ----------
    table : DataFrame
        Columns COLUMNS, one row per respondent and item of a step who gave or got an answer,
        sorted; empty where nothing is imputed.
    counts : dict of step to counts
        For cleaning.json; holds no answer of anybody.
    """

    table: pd.DataFrame
    counts: dict[str, dict[str, object]] = field(default_factory=dict)


def impute(ledger: Ledger, routing: Routing) -> Filled:
    """Impute a wave's missing answers.

    Raises
    ------
    DataError
        If a step has too few donors, or a variable that chooses them is not in the wave.
    """
    parts: list[pd.DataFrame] = []
    counts: dict[str, dict[str, object]] = {}
    instrument = routing.instrument
    for step in steps_of(instrument, routing.wave_name):
        found = situation_of(ledger.frame, step, routing)
        if not found.recipients.any():
            counts[step.name] = {"method": step.method, "missing": 0, "imputed": 0}
            continue
        frozen, label = _frozen(ledger.frame, step, found, routing)
        drawn = frozen.draw()
        _write(ledger, frozen, drawn)
        parts.append(_told(ledger.frame, frozen, drawn >= 0, label))
        counts[step.name] = _counts(frozen, drawn, label)
    if not parts:
        return Filled(_empty(), counts)
    table = pd.concat(parts, ignore_index=True)
    table = table.sort_values(["step", "respondent", "item"], kind="stable", ignore_index=True)
    return Filled(table, counts)


def _frozen(
    frame: pd.DataFrame, step: Step, found: Situation, routing: Routing
) -> tuple[FrozenStep, np.ndarray]:
    instrument = routing.instrument
    assert instrument.imputation is not None
    uses = int(instrument.policy(MAX_USES))
    label = classes_of(
        frame,
        step.classes,
        found.donors,
        found.recipients,
        least=int(instrument.policy(MIN_DONORS)),
        uses=uses,
        instrument=instrument,
        what=step.name,
        where=instrument.where("step", str(instrument.imputation.steps.index(step))),
    )
    frozen = frozen_step(
        frame,
        step,
        routing,
        donors=found.donors,
        gaps=found.gaps,
        label=label,
        weight=_base(frame, routing),
        uses=uses,
        seed=instrument.imputation.seed,
    )
    return frozen, label


def _base(frame: pd.DataFrame, routing: Routing) -> np.ndarray:
    """Base weights; who has none gives no answers (such a wave fails when it is finished)."""
    name = routing.wave.design.base_weight
    if name is None or name not in frame.columns:
        return np.ones(len(frame))
    weight = pd.to_numeric(frame[name], errors="coerce").to_numpy(float, na_value=np.nan)
    return np.where(np.isfinite(weight) & (weight > 0), weight, 0.0)


def _write(ledger: Ledger, frozen: FrozenStep, drawn: np.ndarray) -> None:
    """Give the donors' answers, item by item."""
    index = ledger.frame.index
    donors = index[frozen.donors[np.maximum(drawn, 0)]]
    for place, item in enumerate(frozen.step.items):
        filled = frozen.gaps[:, place] & (drawn >= 0)
        rows = index[frozen.recipients[filled]]
        texts = as_text(ledger.frame, item).loc[donors[filled]].set_axis(rows)
        where = pd.Series(index.isin(rows), index=index)
        ledger.change(item, where, texts, rule=f"{RULE}{item}", reason=_reason(frozen.step))


def _reason(step: Step) -> str:
    if step.method == "nearest":
        among = f"one of the {step.neighbours} nearest donors" if step.neighbours > 1 else "nearest"
        within = f" within {', '.join(step.classes)}" if step.classes else ""
        return f"{among} in {', '.join(step.auxiliaries)}{within}"
    return f"drawn from donors alike in {', '.join(step.classes) or 'nothing but the wave'}"


def _told(
    frame: pd.DataFrame, frozen: FrozenStep, filled: np.ndarray, label: np.ndarray
) -> pd.DataFrame:
    """Rows of `imputed.parquet` for one step."""
    who = frame["respondent"].to_numpy(str)
    parts = []
    for place, item in enumerate(frozen.step.items):
        got = frozen.recipients[filled & frozen.gaps[:, place]]
        for rows, donor in ((frozen.donors, True), (got, False)):
            parts.append(
                pd.DataFrame(
                    {
                        "respondent": who[rows],
                        "step": frozen.step.name,
                        "item": item,
                        "cell": label[rows],
                        "donor": donor,
                        "imputed": not donor,
                    }
                )
            )
    return pd.concat(parts, ignore_index=True)


def _counts(frozen: FrozenStep, drawn: np.ndarray, label: np.ndarray) -> dict[str, object]:
    used = np.bincount(drawn[drawn >= 0], minlength=1)
    cells = sorted(set(label[frozen.recipients]))
    return {
        "method": frozen.step.method,
        "missing": len(drawn),
        "imputed": int((drawn >= 0).sum()),
        "donors": len(frozen.donors),
        "most_uses_of_one_donor": int(used.max()),
        "classes": len(cells),
        "coarser_classes": int(sum(_depth(c) < len(frozen.step.classes) for c in cells)),
    }


def _depth(label: str) -> int:
    return label.count("=")


def _empty() -> pd.DataFrame:
    types = {name: "bool" if name in ("donor", "imputed") else "str" for name in COLUMNS}
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in types.items()})

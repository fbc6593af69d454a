"""One row for every change to an answer and every exclusion, so that cleaning can be replayed.

Whoever changes an answer does it through a `Ledger`; nothing else writes into a wave's answers
after they are mapped. `replay` makes the same changes to the mapped table again. What to change is
decided in corrections.py, rules.py and quality.py.
"""

from __future__ import annotations

import pandas as pd

from survey.clean.answers import FLAGS, as_text, columns_of, put_text
from survey.instrument.edits import COLUMN
from survey.privacy.search import masked

KEPT = "keep"  # rule of a row that takes an exclusion back
COLUMNS = ("respondent", "item", "rule", "old", "new", "reason", "source_row")


class Ledger:
    """A wave's answers and the changes made to them so far.

    Attributes
    ----------
    frame : DataFrame
        The answers as they are now; the frame given at the start is not touched.
    """

    def __init__(self, mapped: pd.DataFrame) -> None:
        self.frame = begin(mapped)
        self._rows: list[pd.DataFrame] = []

    def change(
        self, item: str, where: pd.Series, new: str | pd.Series, *, rule: str, reason: str
    ) -> int:
        """Set `item` to `new` (as text, see answers.py) where asked; returns how many changed."""
        asked = where.fillna(False).to_numpy(dtype=bool)
        if not asked.any():
            return 0
        old = as_text(self.frame[columns_of(self.frame, item)][asked], item)
        texts = new[old.index] if isinstance(new, pd.Series) else pd.Series(new, index=old.index)
        differs = old.ne(texts)
        old, texts = old[differs], texts[differs].astype(object)
        if texts.empty:
            return 0
        put_text(self.frame, item, texts)
        hidden = {text: masked(text) for text in old.unique()}
        self._rows.append(
            pd.DataFrame(
                {
                    "respondent": self.frame["respondent"].loc[old.index],
                    "item": item,
                    "rule": rule,
                    "old": old.map(hidden),
                    "new": texts,
                    "reason": masked(reason),
                    "source_row": old.index,
                }
            )
        )
        return len(texts)

    def exclude(self, where: pd.Series, *, rule: str, reason: str) -> int:
        """Leave respondents out of the estimates; the first rule that excludes one is kept."""
        fresh = where & self.frame["included"]
        self.change("included", fresh, "False", rule=rule, reason=reason)
        self.frame.loc[fresh, "exclusion"] = rule
        return int(fresh.sum())

    def readmit(self, where: pd.Series, *, reason: str) -> int:
        """Take an exclusion back; the row of the exclusion stays in the audit before it."""
        out = where & ~self.frame["included"]
        done = self.change("included", out, "True", rule=KEPT, reason=reason)
        self.frame.loc[out, "exclusion"] = ""
        return done

    def audit(self) -> pd.DataFrame:
        """All changes, by respondent and then in the order they were made."""
        if not self._rows:
            return pd.DataFrame({name: pd.Series(dtype="str") for name in COLUMNS}).astype(
                {"source_row": "int64"}
            )
        rows = pd.concat(self._rows, ignore_index=True)
        rows = rows.sort_values("source_row", kind="stable").sort_values(
            "respondent", kind="stable"
        )
        types = {name: "int64" if name == "source_row" else "str" for name in COLUMNS}
        return rows[list(COLUMNS)].astype(types).reset_index(drop=True)


def begin(mapped: pd.DataFrame) -> pd.DataFrame:
    """Mapped answers with every flag down and everybody included."""
    frame = mapped.copy(deep=False)  # columns are copied when they change
    for flag in FLAGS:
        frame[flag] = False
    frame["included"] = True
    frame["exclusion"] = pd.Series("", index=frame.index, dtype="str")
    return frame


def replay(mapped: pd.DataFrame, audit: pd.DataFrame) -> pd.DataFrame:
    """The clean answers again, from the mapped table and its audit.

    Parameters
    ----------
    mapped : DataFrame, index `source_row`
        As recode.py returns it.
    audit : DataFrame
        Columns respondent, item, rule, old, new, reason, source_row; several rows of one answer
        stand in the order in which they were made.

    Returns
    -------
    DataFrame, one row per row of `mapped`, without derived items (see derive.py).
    """
    frame = begin(mapped)
    final = audit.drop_duplicates(["item", "source_row"], keep="last")
    for item, rows in final.groupby("item", sort=True):
        if str(item).startswith(COLUMN) and item not in frame.columns:
            frame[item] = False  # the mark of an edit
        put_text(frame, str(item), rows.set_index("source_row")["new"])
    excluded = final[final["item"] == "included"].set_index("source_row")["rule"]
    frame.loc[excluded.index, "exclusion"] = excluded.where(excluded.ne(KEPT), "")
    return frame

"""The words around a figure: number, subtitle, notes, base, source, simulated mark.

A figure made from simulated rows says so inside the image: in a badge and in the footnote. What
stands inside the plot is decided by each kind.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pandas as pd

from analysis.figures.levels import label
from analysis.figures.phrases import has_phrase, phrase, records, sentence_case, wave_short
from analysis.figures.spec import FigureSpec
from analysis.results.wording import Words

FILLED = "model_fill"  # variant of a model's range for a gap, told by the kind that draws it
MODELLED = "model-based"  # in the variant of estimates from a sample not drawn at random


def figure_number(spec: FigureSpec, words: Words) -> str:
    """图 1, 附图 A-1 / Figure 1, Figure A-1."""
    kind = "figure" if spec.number.isdigit() else "annex_figure"
    return phrase(words, kind, number=spec.number)


def subtitle(spec: FigureSpec, rows: pd.DataFrame, words: Words) -> str:
    """What is measured and when: the figure's own words, else those of its indicator and waves.

    Published numbers alone get none: what they cover is for the figure's author to say.
    """
    own = spec.said("subtitle", words.lang)
    if own or rows["indicator"].nunique() != 1 or rows["kind"].eq("published").all():
        return own
    row = records(rows.head(1))[0]
    what = sentence_case(label(words, row, "indicator"))
    known = what.casefold() in spec.said("title", words.lang).casefold()
    waves = list(rows.sort_values(["period", "wave"], kind="stable")["wave"].unique())
    first, last = (wave_short(words, wave) for wave in (waves[0], waves[-1]))
    when = first if first == last else phrase(words, "range", low=first, high=last)
    return when if known else phrase(words, "subtitle", what=what, when=when)


def badge(rows: pd.DataFrame, words: Words) -> str:
    """The simulated mark: "" if nothing is simulated, and another word if only a part is."""
    simulated = rows["kind"].eq("simulated")
    if not simulated.any():
        return ""
    return phrase(words, "badge_all" if simulated.all() else "badge_part")


def paragraphs(
    spec: FigureSpec, rows: pd.DataFrame, words: Words, notes: Iterable[str] = ()
) -> list[str]:
    """Footnote in paragraphs: notes, what is simulated, base and weighting, source."""
    gap = "" if words.lang == "zh" else " "
    told = gap.join(filter(None, [spec.said("note", words.lang), *notes]))
    made = gap.join(filter(None, [base(rows, words), _method(rows, words)]))
    source = spec.said("source", words.lang)
    return [
        text
        for text in (
            phrase(words, "note", text=told) if told else "",
            _simulated(rows, words),
            made,
            phrase(words, "source", text=source) if source else "",
        )
        if text
    ]


def _simulated(rows: pd.DataFrame, words: Words) -> str:
    made = rows[rows["kind"].eq("simulated") & rows["variant"].ne(FILLED)]
    if made.empty:
        return ""
    return phrase(words, "band_note" if made["estimate"].isna().all() else "simulated_note")


def base(rows: pd.DataFrame, words: Words) -> str:
    """Unweighted base of the estimates shown, a range where it differs; "" if none is known.

    A sample not drawn at random is told with its effective size.
    """
    counts = rows[rows["kind"].ne("published") & rows["n"].notna()]
    if counts["domain"].ne("all").any():
        counts = counts[counts["domain"].ne("all")]
    if counts.empty:
        return ""
    unit = counts["analysis_unit"].iloc[0] or "person"
    who = phrase(words, f"who_{unit}", n=_between(counts["n"], words))
    if counts["n"].nunique() > 1:
        each = "who_waves" if counts["wave"].nunique() > 1 else "who_each"
        who = phrase(words, each, who=who)
    modelled = counts["variant"].str.contains(MODELLED) & counts["n_eff"].notna()
    sizes = counts.loc[modelled, "n_eff"]
    told = phrase(words, "effective", n=_between(sizes, words)) if len(sizes) else ""
    filled = words.imputed(*counts["imputed"])
    more = phrase(words, "imputed", told=filled) if filled else ""
    return phrase(words, "base", who=who, effective=told + more)


def _between(counts: pd.Series, words: Words) -> str:
    """One number, or the least and the most."""
    least, most = (words.thousands(bound) for bound in (counts.min(), counts.max()))
    return least if least == most else phrase(words, "range", low=least, high=most)


def _method(rows: pd.DataFrame, words: Words) -> str:
    """How estimates were weighted, where every row says the same and there are words for it."""
    names = {
        "variant_" + "_".join(re.findall(r"[a-z0-9]+", variant))
        for variant in rows.loc[rows["kind"].ne("published"), "variant"]
    }
    return phrase(words, names.pop()) if len(names) == 1 and has_phrase(min(names)) else ""

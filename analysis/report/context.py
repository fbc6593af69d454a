"""What a chapter template may call, and nothing else.

Numbers come from rows, facts from facts.yml, figures and tables by name; each use is recorded in
`bound.Bindings`. Which words a change may be given is decided in claims.py; how a figure or table
looks in a format, in html.py, typeset.py and docx.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace

from analysis.compare.power import smallest_detectable_change
from analysis.report import claims
from analysis.report.book import Book
from analysis.report.bound import Bindings, Bound, Number
from analysis.report.mixing import declared
from analysis.report.sentence import CHANGES, bounds, levels_variant, told_change
from analysis.report.trends import Trend, told_trend, trend_of, yearly
from analysis.results.bases import UNIT, require_same_base
from analysis.results.comparable import BRIDGED, SHIFT, is_carried, is_withheld
from analysis.results.select import Row, many, one
from analysis.tables.material import rows_of
from survey.errors import ReportError, did_you_mean, one_of

PLACE = "@@{kind} {name}@@"  # a line of its own; each format puts the figure or table there
SOURCE = "fact-"  # footnote labels of facts; footnotes.py turns them into citations


class Context:
    """The names of one language's templates, bound to a book; see `names` and `filters`."""

    def __init__(self, book: Book, lang: str) -> None:
        self.book = book
        self.lang = lang
        self.words = book.words(lang)
        self.bindings = Bindings()
        self._numbers = book.report.table_numbers()
        self._of_indicator: dict[tuple, object] = {}

    def names(self) -> dict[str, object]:
        named: list[Callable] = [self.one, self.change, self.design, self.detectable, self.waves]
        named += [self.highest, self.exceeds, self.direction, self.trend]
        named += [self.fact, self.figure, self.table, self.ref]
        spoken = {call.__name__: call for call in named}
        return {**spoken, "report": self._report(), "words": self.words, "lang": self.lang}

    def filters(self) -> dict[str, Callable]:
        named: list[Callable] = [self.percent, self.points, self.interval, self.thousands]
        named += [self.signed, self.pp, self.sentence, self.per_year, self.different_bases]
        return {call.__name__: call for call in named}

    # -- numbers ---------------------------------------------------------------------------------

    def one(self, **key: str) -> Bound:
        """Exactly one row; the newest wave that has the indicator unless `wave` is said."""
        return Bound(self._one(key))

    def change(self, **key: str) -> Bound:
        """The change of an indicator since another wave (`since`; default: the report's last)."""
        since = key.pop("since", None)
        study = key.get("study", self.book.main_study)
        reference = since or self._previous(study, key.get("wave"))
        return Bound(self._one({"statistic": "change", "reference": reference, **key}))

    def percent(self, value: float | Bound, digits: int = 1) -> str:
        return self._print(value, lambda x: self.words.percent(x, digits), "share")

    def points(self, value: float | Bound, digits: int = 1) -> str:
        return self._print(value, lambda x: self.words.points(x, digits), "points10")

    def signed(self, value: float | Bound, digits: int = 1) -> str:
        return self._print(value, lambda x: self.words.signed(x, digits), "points10", "count")

    def pp(self, value: float | Bound, digits: int = 1) -> str:
        """A difference of shares in percentage points, signed."""
        return self._print(value, lambda x: self.words.signed(x * 100, digits), "share")

    def thousands(self, value: float | Bound) -> str:
        return self._print(value, self.words.thousands, "count")

    def interval(self, bound: Bound, digits: int = 1) -> str:
        """The bounds of the confidence interval, in the row's unit."""
        text = bounds(bound.row, self.words, digits)
        return self.bindings.link(bound.row, text, share=bound.row.unit == UNIT)

    def sentence(self, bound: Bound | Trend) -> str:
        """A change or a trend in words that its intervals grant; no full stop."""
        if isinstance(bound, Trend):
            return told_trend(bound, self.words, self.bindings)
        row = bound.row
        now, then = (self._level(row, wave) for wave in (row.wave, row.reference))
        require_same_base([row, now, then])
        text = told_change(row, now, then, self.words, self._margin(row)) + self._filled(row)
        for used in (now, then):
            self.bindings.note(used)
        return self.bindings.link(row, text, share=row.unit == UNIT)

    def different_bases(self, text: str, reason: str = "") -> str:
        """A passage that prints shares of different bases, with the reason for it (mixing.py)."""
        return declared(text, reason, self.bindings)

    def highest(self, *, domain: str | None = None, **key) -> Bound:
        """The level of a variable (`domain="age_group"`) or category that may be called highest."""
        rows = many(self.book.rows, **key)
        if domain:
            rows = rows[rows["domain"].str.startswith(f"{domain}=")]
        plain = rows[~rows["statistic"].isin(CHANGES)]
        gaps, found = rows_of(rows[rows["statistic"] == "gap"]), rows_of(plain)
        if not found:
            raise ReportError(f"no rows to rank: {key} {domain or ''}")
        return Bound(claims.highest(found, gaps))

    def exceeds(self, bound: Bound, value: float | Bound) -> bool:
        """Whether the whole interval lies above `value`, a number or another row's."""
        other = value.estimate if isinstance(value, Bound) else value
        if isinstance(other, Number):
            require_same_base([bound.row, other.row])
            claims.refuse_simulated(other.row)
        return claims.exceeds(bound.row, float(other))

    def direction(self, bound: Bound) -> str:
        """Where a gap or change lies by its interval: above, below or none."""
        return claims.direction(bound.row)

    def trend(self, **key: str) -> Trend:
        """The models behind a series (`indicator=`, `study=`), for `word` and `sentence`."""
        return trend_of(self._slice(key.get("indicator"), key.get("study")), **key)

    def per_year(self, bound: Bound, digits: int = 1) -> str:
        """A slope as change per year in percent, signed."""
        return self.bindings.link(bound.row, yearly(bound.row.estimate, self.words, digits))

    def detectable(self, *, n: float, deff: float, sd: float, power: float = 0.8) -> float:
        """Smallest change between two waves of this size that would be found."""
        return smallest_detectable_change(n, deff, sd, power=power)

    def design(self, study: str, wave: str) -> Mapping[str, object]:
        """n, n_eff, deff of a wave's headline row and its calibration record."""
        indicator = self.book.instruments[study].study.indicators[0]
        row = self._one({"study": study, "wave": wave, "indicator": indicator.id})
        numbers = {name: Number(getattr(row, name), row) for name in ("n", "n_eff", "deff", "df")}
        return {**self.book.calibrations.get((study, wave), {}), **numbers}

    def waves(self, study: str | None = None) -> list[str]:
        return self.book.waves(study or self.book.main_study)

    # -- facts, figures, tables ------------------------------------------------------------------

    def fact(self, key: str, *, cite: bool = True) -> str:
        """A fact of facts.yml as it is printed there, with a footnote naming its source."""
        facts = self.book.spec.facts
        if key not in facts:
            raise ReportError(
                f"facts.yml has no '{key}'",
                expected=one_of(facts),
                hint=did_you_mean(key, facts),
            )
        self.bindings.facts.append(key)
        fact = facts[key]
        return f"{fact.value[self.lang]}[^{SOURCE}{key}]" if cite else fact.value[self.lang]

    def figure(self, name: str) -> str:
        self._known(name, self.book.figures, "figure")
        self.bindings.figures.append(name)
        return f"\n\n{PLACE.format(kind='figure', name=name)}\n\n"

    def table(self, name: str) -> str:
        self._known(name, self._numbers, "table")
        self.bindings.tables.append(name)
        return f"\n\n{PLACE.format(kind='table', name=name)}\n\n"

    def ref(self, name: str) -> str:
        """A link that reads 图 1 / Figure 1."""
        self._known(name, {**self.book.figures, **self._numbers}, "figure or table")
        return f"[{self.label(name)}](#{name}){{.ref}}"

    def label(self, name: str) -> str:
        """Kind and number of a figure or table, as captions and references print them."""
        placed = self.book.figures.get(name)
        kind = "figure" if placed else "table"
        number = placed.spec.number if placed else self._numbers[name]
        annex = "" if number.isdigit() else "annex_"
        return self.words.phrase(f"{annex}{kind}", number=number)

    # -- inside ----------------------------------------------------------------------------------

    def _one(self, key: Mapping[str, str]) -> Row:
        rows = self._slice(key.get("indicator"), key.get("study"))
        if "wave" in key:
            return one(rows, **key)
        study = key.get("study", self.book.main_study)
        known = {*many(rows, **{**key, "domain": key.get("domain", "all")})["wave"]}
        newest = [wave for wave in self.book.waves(study) if wave in known] or sorted(known)
        return one(rows, **({**key, "wave": newest[-1]} if newest else key))

    def _slice(self, indicator: str | None, study: str | None):
        """Rows of an indicator: selecting from a few rows is quick."""
        key = (indicator, study)
        if key not in self._of_indicator:
            rows = self.book.rows
            chosen = rows[rows["indicator"] == indicator] if indicator else rows
            chosen = chosen[chosen["study"] == study] if study and len(chosen) else chosen
            self._of_indicator[key] = chosen if len(chosen) else rows
        return self._of_indicator[key]

    def _print(self, value, say: Callable[[float], str], *units: str) -> str:
        if not isinstance(value, (Bound, Number)):
            return say(value)
        row = value.row
        if row.suppressed:
            hidden = "not_comparable" if is_withheld(row) else "quality_suppressed"
            return self.bindings.link(row, self.words.phrase(hidden))
        share = row.unit == UNIT and UNIT in units
        if isinstance(value, Number):  # a base or a level, not the estimate itself
            return self.bindings.link(row, say(value), share=share)
        if row.unit not in units:
            raise ReportError(
                f"{row.indicator} {row.statistic} is in {row.unit}, not in {units[0]}",
                hint="percent and pp are for shares, points and signed for scores",
            )
        mark = f"^{self.words.phrase('simulated_mark')}^" if row.kind == "simulated" else ""
        return self.bindings.link(row, say(row.estimate) + mark + self._filled(row), share=share)

    def _filled(self, row: Row) -> str:
        """How much of a number's base was imputed, beside it; "" where nothing was."""
        told = self.words.imputed(row.imputed).replace(" ", "\\ ")
        return f"^{told}^" if told else ""

    def _level(self, change: Row, wave: str) -> Row:
        """The level a change starts from or ends at; a row that is no change is its own."""
        if change.statistic not in CHANGES:
            return change
        same = ("kind", "study", "indicator", "category", "domain", "base_kind")
        key = {name: getattr(change, name) for name in same}
        key |= {"wave": wave, "variant": levels_variant(change)}
        levels = many(self._slice(change.indicator, change.study), **key)
        levels = levels[~levels["statistic"].isin(CHANGES) & (levels["unit"] == change.unit)]
        if is_carried(change) and wave == change.wave:  # it ends at the value that was carried
            levels = levels[levels["statistic"].eq(BRIDGED)]
            levels = levels[levels["reference"].eq(change.reference)]
        else:
            levels = levels[~levels["statistic"].isin((SHIFT, BRIDGED))]
        if len(levels) != 1:
            raise ReportError(
                f"{len(levels)} levels stand behind the change of {change.indicator} in {wave}",
                expected="one mean, share or total of the same kind, domain and variant",
            )
        return rows_of(levels)[0]

    def _margin(self, row: Row) -> float | None:
        name = f"stable_margin_{row.unit}"
        methods = self.book.instruments[row.study].methods
        return float(methods[name].value) if name in methods else None

    def _previous(self, study: str, wave: str | None) -> str:
        waves = self.book.waves(study)
        place = waves.index(wave) if wave in waves else len(waves) - 1
        if place < 1:
            raise ReportError(f"{study} has no wave before {wave or waves[-1]}")
        return waves[place - 1]

    def _report(self) -> SimpleNamespace:
        report, lang = self.book.report, self.lang
        waves = self.book.waves(self.book.main_study)
        texts = ("title", "subtitle", "edition", "publisher", "notice", "copyright")
        return SimpleNamespace(
            **{name: getattr(report, name).get(lang, "") for name in texts},
            issued=report.issued,
            studies=report.studies,
            waves=waves,
            wave=waves[-1],
            previous_wave=waves[-2] if len(waves) > 1 else None,
            first_wave=waves[0],
            published_waves=self.book.published_waves,
        )

    def _known(self, name: str, known: Mapping, what: str) -> None:
        if name not in known:
            raise ReportError(
                f"the report has no {what} '{name}'",
                expected=one_of(known, most=30) if known else f"a {what} declared in its files",
                hint=did_you_mean(name, known),
            )

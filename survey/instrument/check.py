"""Whether a study's files fit together; every fault at once, with its place.

Each file alone is checked while it is loaded (load.py). Here: names that must exist elsewhere,
texts that must exist in every language, options a rule may name, the order of questions, and
whether a wave has all it needs. Whether margins fit the sample is decided in survey/weights.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from functools import partial

from survey.errors import Faults, InstrumentError, collect, did_you_mean, one_of
from survey.instrument import expression
from survey.instrument.blanks import blanks
from survey.instrument.codeframe import CodeFrame
from survey.instrument.comparability.check import check_decisions, check_undecided
from survey.instrument.cutoffs import check_cutoffs, check_frozen
from survey.instrument.editcheck import check_edits
from survey.instrument.identifying import hashed_columns
from survey.instrument.imputecheck import check_imputation
from survey.instrument.load import Instrument, load_instrument
from survey.instrument.model import CHOICES, WORDS, Item, Questionnaire, Scale, Text, Wave
from survey.instrument.routing import check_routing
from survey.project import Project

NEEDS_SCALE = ("single", "multiple", "ranking")
NO_COLUMN = ("note",)  # said, not asked


def check_studies(project: Project, studies: Iterable[str]) -> None:
    """Check several studies; raise one InstrumentError with the faults of all."""
    with collect(InstrumentError) as faults:
        for study in studies:
            unfilled = blanks(project, study)
            if unfilled:  # what else is wrong mostly follows from them
                faults.items += unfilled
                continue
            try:
                check(project, load_instrument(project, study))
            except InstrumentError as error:
                faults.take(error)


def check(project: Project, instrument: Instrument) -> None:
    """Check one loaded study.

    Raises
    ------
    InstrumentError
        With every fault found.
    """
    with collect(InstrumentError) as faults:
        _Checker(project, instrument, faults).all()


class _Checker:
    """The checks of one study; each method adds to `faults`."""

    def __init__(self, project: Project, instrument: Instrument, faults: Faults) -> None:
        self.project = project
        self.instrument = instrument
        self.faults = faults
        self.languages = instrument.study.languages

    def all(self) -> None:
        self.study()
        for item in self.instrument.items.values():
            self.item(item)
        for name, scale in self.instrument.scales.items():
            self.scale(name, scale)
        for name, frame in self.instrument.codeframes.items():
            self.codeframe(name, frame)
        for name, questionnaire in self.instrument.questionnaires.items():
            self.questionnaire(name, questionnaire)
        for name, wave in self.instrument.waves.items():
            self.wave(name, wave)
        check_decisions(self.instrument, self.faults)
        self.choices()
        check_cutoffs(self.instrument, self.faults)
        check_frozen(self.instrument, self.faults)
        check_edits(self.instrument, self.faults)
        check_imputation(self.instrument, self.faults)
        if not self.faults.items:  # names are sound: what follows goes by them
            self.routing()
            check_undecided(self.instrument, self.faults)

    # -- parts ---------------------------------------------------------------------------------

    def known(self, kind: str, name: str, known: Collection[str], where: str, role: str) -> bool:
        """Whether `name` exists; a fault with the nearest known name if not."""
        if name in known:
            return True
        self.faults.add(
            f"{role} '{name}' is not defined",
            where=where,
            expected=one_of(sorted(known)) if known else f"a {kind} that exists",
            hint=did_you_mean(name, known),
        )
        return False

    def texts(self, text: Text, where: str, what: str) -> None:
        absent = [lang for lang in self.languages if not text.get(lang, "").strip()]
        if absent:
            self.faults.add(f"{what} has no text in {', '.join(absent)}", where=where)

    def condition(self, text: str, where: str) -> None:
        try:
            used = expression.items_in(text, self.instrument.items)
        except InstrumentError as error:
            self.faults.add(error.faults[0].what, where=where, hint=error.faults[0].hint)
            return
        for name in sorted(used):
            self.known("item", name, self.instrument.items, where, "item")

    def study(self) -> None:
        study, where = self.instrument.study, f"instruments/{self.instrument.study.id}/study.yml:1"
        self.texts(study.title, where, "the study's title")
        if study.report not in self.project.reports():
            self.known("report", study.report, self.project.reports(), where, "report")
        for indicator in study.indicators:
            if self.known("item", indicator.item, self.instrument.items, where, "item"):
                self.indicator(indicator, where)
        for domain in {*study.domains, *(name for pair in study.crossed_domains for name in pair)}:
            if self.known("item", domain, self.instrument.items, where, "domain"):
                self.needs_scale(domain, where)
        indicators = {i.id for i in study.indicators}
        for name in study.trends:
            self.known("indicator", name, indicators, where, "trend of indicator")
        for gap in study.gaps:
            self.known("indicator", gap.indicator, indicators, where, "indicator")
            if self.known("item", gap.domain, self.instrument.items, where, "domain"):
                for level in (gap.level, gap.reference):
                    self.level(gap.domain, level, where)

    def indicator(self, indicator, where: str) -> None:
        scale = self.needs_scale(indicator.item, where)
        self.texts(indicator.text, where, f"indicator '{indicator.id}'")
        if scale is None:
            return
        for group in indicator.groups:
            self.known("group", group, scale.groups, where, "group")
        if "mean" in indicator.statistic and not scale.numeric:
            self.faults.add(
                f"indicator '{indicator.id}' is a mean of '{indicator.item}', whose scale is not "
                "numeric",
                where=where,
                hint="set 'numeric: true' in the scale if its points have equal steps",
            )

    def needs_scale(self, item: str, where: str) -> Scale | None:
        name = self.instrument.items[item].scale
        if name is None:
            self.faults.add(f"item '{item}' has no scale, so it has no levels", where=where)
            return None
        return self.instrument.scales.get(name)

    def level(self, item: str, code: str, where: str) -> None:
        scale = self.needs_scale(item, where)
        if scale is not None:
            codes = [scale.code(value) for value in scale.values()]
            self.known("level", code, codes, where, f"level of {item}")

    def item(self, item: Item) -> None:
        where = self.instrument.where("item", item.id)
        self.texts(item.text, where, f"item '{item.id}'")
        if item.short:
            self.texts(item.short, where, f"short label of '{item.id}'")
        if item.scale is not None:
            if self.known("scale", item.scale, self.instrument.scales, where, "scale"):
                points = self.instrument.scales[item.scale].values()
                for code in item.exclusive:
                    self.known("option", str(code), [str(p) for p in points], where, "option")
        elif item.kind in NEEDS_SCALE:
            self.faults.add(f"item '{item.id}' is {item.kind} and needs a scale", where=where)
        self.condition(item.universe, where)
        if item.derive is not None:
            self.known("item", item.derive.source, self.instrument.items, where, "item")

    def scale(self, name: str, scale: Scale) -> None:
        where = self.instrument.where("scale", name)
        for value, point in scale.points.items():
            self.texts(point.text, where, f"point {value} of scale '{name}'")
        codes = [scale.code(value) for value in scale.values()]
        for code in sorted(code for code, times in Counter(codes).items() if times > 1):
            self.faults.add(f"two points of scale '{name}' are called '{code}'", where=where)
        for group, members in scale.groups.items():
            for value in members:
                if value not in scale.values():
                    self.faults.add(f"group '{group}' names {value}, no point", where=where)
            self.texts(scale.group_text.get(group, {}), where, f"group '{group}'")

    def codeframe(self, name: str, frame: CodeFrame) -> None:
        """Its item is an open one; texts of the codes are looked at with its scale."""
        where = self.instrument.where("codeframe", name)
        if self.known("item", frame.item, self.instrument.items, where, "item"):
            kind = self.instrument.items[frame.item].kind
            if kind != "open":
                self.faults.add(
                    f"item '{frame.item}' is {kind}, and only open ones are coded", where=where
                )
        for version in frame.versions:
            self.known("wave", version.wave, self.instrument.waves, where, "wave")
            self.texts(version.reason, where, f"the reason of version {version.version}")
        coded = [i for i in self.instrument.items.values() if i.scale == name]
        for item in coded:
            if item.kind != "multiple":
                self.faults.add(
                    f"item '{item.id}' holds codes of '{name}' and is {item.kind}",
                    where=self.instrument.where("item", item.id),
                    expected="kind multiple",
                )
            elif any(item.id in wave.columns for wave in self.instrument.waves.values()):
                self.faults.add(
                    f"item '{item.id}' is coded from '{frame.item}' and has a column of its own",
                    where=self.instrument.where("item", item.id),
                )

    def questionnaire(self, name: str, questionnaire: Questionnaire) -> None:
        where = self.instrument.where("questionnaire", name)
        order = questionnaire.order()
        for item in order:
            self.known("item", item, self.instrument.items, where, "item")
        for item in sorted({item for item in order if order.count(item) > 1}):
            self.faults.add(f"item '{item}' is asked twice", where=where)
        for item, condition in questionnaire.ask_if.items():
            self.known("item", item, order, where, "routed item")
            self.condition(condition, where)
        for item, asked in questionnaire.asked.items():
            if self.known("item", item, order, where, "item asked otherwise"):
                self.item(asked.of(self.instrument.items[item]))
        for rule in questionnaire.impossible:
            self.texts(rule.text, where, f"impossible '{rule.holds}'")
            self.condition(rule.holds, where)
        for item in [*questionnaire.attention, *(i for grid in questionnaire.grids for i in grid)]:
            self.known("item", item, order, where, "item")

    def routing(self) -> None:
        """Whether everybody is led through; texts are looked at above."""
        for name, questionnaire in self.instrument.questionnaires.items():
            using = [w for w in self.instrument.waves.values() if w.questionnaire == name]
            asked = self.instrument.asked_by(name)
            found = check_routing(
                questionnaire,
                asked.items,
                asked.scales,
                (),
                where=partial(self.route_place, name),
                known={item for wave in using for item in wave.columns},
            )
            self.faults.items += found.faults

    def route_place(self, questionnaire: str, item: str) -> str:
        """Line of an item's route; of the questionnaire where it has none."""
        places, name = self.instrument.places, f"route:{questionnaire}:{item}"
        return places.get(name) or self.instrument.where("questionnaire", questionnaire)

    def wave(self, name: str, wave: Wave) -> None:
        where = self.instrument.where("wave", name)
        if wave.period.end < wave.period.start:
            self.faults.add("the period ends before it starts", where=where)
        questionnaires = self.instrument.questionnaires
        if self.known("questionnaire", wave.questionnaire, questionnaires, where, "questionnaire"):
            for item in questionnaires[wave.questionnaire].order():
                if item not in wave.columns and self._is_in_the_raw_file(item):
                    self.faults.add(f"item '{item}' is asked but has no column", where=where)
        for item in wave.columns:
            self.known("item", item, self.instrument.items, where, "item")
        design = wave.design
        for role, items in (
            ("stratum", design.strata),
            ("sampling unit", design.units()),
            ("population size", design.fpc),
            ("base weight", [design.base_weight] if design.base_weight else []),
        ):
            for item in items:
                self.known("item", item, self.instrument.items, where, role)
        if design.stages and not design.psu:
            self.faults.add("stages are named, but no psu before them", where=where)
        if len(design.fpc) > max(len(design.units()), 1):
            self.faults.add(
                f"{len(design.fpc)} population sizes for {len(design.units())} stages", where=where
            )
        raw = self.project.raw(self.instrument.study.id, name) / wave.raw.file
        if not raw.exists():
            self.faults.add(
                f"raw file '{wave.raw.file}' is missing",
                where=where,
                expected=self.project.relative(raw),
                hint="put the file as received there, with its source.yml",
            )
        self.hashed(wave, where)
        for page in wave.pages.values():
            for item in page.items:
                self.known("item", item, self.instrument.items, where, "item")
        self.margins(name, wave, where)
        self.overlap(name, wave, where)
        for correction in self.instrument.corrections.get(name, ()):
            place = f"instruments/{self.instrument.study.id}/corrections/{name}.csv"
            self.known("item", correction.item, [*self.instrument.items, "included"], place, "item")

    def hashed(self, wave: Wave, where: str) -> None:
        """What is built names strata, units and interviewers: these may not be hashes of people."""
        columns = {entry.column for entry in hashed_columns(self.instrument.study.identifiers)}
        for item in [*wave.design.items(), "interviewer"]:
            if item in wave.columns and wave.columns[item].column in columns:
                self.faults.add(
                    f"item '{item}' stands in what is built and would hold hashes",
                    where=where,
                    hint="hash the key of respondents; give units and interviewers neutral names",
                )

    def _is_in_the_raw_file(self, item: str) -> bool:
        found = self.instrument.items.get(item)
        return found is not None and found.derive is None and found.kind not in NO_COLUMN

    def margins(self, name: str, wave: Wave, where: str) -> None:
        if wave.calibrate is None:
            return
        targets = self.instrument.targets.get(name, ())
        place = f"instruments/{self.instrument.study.id}/targets/{name}.csv"
        if not targets:
            self.faults.add("targets are missing", where=place, hint=f"{where} names margins")
            return
        for margin in wave.calibrate.margins:
            self.known("margin", margin, {target.margin for target in targets}, where, "margin")
        for target in targets:
            for item, code in zip(target.items.split(":"), target.level.split(":"), strict=False):
                if self.known("item", item, self.instrument.items, place, "item"):
                    self.level(item, code, place)

    def overlap(self, name: str, wave: Wave, where: str) -> None:
        """Other waves exist, and two waves do not say different things of each other."""
        others = {other: w for other, w in self.instrument.waves.items() if other != name}
        for other, shared in wave.overlap.items():
            if not self.known("wave", other, others, where, "overlapping wave"):
                continue
            theirs = others[other].overlap.get(name, shared)
            if theirs.unit != shared.unit:
                self.faults.add(
                    f"the overlap with {other} is by {shared.unit} here and by {theirs.unit} there",
                    where=where,
                    hint="declare it in one of the two wave files",
                )
            if shared.unit == "psu" and not (wave.design.psu and others[other].design.psu):
                self.faults.add(
                    f"the overlap with {other} is by psu, but a wave names no PSU column",
                    where=where,
                    hint="where every respondent is a PSU, declare 'unit: respondent'",
                )

    def choices(self) -> None:
        place = f"instruments/{self.instrument.study.id}/methods.yml"
        for name, words in CHOICES.items():
            self.known("value", self.instrument.choice(name), words, place, f"policy {name}:")
        for name, allowed in WORDS.items():
            for word in self.instrument.words(name):
                self.known("word", word, allowed, place, f"policy {name}:")

"""DDI-Codebook 2.6: a wave's variables as archives read them.

Decided here: which element holds what. Every variable names the weight its estimates use
(`wgt-var`), sets and grids are variable groups, routing is said in words before and kept as a
condition in the universe. The element order is the schema's; languages stand beside each other
with `xml:lang`. No time of writing, so that equal files give equal bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from xml.etree import ElementTree as ET

from survey.exchange.told import Teller, words_of
from survey.exchange.variables import Dictionary, Variable, dictionary
from survey.instrument.load import Instrument
from survey.instrument.model import Text, Wave

NAMESPACE = "ddi:codebook:2_6"
XML = "{http://www.w3.org/XML/1998/namespace}lang"
MODES = {
    "cati": "Telephone interview: CATI",
    "web": "Self-administered questionnaire: web-based",
    "face_to_face": "Face-to-face interview",
    "mail": "Self-administered questionnaire: paper",
    "panel": "Self-administered questionnaire: web-based (panel)",
    "scan": "Recording by machine",
}


def to_ddi(instrument: Instrument, wave: str | None = None) -> str:
    """The codebook of a wave (the newest, if none is named) as XML text."""
    found = dictionary(instrument, wave)
    name = wave or (list(instrument.waves)[-1] if instrument.waves else None)
    return _Codebook(instrument, found, name).text()


class _Codebook:
    def __init__(self, instrument: Instrument, found: Dictionary, wave: str | None) -> None:
        self.instrument, self.found, self.wave_name = instrument, found, wave
        self.wave: Wave | None = instrument.waves[wave] if wave else None
        self.languages = instrument.study.languages
        self.tellers = {lang: Teller(found.draft, lang, {}) for lang in self.languages}
        ET.register_namespace("", NAMESPACE)
        main = self.languages[0]
        self.root = ET.Element(_tag("codeBook"), {"version": "2.6", XML: main})

    def text(self) -> str:
        self.study()
        self.data()
        ET.indent(self.root)
        body = ET.tostring(self.root, encoding="unicode")
        return f'<?xml version="1.0" encoding="UTF-8"?>\n{body}\n'

    def add(self, parent: ET.Element, tag: str, text: str = "", **attributes: str) -> ET.Element:
        element = ET.SubElement(parent, _tag(tag), attributes)
        if text:
            element.text = _clean(text)
        return element

    def spoken(self, parent: ET.Element, tag: str, text: Mapping[str, str], **more: str) -> None:
        """One element per language."""
        for lang, words in text.items():
            if words.strip():
                self.add(parent, tag, words, **more).set(XML, lang)

    def study(self) -> None:
        study = self.instrument.study
        described = self.add(self.root, "stdyDscr")
        citation = self.add(described, "citation")
        titles = self.add(citation, "titlStmt")
        main = self.languages[0]
        self.add(titles, "titl", words_of(study.title, main)).set(XML, main)
        for lang, words in study.title.items():
            if lang != main:
                self.add(titles, "parTitl", words).set(XML, lang)
        self.add(titles, "IDNo", f"{study.id}-{self.wave_name}" if self.wave_name else study.id)
        summary = self.add(self.add(described, "stdyInfo"), "sumDscr")
        if self.wave is not None:
            for event in ("start", "end"):
                day = getattr(self.wave.period, event).isoformat()
                self.add(summary, "collDate", day, date=day, event=event)
        self.add(summary, "anlyUnit", study.unit)
        self.spoken(summary, "universe", study.universe)
        if self.wave is not None:
            self.method(self.add(described, "method"), self.wave)

    def method(self, method: ET.Element, wave: Wave) -> None:
        collected = self.add(method, "dataColl")
        design = wave.design
        kind = "Probability" if design.kind == "probability" else "Non-probability"
        parts = [kind]
        if design.strata:
            parts.append(f"strata: {', '.join(design.strata)}")
        if design.psu:
            parts.append(f"primary sampling unit: {design.psu}")
        self.add(collected, "sampProc", "; ".join(parts))
        self.spoken(collected, "sampProc", design.frame)
        self.add(collected, "collMode", MODES[wave.mode])
        self.spoken(collected, "collMode", wave.mode_text)
        if wave.calibrate is not None:
            margins = ", ".join(wave.calibrate.margins)
            self.add(collected, "weight", f"Calibrated to population margins: {margins}")
        if design.response:
            info = self.add(method, "anlyInfo")
            self.spoken(info, "respRate", design.response)

    # -- variables -----------------------------------------------------------------------------

    def data(self) -> None:
        data = self.add(self.root, "dataDscr")
        items = self.found.draft.items
        for item, names in self.found.sets.items():
            self.group(data, item, "multipleResp", names, items[item].text)
        for grid in self.found.grids:
            self.group(data, grid[0], "grid", grid, {})
        for number, variable in enumerate(self.found.variables, start=1):
            self.variable(data, number, variable)

    def group(self, data: ET.Element, name: str, kind: str, members: list[str], text: Text) -> None:
        group = self.add(
            data,
            "varGrp",
            ID=f"G_{kind}_{name}",
            type=kind,
            var=" ".join(f"V_{member}" for member in members),
            name=name,
        )
        self.spoken(group, "labl", text)

    def variable(self, data: ET.Element, number: int, variable: Variable) -> None:
        attributes = {"ID": f"V_{variable.name}", "name": variable.name}
        if variable.weight:
            attributes["wgt"] = "wgt"
        elif variable.weighted and self.found.weight:
            attributes["wgt-var"] = f"V_{self.found.weight}"
        if variable.item.kind in ("number", "single", "multiple"):
            attributes["intrvl"] = "contin" if variable.item.kind == "number" else "discrete"
        element = self.add(data, "var", "", **attributes)
        self.spoken(element, "labl", variable.label)
        if variable.question:
            self.question(element, number, variable)
        if variable.range:
            low, high = (str(end) for end in variable.range)
            self.add(self.add(element, "valrng"), "range", "", UNITS="INT", min=low, max=high)
        missing = [entry for entry in variable.categories if entry.missing]
        if missing:
            invalid = self.add(element, "invalrng")
            for entry in missing:
                self.add(invalid, "item", UNITS="INT", VALUE=str(entry.value))
        if variable.asked != "all":
            told = {lang: self.condition(variable.asked, lang) for lang in self.languages}
            self.spoken(element, "universe", told)
        for entry in variable.categories:
            category = self.add(element, "catgry", missing="Y" if entry.missing else "N")
            if entry.missing:
                category.set("missType", entry.missing)
            self.add(category, "catValu", str(entry.value))
            self.spoken(category, "labl", entry.text)
        if variable.item.derive is not None:
            source = variable.item.derive.source
            self.add(
                self.add(element, "derivation", var=f"V_{source}"), "drvdesc", f"from {source}"
            )
        numeric = variable.item.kind in ("number", "single", "multiple")
        self.add(element, "varFormat", type="numeric" if numeric else "character")
        if variable.column:
            self.add(element, "notes", variable.column, type="raw column")

    def question(self, element: ET.Element, number: int, variable: Variable) -> None:
        question = self.add(element, "qstn", seqNo=str(number))
        self.spoken(question, "qstnLit", variable.question)
        self.spoken(question, "ivuInstr", variable.item.hint)
        if variable.asked != "all":
            self.add(question, "backward", f"Asked only if: {variable.asked}")

    def condition(self, text: str, lang: str) -> str:
        return self.tellers[lang].condition(text)


def _tag(name: str) -> str:
    return f"{{{NAMESPACE}}}{name}"


def _clean(text: str) -> str:
    """Without the control signs that XML does not allow."""
    return "".join(char for char in text if ord(char) >= 32 or char in "\n\t")

"""Every difference between two forms of an item, each with its measure.

Measures: of words the likeness of the least alike language (wording.py); of options the share
touched; of recoded options 1 where the scale is numeric; of routes 1, 0.5 or 0 (routes.py); of the
mode 1 where an interviewer came or went; of everything else 1. What they mean is data (rules.yml).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from survey.instrument.comparability.forms import Form, Option, Texts
from survey.instrument.comparability.routes import same_people
from survey.instrument.comparability.wording import likeness
from survey.instrument.load import Instrument


@dataclass(frozen=True)
class Difference:
    """One thing that is not as it was.

    Attributes
    ----------
    aspect : a name of rules.yml
    measure : see above
    old, new : what it was and is, by language; what has no language stands under ""
    """

    aspect: str
    measure: float
    old: Texts
    new: Texts


def differences(old: Form, new: Form) -> list[Difference]:
    """What differs between two forms of one item; routes and waves apart."""
    found = [
        *_plain("kind", old.kind, new.kind),
        *_words("wording", old.text, new.text),
        *_words("hint", old.hint, new.hint),
        *_languages(old.text, new.text),
    ]
    if old.options and new.options:
        found += _options(old, new)
    elif old.points != new.points or (old.low, old.high) != (new.low, new.high):
        found += _plain("points", _span(old), _span(new))
    found += _ends(old, new)
    found += [
        *_plain("offered", _offers(old), _offers(new)),
        *_plain("exclusive", _codes(old, old.exclusive), _codes(new, new.exclusive)),
        *_plain("most", str(old.most or ""), str(new.most or "")),
        *_plain("no_answer", _kinds(old), _kinds(new)),
        *_plain("derived", old.derived, new.derived),
    ]
    return found


def of_context(
    old: Form, new: Form, *, common: Sequence[str], places: tuple[Mapping[str, int], ...]
) -> list[Difference]:
    """Whether it follows another question, or moved among the items that both waves asked."""
    if old.derived or new.derived:
        return []
    if old.before != new.before:
        return _plain("before", old.before or "-", new.before or "-")
    if old.item in common and places[0][old.item] != places[1][new.item]:
        return _plain("place", str(old.place), str(new.place))
    return []


def of_route(instrument: Instrument, waves: tuple[str, str], old: Form, new: Form):
    """Whether other people are asked."""
    if old.route == new.route:
        return []
    return [Difference("route", same_people(instrument, waves, old, new), _one(old), _one(new))]


def of_waves(instrument: Instrument, old: str, new: str, modes: Mapping[str, str]):
    """What of two waves differs for every item: mode, kind of sample."""
    then, now = instrument.waves[old], instrument.waves[new]
    found = []
    if then.mode != now.mode:
        crossed = float(modes.get(then.mode) != modes.get(now.mode))
        found.append(Difference("mode", crossed, {"": then.mode}, {"": now.mode}))
    return found + _plain("sample", then.design.kind, now.design.kind)


# -- parts -----------------------------------------------------------------------------------------


def _one(form: Form) -> Texts:
    return {"": form.route}


def _plain(aspect: str, old: str, new: str) -> list[Difference]:
    return [] if old == new else [Difference(aspect, 1.0, {"": old}, {"": new})]


def _words(aspect: str, old: Texts, new: Texts) -> list[Difference]:
    """Texts in the languages that both have; a hint that came or went has no likeness."""
    both = sorted(set(old) & set(new)) if old and new else sorted({*old, *new})
    changed = [lang for lang in both if old.get(lang, "") != new.get(lang, "")]
    if not changed:
        return []
    alike = min(likeness(old.get(lang, ""), new.get(lang, "")) for lang in changed)
    return [
        Difference(
            aspect,
            alike,
            {lang: old.get(lang, "") for lang in changed},
            {lang: new.get(lang, "") for lang in changed},
        )
    ]


def _languages(old: Texts, new: Texts) -> list[Difference]:
    return _plain("language", ", ".join(sorted(old)), ", ".join(sorted(new)))


def _options(old: Form, new: Form) -> list[Difference]:
    then, now = ({o.code: o for o in form.options} for form in (old, new))
    kept = [code for code in then if code in now]
    gone = [then[code] for code in then if code not in now]
    come = [now[code] for code in now if code not in then]
    found = []
    if come:
        found.append(Difference("options_added", len(come) / len(now), {}, _told(come)))
    if gone:
        found.append(Difference("options_removed", len(gone) / len(then), _told(gone), {}))
    reworded = [
        (alike, code)
        for code in kept
        if (alike := _likeness(then[code].text, now[code].text)) is not None
    ]
    if reworded:
        codes = [code for _, code in reworded]
        alike = min(alike for alike, _ in reworded)
        told = _told([then[c] for c in codes]), _told([now[c] for c in codes])
        found.append(Difference("options_reworded", alike, *told))
    return found + _values(old, new, then, now, kept)


def _values(
    old: Form, new: Form, then: Mapping[str, Option], now: Mapping[str, Option], kept: list[str]
) -> list[Difference]:
    """Numbers behind the options: turned round, moved, or shown in another order."""
    moved = [code for code in kept if then[code].value != now[code].value]
    before = [code for code in then if code in now]
    after = [code for code in now if code in then]
    ranks = [[then[c].value for c in kept], [now[c].value for c in kept]]
    ordered = len(kept) > 2 or (len(kept) > 1 and old.numeric and new.numeric)
    if ordered and _turned(*ranks):
        return _plain(
            "direction", " < ".join(_by_value(then, kept)), " < ".join(_by_value(now, kept))
        )
    found = []
    if moved:
        numeric = float(old.numeric or new.numeric)
        told = ({"": ", ".join(f"{c} {s[c].value}" for c in moved)} for s in (then, now))
        found.append(Difference("options_recoded", numeric, *told))
    if before != after:
        found += _plain("options_order", ", ".join(before), ", ".join(after))
    if old.numeric and new.numeric and old.points != new.points:
        found += _plain("points", str(old.points), str(new.points))
    return found


def _turned(then: list[int], now: list[int]) -> bool:
    """Whether what was higher is lower, of every two answers."""
    order = sorted(range(len(then)), key=then.__getitem__)
    values = [now[k] for k in order]
    return values == sorted(values, reverse=True) and len(set(values)) > 1


def _by_value(options: Mapping[str, Option], codes: list[str]) -> list[str]:
    return sorted(codes, key=lambda code: options[code].value)


def _ends(old: Form, new: Form) -> list[Difference]:
    """Words at the ends of a range: other words, or the same ones the other way round."""
    if not old.ends or not new.ends:
        return [] if old.ends == new.ends else _plain("ends", _all_ends(old), _all_ends(new))
    bottom, top = min(old.ends), max(old.ends)
    low, high = min(new.ends), max(new.ends)
    if bottom != top and low != high and old.ends[bottom] != old.ends[top]:
        crossed = (old.ends[bottom], old.ends[top]) == (new.ends[high], new.ends[low])
        if crossed:
            return _plain("direction", _all_ends(old), _all_ends(new))
    pairs = [(old.ends[bottom], new.ends[low]), (old.ends[top], new.ends[high])]
    alike = [found for a, b in pairs if (found := _likeness(a, b)) is not None]
    if not alike:
        return []
    return [Difference("ends", min(alike), {"": _all_ends(old)}, {"": _all_ends(new)})]


def _likeness(old: Texts, new: Texts) -> float | None:
    """Of the least alike language; None where nothing changed."""
    both = [lang for lang in old if lang in new and old[lang] != new[lang]]
    return min((likeness(old[lang], new[lang]) for lang in both), default=None)


def _told(options: Sequence[Option]) -> dict[str, str]:
    """Options as a list in every language they have."""
    languages = sorted({lang for option in options for lang in option.text})
    return {
        lang: "\n".join(f"{o.value} {o.text.get(lang, o.code)}" for o in options)
        for lang in languages
    }


def _all_ends(form: Form) -> str:
    said = [f"{value} {' / '.join(text.values())}" for value, text in form.ends.items()]
    return ", ".join(said)


def _span(form: Form) -> str:
    return f"{form.low} to {form.high}" if form.low is not None else str(form.points or "")


def _codes(form: Form, values: Sequence[int]) -> str:
    names = {option.value: option.code for option in form.options}
    return ", ".join(sorted(names.get(value, str(value)) for value in values))


def _offers(form: Form) -> str:
    return "; ".join(f"{_codes(form, codes)}: {text}" for text, codes in form.show_if.items())


def _kinds(form: Form) -> str:
    return ", ".join(sorted(set(form.missing.values()) - {"not_asked", "no_answer"}))

"""The tiny study with a second wave whose questionnaire a test changes."""

from __future__ import annotations

import pytest

from survey.instrument.comparability.standing import Standings
from survey.instrument.load import load_instrument
from tests.conftest import edit

OLD, NEW = "2020H1", "2020H2"
MOOD = """\
points:
  1: {code: bad, text: {zh: 差, en: Bad}}
  2: {code: fair, text: {zh: 一般, en: Fair}}
  3: {code: good, text: {zh: 好, en: Good}}
numeric: true
missing: {98: dont_know}
"""
ITEMS = """\
- {id: mood, kind: single, scale: mood, text: {zh: 您心情如何？, en: 'How is your mood?'}}
- {id: age, kind: number, scale: age, text: {zh: 年龄, en: Age}}
- {id: also, kind: single, scale: sex, text: {zh: 其他, en: Another question}}
"""


@pytest.fixture
def two_waves(tiny):
    """Both waves ask sex, age, trust, mood alike, by questionnaires of their own."""
    folder = tiny.instrument("tiny")
    (folder / "scales" / "mood.yml").write_text(MOOD, encoding="utf-8")
    (folder / "scales" / "age.yml").write_text("range: [10, 99]\n", encoding="utf-8")
    items = folder / "items" / "all.yml"
    items.write_text(items.read_text(encoding="utf-8") + ITEMS, encoding="utf-8")
    blocks = "blocks: [{id: main, items: [sex, age, trust, mood]}]\n"
    for name in ("v1", "v2"):
        (folder / "questionnaires" / f"{name}.yml").write_text(blocks, encoding="utf-8")
    columns = "trust: {column: t}, age: {column: a}, mood: {column: m}}"
    edit(tiny, "waves/2020H1.yml", "trust: {column: t}}", columns)
    wave = (folder / "waves" / "2020H1.yml").read_text(encoding="utf-8")
    wave = wave.replace("2020-01-01", "2020-07-01").replace("2020-06-30", "2020-12-31")
    wave = wave.replace("half: 1", "half: 2").replace("questionnaire: v1", "questionnaire: v2")
    (folder / "waves" / f"{NEW}.yml").write_text(wave, encoding="utf-8")
    raw = tiny.raw("tiny", NEW)
    raw.mkdir(parents=True)
    (raw / "raw.csv").write_text("id,s,t,a,m\n1,1,7,20,1\n", encoding="utf-8")
    return tiny


@pytest.fixture
def found(two_waves):
    """(aspect, proposal) of an item between the two waves, after changes to the new one."""

    def of(item, *, v2="", **edits):
        if v2:
            path = two_waves.instrument("tiny") / "questionnaires" / "v2.yml"
            path.write_text(path.read_text(encoding="utf-8") + v2, encoding="utf-8")
        for name, (old, new) in edits.items():
            edit(two_waves, name.replace("__", "/") + ".yml", old, new)
        standings = Standings(load_instrument(two_waves, "tiny"))
        told = standings.compared(item, OLD, NEW).found
        return [(entry.difference.aspect, entry.proposal) for entry in told]

    return of

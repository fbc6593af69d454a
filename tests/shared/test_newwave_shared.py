"""Column maps proposed for real files that may not be shipped: 问卷星 pairs, one of five waves."""

import json
import random
from pathlib import Path

import pandas as pd
import pytest
import yaml

from survey.instrument.load import load_instrument
from survey.newwave.origin import origin_of
from survey.newwave.propose import is_settled, propose
from survey.project import Project

pytestmark = pytest.mark.shared
WJX = Project(Path(__file__).parents[1] / "data" / "wjx")
FILES = {
    ("hobby_phone", "text"): "hobby_phone_800_800_0_text.xls",
    ("hobby_phone", "number"): "hobby_phone_800_800_2_codes.xls",
    ("phone_pilot", "text"): "zte_axon7_pilot_text.xls",
    ("phone_pilot", "number"): "zte_axon7_pilot_codes.xls",
}
QUESTIONS = ("gender", "locality", "ethnicity", "religion", "q1", "q2", "q3", "q8", "q9")
QUESTIONS += tuple(f"q5_{row}" for row in range(1, 7))
WAVES = (1, 2, 3, 4, 5)


def found_by(proposal):
    """Item -> its columns, of the entries that are sure."""
    return {m.item: m.unit.columns for m in proposal.matches if m.sure and m.unit is not None}


class TestWjx:
    @pytest.mark.parametrize(("study", "new"), list(FILES))
    def test_text_and_number_are_matched_without_an_error(self, shared_data, study, new):
        previous = "text" if new == "number" else "number"
        instrument = load_instrument(WJX, study)
        file = shared_data / "wjx" / FILES[study, new]
        proposal = propose(WJX, instrument, file, origin_of(file), previous)
        committed = instrument.waves[new].columns
        for item, columns in found_by(proposal).items():
            place = committed[item]
            names = [place.column] if place.column else list(place.columns.values())
            assert {proposal.table.find(name) for name in names} == set(columns)
        assert len(found_by(proposal)) >= (9 if study == "hobby_phone" else 11)


@pytest.fixture(scope="module")
def fitness(shared_data, tmp_path_factory):
    """A study made of the code book of a file that holds five waves, and one file per wave."""
    root = tmp_path_factory.mktemp("fitness")
    meta = json.loads((shared_data / "multi/quantipy_example_a_meta.json").read_text())
    answers = pd.read_csv(shared_data / "multi/quantipy_example_a.csv.gz", low_memory=False)
    folder = root / "instruments" / "fitness"
    for part in ("items", "scales", "questionnaires", "waves"):
        (folder / part).mkdir(parents=True)
    (root / "pyproject.toml").touch()
    (root / "report_templates/fitness").mkdir(parents=True)
    (root / "report_templates/fitness/report.yml").write_text("id: fitness\n")
    items = [{"id": "respondent", "kind": "key", "text": {"en": "Number"}}]
    for name in QUESTIONS:
        entry = meta["columns"][name]
        values = entry["values"]
        if isinstance(values, str):
            values = meta["lib"]["values"][values.rpartition("@")[2]]
        points = {
            v["value"]: {"code": f"c{v['value']}", "text": {"en": v["text"]["en-GB"]}}
            for v in values
        }
        dump(folder / "scales" / f"{name}.yml", {"points": points})
        kind = "multiple" if entry["type"] == "delimited set" else "single"
        text = {"en": entry["text"]["en-GB"]}
        items.append({"id": name, "kind": kind, "scale": name, "text": text})
    dump(folder / "items" / "all.yml", items)
    dump(folder / "questionnaires" / "v1.yml", {"blocks": [{"id": "b", "items": list(QUESTIONS)}]})
    dump(
        folder / "study.yml",
        {
            "id": "fitness", "title": {"en": "Fitness"}, "universe": {"en": "All"},
            "languages": ["en"], "report": "fitness",
        },
    )  # fmt: skip
    (folder / "methods.yml").write_text("{}\n")
    sets = {i["id"] for i in items if i["kind"] == "multiple"}
    columns = {q: {"column": q} | ({"split": ";"} if q in sets else {}) for q in QUESTIONS}
    for wave in WAVES:
        raw = root / "data/raw/fitness" / f"w{wave}"
        raw.mkdir(parents=True)
        own = answers[answers["Wave"] == wave]
        own[["unique_id", *QUESTIONS]].to_csv(raw / "answers.csv", index=False)
        dump(
            folder / "waves" / f"w{wave}.yml",
            {
                "period": {"start": f"200{wave}-01-01", "end": f"200{wave}-06-30"},
                "questionnaire": "v1", "mode": "web", "design": {"kind": "nonprobability"},
                "raw": {"file": "answers.csv", "origin": "csv"},
                "columns": {"respondent": {"column": "unique_id"}, **columns},
            },
        )  # fmt: skip
    return Project(root), {q: meta["columns"][q]["text"]["en-GB"] for q in QUESTIONS}


def dump(path, value):
    path.write_text(yaml.safe_dump(value, allow_unicode=True, sort_keys=False), encoding="utf-8")


def proposal_of(project, tmp_path, wave, rename=None, seed=0):
    """The next wave's file, its columns renamed and shuffled, against the first wave."""
    frame = pd.read_csv(project.raw("fitness", f"w{wave}") / "answers.csv", dtype=str)
    columns = list(frame.columns)
    random.Random(seed).shuffle(columns)
    file = tmp_path / "next.csv"
    frame[columns].rename(columns=rename or {}).to_csv(file, index=False)
    return propose(project, load_instrument(project, "fitness"), file, origin_of(file), "w1")


class TestFiveWaves:
    @pytest.mark.parametrize("wave", WAVES[1:])
    def test_equal_names_are_found_in_whatever_order(self, fitness, tmp_path, wave):
        found = found_by(proposal_of(fitness[0], tmp_path, wave, seed=wave))
        assert all(columns == (item,) for item, columns in found.items() if item != "respondent")
        assert set(QUESTIONS) <= set(found)

    @pytest.mark.parametrize("wave", WAVES[1:])
    def test_wordings_as_headers_are_found_without_an_error(self, fitness, tmp_path, wave):
        project, texts = fitness
        found = found_by(proposal_of(project, tmp_path, wave, rename=texts, seed=wave))
        for item, columns in found.items():
            assert item == "respondent" or columns == (texts[item],)
        assert len(found) >= 0.9 * len(QUESTIONS)

    @pytest.mark.parametrize("wave", WAVES[1:])
    def test_without_names_and_words_nothing_is_sure(self, fitness, tmp_path, wave):
        hidden = {name: f"v{place}" for place, name in enumerate(QUESTIONS)}
        proposal = proposal_of(fitness[0], tmp_path, wave, rename=hidden, seed=wave)
        assert not [m.item for m in proposal.matches if is_settled(m) and m.item != "respondent"]

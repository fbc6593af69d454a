"""Real questionnaires that may not be shipped: real forms, and the Utrecht data-privacy survey."""

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from survey.clean.recode import recode
from survey.exchange.ddi import to_ddi
from survey.exchange.lss import read_lss
from survey.exchange.lss_out import to_lss
from survey.exchange.qsf import read_qsf
from survey.exchange.sav_dictionary import read_sav_dictionary
from survey.exchange.validate import validate_xlsform
from survey.exchange.xlsform_in import read_xlsform
from survey.exchange.xlsform_out import to_xlsform
from survey.exchange.xlsform_walk import answers_for, walk_form
from survey.exchange.yaml_out import study_files
from survey.instrument.load import Instrument, load_instrument
from survey.instrument.model import Period, RawFile, SampleDesign, Study, Wave
from survey.instrument.routing import check_routing
from survey.instrument.walk import walk
from survey.io.readers import read_raw
from tests.unit.exchange.helpers import through_yaml, types_of

pytestmark = pytest.mark.shared

FORMS = [
    "pyxform_xlsform_spec_test",
    "pyxform_or_other",
    "pyxform_specify_other",
    "pyxform_choice_filter_test",
    "xlsform_all-question-types-v2024091201-3",
    "xlsform_socio-economic-survey-v20240515",
    "xlsform_ifrc-distribution-site-assessment-v1",
    "xlsform_whova_form",
]
METADATA = 15  # columns of the Utrecht export that are no questions


@pytest.fixture(scope="module")
def folder(shared_data):
    return shared_data / "questionnaires"


@pytest.fixture(scope="module")
def privacy(folder):
    return read_qsf(folder / "qualtrics_data_privacy_survey.qsf")


@pytest.fixture(scope="module")
def returns(folder):
    return folder / "qualtrics_data_privacy_survey_testresponses.csv"


class TestForms:
    @pytest.mark.parametrize("name", FORMS)
    def test_every_question_type_survives_the_way_through_yaml(self, folder, name, tmp_path):
        path, out = folder / f"{name}.xlsx", tmp_path / "out.xlsx"
        out.write_bytes(to_xlsform(through_yaml(read_xlsform(path), tmp_path)).bytes())
        assert types_of(out) == types_of(path)

    @pytest.mark.parametrize("name", FORMS)
    def test_pyxform_and_odk_validate_take_what_is_exported(self, folder, name, tmp_path):
        out = tmp_path / "out.xlsx"
        out.write_bytes(to_xlsform(read_xlsform(folder / f"{name}.xlsx")).bytes())
        lines = validate_xlsform(out)
        assert lines[0].startswith("pyxform converts it")
        assert "finds it valid" in lines[-1] or lines[-1].startswith("not checked")

    def test_stray_bytes_before_the_zip_do_not_hide_a_form(self, folder):
        draft = read_xlsform(folder / "xlsform_ifrc-distribution-site-assessment-v1.xlsx")
        assert len(draft.items) == 95
        assert draft.languages == ["en", "fr", "local_language"]


class TestQualtrics:
    def test_26_multi_answer_and_15_single_questions(self, privacy):
        kinds = Counter(item.kind for item in privacy.items.values())
        assert (kinds["multiple"], kinds["single"]) == (26, 15)

    def test_every_skip_keeps_those_who_stay(self, privacy):
        asked = [item for block in privacy.blocks for item in block.items]
        behind = asked[asked.index("consent") + 1 :]
        assert all(privacy.ask_if[item].startswith("consent == 1") for item in behind)
        last = privacy.ask_if["better_support"]
        for stop in ("not_at_uu", "not_data", "no_personal_data"):
            assert f"not {stop} == 1" in last

    def test_all_columns_of_the_export_are_accounted_for(self, privacy, returns):
        with returns.open(encoding="utf-8-sig", newline="") as file:
            head = next(csv.reader(file))
        mapped = {
            name
            for column in privacy.columns.values()
            for name in ([column.column] if column.column else column.columns.values())
        }
        rest = [name for name in head if name not in mapped]
        assert len(head) == 252
        assert len(rest) == METADATA
        assert set(privacy.identifiers) <= set(rest)

    def test_column_names_belong_to_the_questions_the_import_id_names(
        self, privacy, folder, returns
    ):
        """Held against the export's third header row, which the importer never reads."""
        data = json.loads((folder / "qualtrics_data_privacy_survey.qsf").read_text("utf-8"))
        payloads = [e["Payload"] for e in data["SurveyElements"] if e["Element"] == "SQ"]
        words = {p["QuestionID"]: p["DataExportTag"] for p in payloads}
        with returns.open(encoding="utf-8-sig", newline="") as file:
            head, _, ids = (row for row, _ in zip(csv.reader(file), range(3), strict=False))
        place = {name: json.loads(told) for name, told in zip(head, ids, strict=True)}
        checked = 0
        for column in privacy.columns.values():
            for code, name in column.columns.items():
                if name in place:
                    told = place[name]
                    assert (words[told["ImportId"]], told["choiceId"]) == (
                        name.rsplit("_", 1)[0],
                        str(code),
                    )
                    checked += 1
        assert checked > 180

    def test_every_answer_of_the_export_is_read_as_a_plain_reader_sees_it(self, privacy, returns):
        raw = read_raw(returns, "csv", {"skip_rows": 2}, drop=privacy.identifiers)
        frame = recode(raw, _instrument(privacy), "w")
        with returns.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))[2:]
        compared = 0
        for item, column in privacy.columns.items():
            if item in privacy.unused:
                continue
            if privacy.items[item].kind == "multiple":
                for code, name in column.columns.items():
                    ticked = (frame[f"{item}__{code}"] == 1).fillna(False).tolist()
                    assert ticked == [row[name].strip() != "" for row in rows], name
                    compared += len(rows)
            elif privacy.items[item].kind == "single":
                points = privacy.scales[privacy.items[item].scale].points
                names = {
                    w.strip(): c for c, p in points.items() for w in (p.text["en"], *p.aliases)
                }
                codes = [
                    None if code != code else int(code)
                    for code in frame[item].astype("Float64").to_numpy(float, na_value=float("nan"))
                ]
                assert codes == [names.get(row[column.column].strip()) for row in rows], item
                compared += len(rows)
        assert compared == 21_100

    def test_an_exported_form_asks_every_simulated_respondent_the_same(self, privacy):
        people = walk(privacy.questionnaire(), privacy.items, privacy.scales)
        form = to_xlsform(privacy)
        asked = {item.id for item in privacy.asked()}
        assert people.complete
        assert people.asked() >= asked
        for person in people.respondents:
            seen, refused = walk_form(form, answers_for(privacy, person.answers))
            assert seen == [item for item in person.asked if item in asked]
            assert refused == []

    def test_an_item_used_before_it_is_asked_is_found(self, folder):
        draft = read_qsf(folder / "qualtrics_better_sample_survey.qsf")
        found = check_routing(draft.questionnaire(), draft.items, draft.scales, draft.languages)
        told = [fault.what for fault in found.faults]
        assert "who is asked of 'q1_recent_1' depends on 'q4_rank_1', which is asked later" in told

    def test_columns_of_an_older_export_are_named_right(self, folder):
        """An export of 2016: its own metadata, and a question the instrument no longer has."""
        draft = read_qsf(folder / "qualtrics_better_sample_survey.qsf")
        with (folder / "qualtrics_better_sample_survey.csv").open(encoding="utf-8-sig") as file:
            head = next(csv.reader(file))
        mapped = {
            name
            for column in draft.columns.values()
            for name in ([column.column] if column.column else column.columns.values())
        }
        rest = [name for name in head if name not in mapped]
        assert len(head) == 59
        assert [name for name in rest if name.startswith("Q")] == [
            "Q13_1_-1",
            "Q13_2_-1",
            "Q13_3_-1",
        ]
        assert len(rest) == 17

    def test_three_languages(self, folder):
        draft = read_qsf(folder / "qualtrics_sq_example_3lang.qsf")
        assert draft.items["q1"].text == {
            "en": "What is your sex?",
            "de": "Was ist ihr Geschlecht?",
            "fr": "Quel est votre sexe ?",
        }


class TestOthers:
    @pytest.mark.parametrize("name", ["qualtrics", "whova"])
    def test_limesurvey_keeps_items_and_routes_of_large_questionnaires(
        self, folder, name, tmp_path
    ):
        draft = (
            read_qsf(folder / "qualtrics_data_privacy_survey.qsf")
            if name == "qualtrics"
            else read_xlsform(folder / "xlsform_whova_form.xlsx")
        )
        path = tmp_path / "out.lss"
        path.write_text(to_lss(draft)[0], encoding="utf-8")
        back = read_lss(path)
        asked = [item.id for item in draft.asked()]
        assert len(back.items) == len(asked)
        assert len(back.ask_if) == sum(item in draft.ask_if for item in asked)
        assert [e for e in back.not_expressed if "relevance" in e.what] == []

    def test_a_structure_in_two_languages(self, folder):
        draft = read_lss(folder / "limesurvey_two_languages.lss")
        assert draft.languages == ["en", "et"]

    def test_every_spss_dictionary_becomes_files_that_load(self, shared_data):
        for path in sorted((shared_data / "spss").glob("*.sav")):
            draft = read_sav_dictionary(path)
            assert study_files("s", draft, wave="w")["questionnaires/" + draft.name + ".yml"]

    def test_sets_and_missing_ranges_of_spss(self, shared_data):
        draft = read_sav_dictionary(shared_data / "spss/simple_alltypes.sav")
        assert draft.items["mymrset"].kind == "multiple"
        assert draft.columns["mymrset"].columns == {1: "bool1", 2: "bool2", 3: "bool3"}
        told = [entry.what for entry in draft.not_expressed]
        assert "that every value from -999 to 0 is missing" in told
        assert any(entry.where == "set categorical_array" for entry in draft.not_expressed)


class TestDdi:
    @pytest.mark.parametrize("study", ["security_perception", "browser_privacy"])
    def test_a_codebook_is_valid_by_the_alliance_s_schema(self, shared_data, checkout, study):
        etree = pytest.importorskip("lxml.etree")
        schema = etree.XMLSchema(etree.parse(_schema(shared_data), _offline(etree, shared_data)))
        instrument = load_instrument(checkout, study)
        for wave in instrument.waves:
            schema.assertValid(etree.fromstring(to_ddi(instrument, wave).encode()))


def _schema(shared_data: Path) -> str:
    path = shared_data.parent / "ddi" / "codebook.xsd"
    if not path.is_file():
        pytest.skip("the DDI schema is not beside this checkout")
    return str(path)


def _offline(etree, shared_data: Path):
    """A parser that takes what a schema imports from the web out of the same folder."""

    class Beside(etree.Resolver):
        def resolve(self, url, public, context):
            if url.startswith("http"):
                beside = shared_data.parent / "ddi" / url.rsplit("/", 1)[1]
                return self.resolve_filename(str(beside), context)
            return None

    parser = etree.XMLParser(no_network=True)
    parser.resolvers.add(Beside())
    return parser


def _instrument(draft) -> Instrument:
    wave = Wave(
        period=Period(start="2022-09-01", end="2022-09-30"),
        questionnaire="v1",
        mode="web",
        raw=RawFile(file="x.csv", origin="csv"),
        columns={k: v for k, v in draft.columns.items() if k not in draft.unused},
        design=SampleDesign(kind="nonprobability"),
    )
    study = Study(id="s", title={}, universe={}, report="s")
    return Instrument(
        study, draft.items, draft.scales, {"v1": draft.questionnaire()}, {"w": wave}, {}, ()
    )

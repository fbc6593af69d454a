"""LimeSurvey, 问卷星, paper, codebook, DDI, SPSS dictionaries and the files a draft becomes."""

import html
import io
import json
import zipfile
from xml.etree import ElementTree as ET

import pandas as pd
import pytest

from survey.errors import DataError, InstrumentError, UsageError
from survey.exchange.codebook import codebook_html, codebook_xlsx
from survey.exchange.ddi import NAMESPACE, to_ddi
from survey.exchange.draft import draft_of, slug
from survey.exchange.formats import FORMATS, Options, export_instrument
from survey.exchange.lss import read_lss
from survey.exchange.lss_out import to_lss
from survey.exchange.paper import Filter, Question, paper
from survey.exchange.paper_docx import paper_docx
from survey.exchange.paper_html import paper_html
from survey.exchange.sav_dictionary import read_sav_dictionary
from survey.exchange.wjx_text import to_wjx_jsonl, to_wjx_text
from survey.exchange.xlsform_in import read_xlsform
from survey.exchange.yaml_out import scalar, study_files, write_study
from survey.instrument.load import load_instrument
from survey.io.yamlfile import parse_yaml
from survey.project import Project
from tests.unit.exchange.helpers import SHIPPED, through_yaml

DDI = f"{{{NAMESPACE}}}"


@pytest.fixture(scope="module")
def study(request):
    from tests.conftest import ROOT

    return load_instrument(Project(ROOT), "security_perception")


@pytest.fixture(scope="module")
def draft(study):
    return draft_of(study)


class TestLimeSurvey:
    def test_kinds_texts_scales_and_routes_come_back(self, draft, tmp_path):
        path = tmp_path / "out.lss"
        path.write_text(to_lss(draft)[0], encoding="utf-8")
        back = read_lss(path)
        asked = draft.asked()
        assert [item.kind for item in back.items.values()] == [item.kind for item in asked]
        assert back.languages == draft.languages
        issues = back.items["issues"]
        assert issues.text == draft.items["issues"].text
        assert issues.exclusive == [8]
        scale = back.scales[issues.scale]
        assert [p.text for p in scale.points.values()] == [
            p.text for p in draft.scales["issues"].points.values()
        ]
        assert back.ask_if["incidenttype"] == "hadincident == 1"

    def test_don_t_know_comes_back_as_a_missing_code(self, draft, tmp_path):
        path = tmp_path / "out.lss"
        path.write_text(to_lss(draft)[0], encoding="utf-8")
        back = read_lss(path)
        assert back.scales[back.items["usesinternet"].scale].missing == {
            98: "dont_know",
            99: "refused",
        }

    def test_a_real_structure_is_read(self):
        found = read_lss(SHIPPED / "limesurvey_rather_interesting.lss")
        assert found.scales[found.items["yob"].scale].range == (1850, 2050)
        assert found.ask_if == {"fcol_other": "fcol == 6"}

    def test_entities_are_refused(self, tmp_path):
        path = tmp_path / "bomb.lss"
        path.write_text('<!DOCTYPE d [<!ENTITY a "aa">]><document>&a;</document>', encoding="utf-8")
        with pytest.raises(DataError, match="declares entities"):
            read_lss(path)


class TestWjx:
    def test_questions_options_and_grids_stand_as_the_import_reads_them(self, draft):
        text, _ = to_wjx_text(draft)
        blocks = text.split("\n\n")
        assert blocks[0] == "用户个人信息安全感知调查"
        sex = next(block for block in blocks if "性别" in block)
        assert sex.splitlines() == ["5. 您的性别是？[单选题]（选填）", "男", "女", "拒绝回答"]
        grid = next(block for block in blocks if "[矩阵单选题]" in block).splitlines()
        assert grid[1].split(" ")[:2] == ["很不同意", "不太同意"]
        assert grid[2] == "信任电信运营商"

    def test_json_lines_use_the_vendor_s_field_names(self, draft):
        rows = [json.loads(line) for line in to_wjx_jsonl(draft)[0].splitlines()]
        assert rows[0]["qtype"] == "问卷基础信息"
        many = next(row for row in rows if row["qtype"] == "多选")
        assert len(many["select"]) == 8
        assert not any("（单独选择）" in option for option in many["select"])

    def test_routing_that_must_be_set_by_hand_is_listed_in_words(self, draft):
        _, not_said = to_wjx_text(draft)
        told = [str(entry) for entry in not_said if entry.where == "incident_type"]
        assert any("第11题答“是”" in entry for entry in told)


class TestPaper:
    def test_who_answers_is_said_above_the_questions_in_either_language(self, draft):
        filters = {
            lang: [part.text for part in paper(draft, lang).parts if isinstance(part, Filter)]
            for lang in ("zh", "en")
        }
        assert filters["zh"][0] == "第6题至第11题仅在下列情况回答：第3题答“是”。"
        assert filters["en"][0] == "Q6 to Q11: only if Q3 is “Yes”."

    def test_where_to_go_on_stands_beside_the_option(self, draft):
        parts = [part for part in paper(draft, "en").parts if isinstance(part, Question)]
        had = next(part for part in parts if part.items == ("had_incident",))
        assert [option.jump for option in had.options[:2]] == ["", "→ go to Q13"]

    def test_every_asked_item_is_drawn_once(self, draft):
        drawn = [
            item
            for part in paper(draft, "zh").parts
            if isinstance(part, Question)
            for item in part.items
        ]
        assert sorted(drawn) == sorted(item.id for item in draft.asked())

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_html_and_word_hold_every_wording(self, draft, lang):
        from docx import Document

        laid = paper(draft, lang)
        page = html.unescape(paper_html(laid))
        document = Document(io.BytesIO(paper_docx(laid)))
        cells = [c.text for t in document.tables for row in t.rows for c in row.cells]
        words = "\n".join([*(p.text for p in document.paragraphs), *cells])
        for part in laid.parts:
            if isinstance(part, Question):
                assert part.text in words
                assert part.text in page
                assert all(option.text in words for option in part.options)
                assert all(row in words for row in part.rows)

    def test_equal_questionnaires_give_equal_files(self, draft):
        assert paper_docx(paper(draft, "zh")) == paper_docx(paper(draft, "zh"))
        with zipfile.ZipFile(io.BytesIO(paper_docx(paper(draft, "zh")))) as archive:
            assert {info.date_time[0] for info in archive.infolist()} == {2000}


class TestCodebook:
    def test_sets_have_a_variable_per_option_and_answers_name_their_weight(self, study):
        root = ET.fromstring(to_ddi(study, "2018H1"))
        variables = {v.get("name"): v for v in root.iter(f"{DDI}var")}
        assert {f"issues__{code}" for code in range(1, 9)} < set(variables)
        assert variables["weight"].get("wgt") == "wgt"
        assert variables["safety_score"].get("wgt-var") == "V_weight"
        assert variables["interviewer"].get("wgt-var") is None
        assert {v.get("wgt-var") for v in variables.values()} == {None, "V_weight"}

    def test_missing_codes_and_their_kinds(self, study):
        root = ET.fromstring(to_ddi(study, "2018H1"))
        score = next(v for v in root.iter(f"{DDI}var") if v.get("name") == "safety_score")
        kinds = {c.findtext(f"{DDI}catValu"): c.get("missType") for c in score.iter(f"{DDI}catgry")}
        assert kinds["98"] == "dont_know"
        assert kinds["0"] is None

    def test_the_workbook_lists_variables_and_codes(self, study):
        book = pd.read_excel(
            io.BytesIO(codebook_xlsx(study, "2018H1", "en")), sheet_name=None, engine="openpyxl"
        )
        assert list(book) == ["Variables", "Codes"]
        names = set(book["Variables"]["Variable"])
        assert {"sex", "issues__8", "weight"} < names
        assert set(book["Codes"]["Variable"]) < names

    @pytest.mark.parametrize("lang", ["zh", "en"])
    def test_the_page_has_a_section_per_variable(self, study, lang):
        page = codebook_html(study, "2018H1", lang)
        for name in ("sex", "safety_score", "issues__1", "weight"):
            assert f'<section id="{name}">' in page


class TestSpss:
    @pytest.fixture
    def file(self, tmp_path):
        pyreadstat = pytest.importorskip("pyreadstat")
        frame = pd.DataFrame(
            {"Q1": [1.0, 2.0, 9.0], "Q2": [0.0, 7.0, 10.0], "Q3": [41.0, 52.5, 63.0]}
        )
        path = tmp_path / "wave.sav"
        pyreadstat.write_sav(
            frame,
            path,
            column_labels=["Do you agree?", "How safe, 0 to 10?", "Weight in kilograms"],
            variable_value_labels={
                "Q1": {1.0: "Yes", 2.0: "No", 9.0: "Don't know"},
                "Q2": {0.0: "not at all", 10.0: "completely"},
            },
            missing_ranges={"Q1": [9.0]},
        )
        return path

    def test_labels_make_a_scale_and_declared_values_are_missing(self, file):
        found = read_sav_dictionary(file)
        scale = found.scales[found.items["q1"].scale]
        assert {code: point.text["en"] for code, point in scale.points.items()} == {
            1: "Yes",
            2: "No",
        }
        assert scale.missing == {9: "dont_know"}
        assert any("is a guess" in entry.what for entry in found.not_expressed)

    def test_labels_at_the_ends_make_a_range(self, file):
        found = read_sav_dictionary(file)
        scale = found.scales[found.items["q2"].scale]
        assert scale.range == (0, 10)
        assert scale.ends[10] == {"en": "completely"}

    def test_a_plain_number_stays_a_number(self, file):
        assert read_sav_dictionary(file).items["q3"].kind == "number"


class TestStudyFiles:
    @pytest.mark.parametrize(
        "text",
        ["no", "1", "a: b", "- x", "#", "'", '"', "多选，题", "a\nb", "{a}", "", "???", "\x07"],
    )
    def test_every_text_is_read_back_as_it_was(self, text):
        assert parse_yaml(f"[{scalar(text)}]").data == [text]

    def test_a_study_that_exists_keeps_its_items_and_refuses_other_meanings(self, tmp_path):
        first = read_xlsform(SHIPPED / "pyxform_or_other.xlsx")
        through_yaml(first, tmp_path)
        again = read_xlsform(SHIPPED / "pyxform_or_other.xlsx")
        again.name = "second"
        written = write_study(Project(tmp_path), "town", again)
        assert [path.name for path in written] == ["second.yml"]
        changed = again.items["fav_color"].model_copy(update={"text": {"en": "Another wording"}})
        again.items["fav_color"], again.name = changed, "third"
        with pytest.raises(InstrumentError, match="'fav_color' means something else"):
            write_study(Project(tmp_path), "town", again)

    def test_nothing_is_overwritten(self, tmp_path):
        draft = read_xlsform(SHIPPED / "pyxform_or_other.xlsx")
        through_yaml(draft, tmp_path)
        with pytest.raises(UsageError, match="exists and is not overwritten"):
            write_study(Project(tmp_path), "town", draft)

    def test_what_is_not_expressed_stands_at_the_head_of_the_questionnaire(self):
        draft = read_xlsform(SHIPPED / "pyxform_xlsform_spec_test.xlsx")
        text = study_files("town", draft)["questionnaires/spec_test.yml"]
        assert text.startswith("# What the imported file says and these files do not:")
        assert "regex()" in text.split("blocks:")[0]

    @pytest.mark.parametrize(
        ("name", "id_"),
        [
            ("SecondaryContactNo", "secondary_contact_no"),
            ("_1", "q_1"),
            ("class", "class_"),
            ("题", "q"),
        ],
    )
    def test_names_become_ids(self, name, id_):
        assert slug(name) == id_


class TestFormats:
    @pytest.mark.parametrize(
        ("kind", "ending"), [(kind, e) for kind, (endings, _) in FORMATS.items() for e in endings]
    )
    def test_every_format_is_written_alike_twice(self, study, kind, ending):
        options = Options(lang="en", ending=ending)
        first = export_instrument(study, kind, options).data
        assert first
        assert first == export_instrument(study, kind, options).data

    def test_a_wrong_ending_is_named(self, study):
        with pytest.raises(UsageError, match=r"format ddi is not written to a \.txt file"):
            export_instrument(study, "ddi", Options(ending=".txt"))

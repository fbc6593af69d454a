"""Coded answers are a multiple-response set that cleaning and estimates treat like any other."""

import json

import pandas as pd
import pytest

from analysis.estimate import run as estimates
from survey.clean import run as clean
from survey.clean.coded import answer_id, coding_path, read_coding
from survey.errors import DataError
from survey.instrument.load import load_instrument
from survey.io.tables import read_parquet
from survey.progress import Progress
from survey.text.run import code_by_rules, task_of
from survey.weights import run as weights
from tests.conftest import edit
from tests.unit.text.conftest import ANSWERS, instrument_of, write_raw
from tests.unit.text.test_codeframe import MORE, NEXT

SILENT = Progress.silent()
WAVE = "2020H1"


def coded(project) -> None:
    code_by_rules(task_of(project, instrument_of(project), WAVE, "themes"))


def cleaned(project) -> pd.DataFrame:
    clean.run(project, ["tiny"], SILENT)
    return read_parquet(project.clean("tiny", WAVE) / "responses.parquet")


def of(frame, answer: str) -> pd.DataFrame:
    """Rows of the people who gave one of the answers; codes only."""
    rows = [n for n in range(len(frame)) if ANSWERS[n % len(ANSWERS)] == answer]
    themes = [name for name in frame.columns if name.startswith("themes__")]
    return frame.loc[rows, themes]


def asked(frame) -> pd.Series:
    return frame["sex"].eq(1) | frame["trust"].lt(9)


class TestClean:
    def test_an_answer_has_its_codes_and_a_blank_none(self, town):
        coded(town)
        frame = cleaned(town)
        both = of(frame, "骚扰电话太多，还有信息泄露").loc[lambda rows: asked(frame)[rows.index]]
        assert both["themes__1"].eq(1).all()
        assert both["themes__2"].eq(1).all()
        assert both["themes__3"].eq(0).all()
        blank = [n for n in range(200) if ANSWERS[n % 10] is None]
        assert frame.loc[blank, "themes__1"].isna().all()

    def test_who_was_not_asked_is_not_in_the_base(self, town):
        coded(town)
        frame = cleaned(town)
        not_asked = ~asked(frame)
        assert not_asked.sum() > 10
        assert frame.loc[not_asked, "themes__99"].isna().all()
        audit = read_parquet(town.clean("tiny", WAVE) / "audit.parquet")
        assert set(audit.loc[audit["item"] == "themes", "rule"]) == {"routing"}

    def test_what_nobody_coded_is_a_category_of_its_own(self, town):
        coded(town)
        frame = cleaned(town)
        rest = of(frame, "客服态度不好").loc[lambda rows: asked(frame)[rows.index]]
        assert rest["themes__99"].eq(1).all()
        assert rest.drop(columns="themes__99").eq(0).all(axis=None)

    def test_without_a_coding_everything_waits_and_the_record_says_so(self, town):
        frame = cleaned(town)
        assert frame.loc[asked(frame), "themes__99"].dropna().eq(1).all()
        told = json.loads((town.clean("tiny", WAVE) / "cleaning.json").read_text("utf-8"))
        assert told["coded_answers"]["themes"] == {
            "answers": 180, "different": 9, "uncoded": 180, "frame_version": 1
        }  # fmt: skip

    def test_no_text_is_in_the_clean_data_unless_it_is_kept(self, town):
        coded(town)
        cleaned(town)
        folder = town.clean("tiny", WAVE)
        assert not (folder / "texts.parquet").exists()
        for path in folder.glob("*.parquet"):
            assert "客服" not in read_parquet(path).to_csv()
        edit(town, "items/open.yml", "  kind: open", "  kind: open\n  keep_text: true")
        cleaned(town)
        kept = read_parquet(folder / "texts.parquet")
        assert len(kept) == 180
        assert "我叫[name]，电话[mobile number]，担心信息泄露" in set(kept["text"])
        edit(town, "items/open.yml", "  keep_text: true\n", "")
        cleaned(town)
        assert not (folder / "texts.parquet").exists()


class TestEstimates:
    def test_shares_are_those_of_the_answers(self, town):
        coded(town)
        frame = cleaned(town)
        weights.run(town, ["tiny"], SILENT)
        estimates.run(town, ["tiny"], SILENT)
        rows = read_parquet(town.estimates("tiny"))
        rows = rows[(rows["indicator"] == "themes") & (rows["domain"] == "all")]
        rows = rows.set_index("category")
        base = frame["themes__1"].notna()
        assert set(rows["n"].dropna()) == {float(base.sum())}
        for code, name in (
            (1, "leak"),
            (2, "calls"),
            (3, "fees"),
            (97, "nothing"),
            (99, "uncoded"),
        ):
            want = frame.loc[base, f"themes__{code}"].mean()
            assert rows.loc[name, "estimate"] == pytest.approx(want)
        assert rows.loc["other", "quality"] == "suppressed"  # nobody said so


class TestVersions:
    def newer(self, town, change: str = NEXT) -> None:
        path = town.instrument("tiny") / "codeframes" / "worries.yml"
        text = path.read_text("utf-8").replace("versions:", MORE + "versions:") + change
        path.write_text(text, encoding="utf-8")

    def test_codes_of_an_earlier_version_are_carried(self, town):
        coded(town)
        self.newer(town)
        frame = cleaned(town)
        both = of(frame, "骚扰电话太多，还有信息泄露").loc[lambda rows: asked(frame)[rows.index]]
        assert both["themes__4"].eq(1).all()
        assert both["themes__6"].eq(1).all()
        told = json.loads((town.clean("tiny", WAVE) / "cleaning.json").read_text("utf-8"))
        assert told["coded_answers"]["themes"]["coded_with_version"] == 1
        assert told["coded_answers"]["themes"]["codes_not_on_offer"] == ["c4", "c5", "c6"]

    def test_a_split_without_an_heir_asks_for_new_codes(self, town):
        coded(town)
        self.newer(town, NEXT.replace("carry: {1: 4}\n", "\n"))
        with pytest.raises(DataError, match="4 answers have codes of version 1 that were split"):
            cleaned(town)

    def test_an_id_with_another_meaning_is_refused(self, town):
        coded(town)
        path = town.instrument("tiny") / "codeframes" / "worries.yml"
        path.write_text(path.read_text("utf-8").replace("code: fees", "code: ads"), "utf-8")
        with pytest.raises(DataError, match="code 3 was 'fees' when answers were coded"):
            cleaned(town)


class TestFiles:
    def test_answers_that_are_no_longer_in_the_file_are_told(self, town):
        coded(town)
        write_raw(town, ["客服态度不好"] * 50)
        with pytest.raises(DataError, match="coded answers are not in the file"):
            cleaned(town)

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("answer,codes\nx,1\n", "is no coding"),
            ("answer,codes,by\nx,one,a\ny,1;,a\n", "'one' are no codes"),
            ("answer,codes,by\nx,1,a\nx,2,b\n", "is coded twice"),
        ],
    )
    def test_a_damaged_coding_is_refused(self, town, text, told):
        coded(town)
        path = coding_path(town, "tiny", WAVE, "themes")
        path.write_text(text, encoding="utf-8")
        with pytest.raises(DataError, match=told):
            read_coding(path, "coding.csv")

    def test_a_code_of_no_version_is_refused(self, town):
        coded(town)
        path = coding_path(town, "tiny", WAVE, "themes")
        path.write_text(f"answer,codes,by\n{answer_id('乱收费')},55,a\n", encoding="utf-8")
        with pytest.raises(DataError, match="code 55 is none of version 1"):
            cleaned(town)

    def test_width_case_and_blanks_make_no_other_answer(self):
        assert answer_id("ＡＰＰ  太多") == answer_id("app 太多")
        assert answer_id("app太多") != answer_id("app 太多")

    def test_a_study_without_frames_is_as_before(self, checkout):
        assert load_instrument(checkout, "browser_privacy").codeframes == {}

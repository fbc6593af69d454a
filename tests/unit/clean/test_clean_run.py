"""The stage on disk: what it writes, what it skips, what a person sees when data are wrong."""

import json

import pytest

from survey.clean.run import run
from survey.errors import DataError
from survey.io.atomic import sha256
from survey.io.tables import read_parquet
from survey.progress import Progress

WAVE = "2020H1"


@pytest.fixture
def project(tiny):
    """The tiny study with a card for its raw file."""
    return with_card(tiny)


def with_card(project, text: str | None = None):
    raw = project.raw("tiny", WAVE) / "raw.csv"
    if text is not None:
        raw.write_text(text, encoding="utf-8")
    card = f"producer: t\nlicence: t\nkind: simulated\nfiles: {{raw.csv: {sha256(raw)}}}\n"
    raw.with_name("source.yml").write_text(card)
    return project


class TestWriting:
    def test_responses_audit_and_summary_are_written(self, project):
        written = run(project, ["tiny"], Progress.silent())
        assert [path.name for path in written] == [
            "responses.parquet",
            "audit.parquet",
            "cleaning.json",
        ]
        responses = read_parquet(written[0])
        assert responses["trust"].to_list() == [7, 98]
        assert list(responses.columns)[:3] == ["respondent", "sex", "trust"]
        summary = json.loads(written[2].read_text(encoding="utf-8"))
        assert (summary["kind"], summary["included"]) == ("simulated", 2)

    def test_the_same_input_gives_the_same_bytes_in_any_row_order(self, project):
        first = [path.read_bytes() for path in run(project, ["tiny"], Progress.silent())[:2]]
        with_card(project, "id,s,t\n2,2,98\n1,1,7\n")
        assert [p.read_bytes() for p in run(project, ["tiny"], Progress.silent())[:2]] == first

    def test_a_monitoring_study_is_not_cleaned(self, project):
        study = project.instrument("tiny") / "study.yml"
        study.write_text(study.read_text() + "pipeline: monitoring\n")
        assert run(project, ["tiny"], Progress.silent()) == []


class TestFaults:
    def test_a_fault_names_the_file_from_the_root_and_leaves_nothing(self, project):
        with_card(project, "id,s,t\n1,1,11\n2,3,5\n")
        with pytest.raises(DataError) as error:
            run(project, ["tiny"], Progress.silent())
        assert [fault.where for fault in error.value.faults] == [
            "data/raw/tiny/2020H1/raw.csv, column 's', respondent row 2",
            "data/raw/tiny/2020H1/raw.csv, column 't', respondent row 1",
        ]
        assert not project.clean("tiny", WAVE).exists()

    def test_a_wrong_encoding_names_the_byte(self, project):
        raw = project.raw("tiny", WAVE) / "raw.csv"
        raw.write_bytes("id,s,t\n1,男,7\n".encode("gb18030"))
        with_card(project)
        wave = project.instrument("tiny") / "waves" / f"{WAVE}.yml"
        text = wave.read_text().replace("origin: csv", "origin: csv, options: {encoding: utf-8}")
        wave.write_text(text)
        with pytest.raises(
            DataError, match=r"data/raw/tiny/2020H1/raw.csv:2, byte 9: is not utf-8"
        ):
            run(project, ["tiny"], Progress.silent())

    def test_a_missing_design_value_is_told(self, project):
        wave = project.instrument("tiny") / "waves" / f"{WAVE}.yml"
        wave.write_text(
            wave.read_text().replace(
                "{kind: nonprobability}", "{kind: nonprobability, strata: [sex]}"
            )
        )
        with_card(project, "id,s,t\n1,1,7\n2,,98\n")
        with pytest.raises(DataError, match="design item 'sex' is blank for 2"):
            run(project, ["tiny"], Progress.silent())

"""What a person sees when a file is wrong: place and cure, the exit code, nothing half-written."""

import hashlib
import subprocess

import pandas as pd
import pyreadstat
import pytest

from dashboards.cli import main
from tests.conftest import ROOT, edit

CARD = """\
producer: a test
kind: collected
licence: CC0-1.0
files:
  {file}: {digest}
"""
TARGETS = """\
margin,level,items,count,unit,universe,date,source
sex,male,sex,50,persons,adults,2020-06-30,a test
sex,female,sex,50,persons,adults,2020-06-30,a test
"""


def put(project, name: str, data: bytes) -> None:
    """A raw file with its card."""
    folder = project.raw("tiny", "2020H1")
    (folder / name).write_bytes(data)
    card = CARD.format(file=name, digest=hashlib.sha256(data).hexdigest())
    (folder / "source.yml").write_text(card, encoding="utf-8")


def answers(n: int = 40, sexes: str = "12") -> bytes:
    lines = [f"{i},{sexes[i % len(sexes)]},{i % 11}" for i in range(n)]
    return ("id,s,t\n" + "\n".join(lines) + "\n").encode()


def run(project, *arguments: str) -> int:
    return main(["--project", str(project.root), *arguments])


@pytest.fixture
def told(tiny, capsys):
    """Run a stage that must fail; gives the message and the exit code."""

    def failing(*arguments: str) -> tuple[str, int]:
        before = {p for p in tiny.root.rglob("*") if p.is_file()}
        code = run(tiny, *arguments)
        message = capsys.readouterr().err
        assert "Traceback" not in message
        assert message.strip()
        left = {p for p in tiny.root.rglob("*") if p.is_file()} - before
        assert not [p for p in left if "unfinished" in p.name or "2020H1" in str(p.parent)]
        return message, code

    return failing


class TestRawFiles:
    def test_sound_answers_are_cleaned(self, tiny):
        put(tiny, "raw.csv", answers())
        assert run(tiny, "responses", "--study", "tiny") == 0
        clean = pd.read_parquet(tiny.clean("tiny", "2020H1") / "responses.parquet")
        assert len(clean) == 40

    def test_a_truncated_sav(self, tiny, told, tmp_path):
        whole = tmp_path / "whole.sav"
        frame = pd.DataFrame(
            {"id": [str(i) for i in range(200)], "s": [1.0] * 200, "t": [5.0] * 200}
        )
        pyreadstat.write_sav(frame, whole)
        put(tiny, "raw.sav", whole.read_bytes()[:700])
        edit(tiny, "waves/2020H1.yml", "file: raw.csv, origin: csv", "file: raw.sav, origin: spss")
        message, code = told("responses", "--study", "tiny")
        assert code == 4
        assert "data/raw/tiny/2020H1/raw.sav" in message

    def test_a_csv_in_another_encoding_than_said(self, tiny, told):
        put(tiny, "raw.csv", answers() + "999,男,3\n".encode("gb18030"))
        edit(tiny, "waves/2020H1.yml", "origin: csv", "origin: csv, options: {encoding: utf-8}")
        message, code = told("responses", "--study", "tiny")
        assert code == 4
        assert "raw.csv" in message
        assert "utf-8" in message.lower()

    def test_a_missing_column(self, tiny, told):
        put(tiny, "raw.csv", answers().replace(b"id,s,t", b"id,s,tt"))
        message, code = told("responses", "--study", "tiny")
        assert code == 4
        assert "'t'" in message
        assert "tt" in message

    def test_an_unknown_option_names_cell_column_and_row(self, tiny, told):
        put(tiny, "raw.csv", answers().replace(b"\n4,1,4\n", b"\n4,mael,4\n"))
        message, code = told("responses", "--study", "tiny")
        assert code == 4
        assert "mael" in message
        assert "'s'" in message

    def test_a_raw_file_that_is_not_the_one_on_the_card(self, tiny, told):
        put(tiny, "raw.csv", answers())
        (tiny.raw("tiny", "2020H1") / "raw.csv").write_bytes(answers(41))
        message, code = told("responses", "--study", "tiny")
        assert code == 4
        assert "sha256" in message


class TestInstrument:
    def test_a_misspelt_item_id(self, tiny, told):
        put(tiny, "raw.csv", answers())
        edit(tiny, "waves/2020H1.yml", "trust: {column: t}", "trsut: {column: t}")
        message, code = told("check", "tiny")
        assert code == 3
        assert "instruments/tiny/waves/2020H1.yml" in message
        assert "did you mean 'trust'?" in message

    def test_the_stage_itself_refuses_it_too(self, tiny, told):
        put(tiny, "raw.csv", answers())
        edit(tiny, "waves/2020H1.yml", "trust: {column: t}", "trsut: {column: t}")
        message, code = told("responses", "--study", "tiny")
        assert code == 3
        assert "trsut" in message


class TestMargins:
    def test_a_margin_nobody_can_reach(self, tiny):
        put(tiny, "raw.csv", answers(sexes="1"))
        targets = tiny.instrument("tiny") / "targets" / "2020H1.csv"
        targets.parent.mkdir()
        targets.write_text(TARGETS, encoding="utf-8")
        edit(tiny, "waves/2020H1.yml", "mode: web", "mode: web\ncalibrate: {margins: [sex]}")
        assert run(tiny, "responses", "--study", "tiny") == 0
        code = run(tiny, "weights", "--study", "tiny")
        assert code == 5
        assert not (tiny.clean("tiny", "2020H1") / "weights.parquet").exists()

    def test_its_message_names_both_sides(self, tiny, capsys):
        self.test_a_margin_nobody_can_reach(tiny)
        message = capsys.readouterr().err
        assert "'sex'" in message
        assert "female" in message
        assert "male" in message


class TestNames:
    def test_an_unknown_study(self, told):
        message, code = told("responses", "--study", "tinny")
        assert code == 2
        assert "did you mean 'tiny'?" in message

    @pytest.mark.parametrize(
        ("setting", "known"),
        [
            ("STUDY=nowhere", "security_perception"),
            ("WAVE=1999H1", "2018H1"),
            ("REPORT=nothing", "whitepaper"),
        ],
    )
    def test_make_names_the_known_words(self, setting, known):
        done = subprocess.run(
            ["make", "-n", "report", setting], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 2
        assert known in done.stderr

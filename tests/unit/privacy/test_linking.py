"""Two waves linked by hashed telephone numbers, through the real stages."""

import shutil

import pandas as pd
import pytest

from dashboards.cli import main
from survey.io.atomic import sha256
from survey.io.tables import read_parquet
from survey.privacy.keyed import FILE, VARIABLE
from tests.conftest import edit

KEY, OTHER = "k7Qz-unlikely-words-0123456789-ABCDEFGH", "another-secret-of-the-same-length-98765"
HASHED = "[{column: phone, hash: panel, kind: phone}]"
HOME = "- {id: home, kind: key, text: {zh: 户, en: Home}}\n"


def number(person: int) -> str:
    return f"139{person:08d}"


def written(person: int, wave: int) -> str:
    """The same number, written another way in the second wave."""
    digits = number(person)
    return digits if wave == 0 else f"+86 {digits[:3]}-{digits[3:7]}-{digits[7:]}"


@pytest.fixture
def panel(tiny, monkeypatch):
    """Two waves of 80 people, 60 of whom are in both."""
    edit(tiny, "study.yml", "report: tiny", f"report: tiny\nidentifiers: {HASHED}")
    edit(tiny, "waves/2020H1.yml", "{column: id}", "{column: phone}")
    waves = tiny.instrument("tiny") / "waves"
    text = (waves / "2020H1.yml").read_text(encoding="utf-8").replace("2020-", "2021-")
    (waves / "2021H1.yml").write_text(
        text + "overlap: {2020H1: {unit: respondent}}\n", encoding="utf-8"
    )
    for place, wave in enumerate(("2020H1", "2021H1")):
        folder = tiny.raw("tiny", wave)
        folder.mkdir(parents=True, exist_ok=True)
        people = range(20 * place, 80 + 20 * place)
        rows = [f"{written(p, place)},{1 + p % 2},{(p * 7 + place) % 11}" for p in people]
        raw = folder / "raw.csv"
        raw.write_text("phone,s,t\n" + "\n".join(rows) + "\n", encoding="utf-8")
        (folder / "source.yml").write_text(
            f"producer: t\nlicence: t\nkind: simulated\nfiles: {{raw.csv: {sha256(raw)}}}\n"
        )
    monkeypatch.delenv(FILE, raising=False)
    monkeypatch.setenv(VARIABLE, KEY)
    return tiny


def run(project, *stages) -> list[int]:
    return [
        main(["--project", str(project.root), "--quiet", stage, "--study", "tiny"])
        for stage in stages
    ]


def keys(project, wave) -> set[str]:
    return set(read_parquet(project.clean("tiny", wave) / "responses.parquet")["respondent"])


class TestOverlap:
    def test_people_are_found_again_and_their_change_has_a_smaller_error(self, panel):
        assert run(panel, "responses", "weights", "estimates") == [0, 0, 0]
        assert len(keys(panel, "2020H1") & keys(panel, "2021H1")) == 60
        rows = read_parquet(panel.comparisons("tiny"))
        change = rows[(rows["statistic"] == "change") & (rows["domain"] == "all")].iloc[0]
        assert "shared respondents" in change["variant"]
        both = []
        for place, wave in enumerate(("2020H1", "2021H1")):
            people = range(20 * place, 80 + 20 * place)
            both.append(pd.Series({p: (p * 7 + place) % 11 for p in people}, name=wave))
        apart = sum(wave.var() / len(wave) for wave in both)
        assert change["estimate"] == pytest.approx(both[1].mean() - both[0].mean())
        assert change["se"] ** 2 < 0.9 * apart

    def test_neither_numbers_nor_keys_nor_hashes_are_in_what_is_built(self, panel):
        run(panel, "responses", "weights", "estimates")
        hashes = keys(panel, "2020H1") | keys(panel, "2021H1")
        for folder in ("build", "data/clean"):
            for path in sorted((panel.root / folder).rglob("*")):
                if not path.is_file():
                    continue
                table = path.suffix == ".parquet"
                text = pd.read_parquet(path).to_csv() if table else path.read_text("utf-8")
                assert KEY not in text
                assert not any(number(p) in text for p in range(100))
                assert folder == "data/clean" or not any(one in text for one in hashes)

    def test_waves_of_different_keys_are_not_linked(self, panel, monkeypatch, capsys):
        run(panel, "responses", "weights")
        first = panel.clean("tiny", "2020H1")
        kept = panel.root / "kept"
        shutil.copytree(first, kept)
        monkeypatch.setenv(VARIABLE, OTHER)
        run(panel, "responses", "weights")
        shutil.rmtree(first)
        shutil.copytree(kept, first)
        assert run(panel, "estimates") == [4]
        assert "different keys in 2020H1 and 2021H1" in capsys.readouterr().err
        assert not panel.estimates("tiny").exists()


class TestRefusals:
    def test_without_a_key_nothing_is_written(self, panel, monkeypatch, capsys):
        monkeypatch.delenv(VARIABLE)
        assert run(panel, "responses") == [4]
        assert VARIABLE in capsys.readouterr().err
        assert not (panel.root / "data" / "clean").exists()

    def test_a_weak_key_is_refused_before_anything_is_written(self, panel, monkeypatch, capsys):
        monkeypatch.setenv(VARIABLE, "a" * 64 + "b")
        assert run(panel, "responses") == [4]
        assert "pattern" in capsys.readouterr().err
        assert not (panel.root / "data" / "clean").exists()

    def test_a_key_nobody_declared_as_hashed_is_refused_without_its_number(self, panel, capsys):
        edit(panel, "study.yml", HASHED, "[]")
        assert run(panel, "responses") == [4]
        told = capsys.readouterr().err
        assert "'respondent' would keep a direct identifier" in told
        assert number(1) not in told

    def test_a_sampling_unit_may_not_be_a_hash(self, panel, capsys):
        edit(panel, "items/all.yml", "- {id: sex", f"{HOME}- {{id: sex")
        edit(panel, "waves/2020H1.yml", "nonprobability}", "nonprobability, psu: home}")
        edit(panel, "waves/2020H1.yml", "sex:", "home: {column: phone}, sex:")
        assert run(panel, "responses") == [3]
        assert "would hold hashes" in capsys.readouterr().err

    def test_a_hashed_column_that_no_key_holds_goes_nowhere(self, panel):
        for wave in ("2020H1", "2021H1"):
            edit(panel, f"waves/{wave}.yml", "respondent: {column: phone}, ", "")
        edit(panel, "waves/2021H1.yml", "overlap: {2020H1: {unit: respondent}}", "")
        assert run(panel, "responses") == [0]
        assert keys(panel, "2020H1") == {f"{row:02d}" for row in range(1, 81)}
        told = (panel.clean("tiny", "2020H1") / "cleaning.json").read_text("utf-8")
        assert "no key holds it" in told
        assert "hashed_columns" not in told

    def test_a_raw_file_may_not_be_called_by_a_number(self, panel, capsys):
        folder = panel.raw("tiny", "2020H1")
        (folder / f"answers of {number(7)}.csv").write_text("x\n")
        assert run(panel, "responses") == [4]
        told = capsys.readouterr()
        assert "the name of a raw file holds a mobile number" in told.err
        assert number(7) not in told.err + told.out

"""No identifier planted in raw data is found in anything under data/clean or build."""

import contextlib
import io
import re

import pandas as pd
import pyreadstat
import pytest

from dashboards.cli import main
from survey.io.tables import read_parquet
from survey.privacy.search import kind_in
from tests.conftest import copy_project
from tests.privacy.plants import CSV, FILES, SAV, STUDY, XLSX, plant_everywhere
from tests.privacy.searching import finds, finds_under

QUICK = {  # fewer rows: what is written where does not depend on how many domains there are
    r"^domains: .*$": "domains: [sex, residence]",
}
STAGES = ("responses", "weights", "estimates")


class Terminal(io.StringIO):
    """What a person would see: progress lines are only written to a terminal."""

    def isatty(self) -> bool:
        return True


def stages(project, *names: str, extra=()) -> list[int]:
    return [main(["--project", str(project.root), n, "--study", STUDY, *extra]) for n in names]


def coded(project) -> list[int]:
    """Code the planted remarks of every wave by rules."""
    by_rules = ["--item", "remarks", "--by-rules"]
    return [
        main(["--project", str(project.root), "code-text", STUDY, wave, *by_rules])
        for wave in (CSV, SAV, XLSX)
    ]


def others(project) -> list[int]:
    """Pages that no stage makes: the quality of interviews, the questions of all waves."""
    known = ["--project", str(project.root)]
    page = project.root / "build" / "waves.html"
    return [
        main([*known, "quality", "--study", STUDY, "--wave", SAV, "--langs", "zh"]),
        main([*known, "diff-waves", "--all", "--study", STUDY, "--html", str(page)]),
    ]


def planted_project(target, **only):
    project = copy_project(target)
    plants = plant_everywhere(project, **only)
    return project, plants


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """A copy with planted raw files, run up to its estimates; what was planted, and said."""
    project, plants = planted_project(tmp_path_factory.mktemp("leaks") / "project")
    study = project.instrument(STUDY) / "study.yml"
    text = study.read_text(encoding="utf-8")
    for pattern, quick in QUICK.items():
        text, times = re.subn(pattern, quick, text, flags=re.MULTILINE)
        assert times == 1
    study.write_text(text, encoding="utf-8")
    said = Terminal()
    with (
        pytest.MonkeyPatch.context() as patch,
        contextlib.redirect_stderr(said),
        contextlib.redirect_stdout(said),
    ):
        patch.delenv("CI", raising=False)
        codes = coded(project) + stages(project, *STAGES) + others(project)
    assert codes == [0] * 8, said.getvalue()
    return project, plants.values, said.getvalue()


def outputs(project):
    return [project.root / "data" / "clean", project.root / "build"]


class TestPlanting:
    @pytest.mark.parametrize("wave", [CSV, SAV, XLSX])
    def test_every_kind_is_in_the_raw_file(self, built, wave, tmp_path):
        project, values, _ = built
        raw = project.raw(STUDY, wave) / FILES[wave]
        if wave == SAV:  # its cells are packed
            frame, meta = pyreadstat.read_sav(str(raw), user_missing=True)
            raw = tmp_path / "unpacked.txt"
            told = [meta.column_labels, meta.variable_value_labels, meta.notes, meta.file_label]
            raw.write_text(frame.to_csv() + str(told), encoding="utf-8")
        elsewhere = {"reason", "yaml", "declared", "answer", "header", "label", "value_label"}
        wanted = {v for (w, p, _), v in values.items() if w == wave and p not in elsewhere}
        if wave == SAV:
            wanted -= {values[wave, "properties", kind] for *_, kind in values if kind != "mobile"}
        assert {find.value for find in finds(raw, wanted)} == wanted

    def test_all_that_is_planted_is_an_identifier(self, built):
        _, values, _ = built
        alone = {k: v for k, v in values.items() if k[2] not in ("name", "card", "wechat")}
        assert [key for key, value in alone.items() if kind_in([value]) is None] == []


class TestStages:
    def test_nothing_planted_is_found_in_clean_data_or_estimates(self, built):
        project, values, _ = built
        files = [path for folder in outputs(project) for path in folder.rglob("*.parquet")]
        assert len(files) >= 3 * 4 + 3  # responses, audit, texts, weights; estimates
        pages = [path for folder in outputs(project) for path in folder.rglob("*.html")]
        assert len(pages) == 2  # of the interviews and of the questions
        assert finds_under(outputs(project), values.values()) == []

    def test_nothing_planted_was_said_on_the_terminal(self, built, tmp_path):
        _, values, said = built
        (tmp_path / "said.txt").write_text(said, encoding="utf-8")
        assert said
        assert finds_under([tmp_path], values.values()) == []

    def test_a_leak_into_the_clean_data_would_be_found(self, built, tmp_path):
        project, values, _ = built
        path = project.clean(STUDY, CSV) / "responses.parquet"
        leaky = read_parquet(path)
        leaky.loc[0, "interviewer"] = values[CSV, "text", "mail"]
        leaky.to_parquet(tmp_path / "responses.parquet")
        assert {f.value for f in finds_under([tmp_path], values.values())} == {
            values[CSV, "text", "mail"]
        }

    @pytest.mark.parametrize("wave", [CSV, SAV, XLSX])
    def test_open_answers_are_kept_masked(self, built, wave):
        project, _, _ = built
        kept = read_parquet(project.clean(STUDY, wave) / "texts.parquet")
        assert list(kept["text"].sort_values())[0:2] == ["我叫[name]，电话[mobile number]，身份证"
            "[identity-card number]，邮箱是[e-mail address]，座机[telephone number]，卡号"
            "[bank-card number]，微信[account name]，[IP address] [IPv6 address]"
            "（[coordinates]）担心信息泄露", "担心信息泄露"]  # fmt: skip

    @pytest.mark.parametrize("wave", [CSV, SAV, XLSX])
    def test_reasons_of_corrections_and_answers_out_of_range_are_masked_in_the_audit(
        self, built, wave
    ):
        project, _, _ = built
        audit = read_parquet(project.clean(STUDY, wave) / "audit.parquet")
        assert audit["reason"].str.contains(r"\[mobile number\]").any()
        assert audit.loc[audit["item"] == "lines", "old"].eq("[mobile number]").any()


class TestMessages:
    @pytest.fixture
    def project(self, tmp_path):
        return planted_project(tmp_path / "project", waves=[CSV])

    def test_an_unknown_answer_that_identifies_is_refused_without_being_shown(
        self, project, capsys, tmp_path
    ):
        made, plants = project
        from survey.io.atomic import sha256

        raw = made.raw(STUDY, CSV) / "perception_2013h1.csv"
        old = sha256(raw)
        frame = pd.read_csv(raw, encoding="gb18030", dtype=str, keep_default_na=False)
        secrets = [v for (w, p, k), v in plants.values.items() if (w, p) == (CSV, "unheaded")]
        for row, secret in enumerate(secrets):
            frame.loc[row, "性别"] = secret
        frame.to_csv(raw, index=False, encoding="gb18030")
        card = raw.with_name("source.yml")
        card.write_text(card.read_text("utf-8").replace(old, sha256(raw)), "utf-8")
        (made.instrument(STUDY) / "waves" / f"{SAV}.yml").unlink()
        (made.instrument(STUDY) / "waves" / f"{XLSX}.yml").unlink()
        comparability = made.instrument(STUDY) / "comparability.yml"
        comparability.write_text("# none\n", encoding="utf-8")
        assert stages(made, "responses") == [4]
        said = capsys.readouterr()
        assert "unknown answer '[mobile number]'" in said.err
        folder = tmp_path / "said"
        folder.mkdir()
        (folder / "said.txt").write_text(said.err + said.out, encoding="utf-8")
        sure = [value for value in secrets if kind_in([value])]
        assert len(sure) >= 7
        assert finds_under([folder], sure) == []


@pytest.mark.parametrize("wave", [CSV, SAV, XLSX])
def test_a_wave_proposed_from_a_planted_file_names_nobody(built, wave, tmp_path, capsys):
    project, values, _ = built
    other = copy_project(tmp_path / "project")
    previous = SAV if wave != SAV else CSV
    raw = project.raw(STUDY, wave) / FILES[wave]
    words = ["new-wave", STUDY, "next", "--from", str(raw), "--previous", previous, "--all"]
    assert main(["--project", str(other.root), *words]) == 0
    said = capsys.readouterr()
    assert "never mapped, for they identify people" in said.out
    proposed = (other.instrument(STUDY) / "waves" / "next.yml").read_text(encoding="utf-8")
    assert "???" in proposed
    card = (other.raw(STUDY, "next") / "source.yml").read_text(encoding="utf-8")
    (tmp_path / "seen").mkdir()
    told = "\n".join([said.out, said.err, proposed, card])
    (tmp_path / "seen" / "all.txt").write_text(told, encoding="utf-8")
    assert finds_under([tmp_path / "seen"], values.values()) == []


@pytest.mark.slow
def test_nothing_planted_is_found_in_figures_tables_report_and_workbook(tmp_path):
    project, plants = planted_project(tmp_path / "project")
    assert coded(project) == [0, 0, 0]
    studies = ["--study", "app_monitoring"]
    assert stages(project, *STAGES, "figures", extra=studies) == [0, 0, 0, 0]
    for wave in (CSV, SAV, XLSX):
        words = ["words", STUDY, wave, "--item", "remarks", "--by", "sex"]
        assert main(["--project", str(project.root), *words]) == 0
    report = ["report", "--report", "whitepaper", "--langs", "zh"]
    assert main(["--project", str(project.root), *report]) == 0
    kinds = {path.suffix for folder in outputs(project) for path in folder.rglob("*")}
    assert {".parquet", ".json", ".svg", ".html", ".pdf", ".docx", ".xlsx", ".csv"} <= kinds
    assert finds_under(outputs(project), plants.values.values()) == []

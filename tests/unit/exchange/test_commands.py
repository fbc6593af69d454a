"""The two commands as a person types them, before and after a study exists."""

import argparse

import pytest

from dashboards.commands import export_instrument, import_instrument
from survey.errors import UsageError
from tests.unit.exchange.helpers import SHIPPED


@pytest.fixture
def run(tmp_path, capsys):
    (tmp_path / "instruments").mkdir()
    (tmp_path / "pyproject.toml").touch()
    parser = argparse.ArgumentParser()
    parser.add_argument("--project", default=tmp_path)
    commands = parser.add_subparsers()

    def command(name, act, help):
        added = commands.add_parser(name, help=help)
        added.set_defaults(act=act)
        return added

    for module in (import_instrument, export_instrument):
        module.register(command)

    def told(*words):
        options = parser.parse_args([str(word) for word in words])
        options.act(options)
        return capsys.readouterr().out

    return told


FORM = SHIPPED / "pyxform_xlsform_spec_test.xlsx"


def test_a_form_becomes_a_study_and_the_study_a_form_again(run, tmp_path):
    told = run("import-instrument", FORM, "--study", "town")
    assert "46 items" in told
    assert "not expressed: 8" in told
    out = tmp_path / "again.xlsx"
    told = run(
        "export-instrument", "--study", "town", "--format", "xlsform", "--out", out, "--lang", "en"
    )
    assert "pyxform converts it" in told
    assert "ODK Validate" in told


def test_a_wave_file_holds_the_column_map_and_blanks(run, tmp_path):
    run("import-instrument", FORM, "--study", "town", "--wave", "2026", "--name", "v1")
    text = (tmp_path / "instruments/town/waves/2026.yml").read_text(encoding="utf-8")
    assert "my_name: {column: everything-my_name}" in text
    assert text.count("'???'") == 5


@pytest.mark.parametrize("name", ["A", "../x", "1a"])
def test_a_study_must_have_a_name_that_is_a_folder(run, name):
    with pytest.raises(UsageError, match="is not a name for a study"):
        run("import-instrument", FORM, "--study", name)


def test_a_file_of_no_known_kind_is_named(run, tmp_path):
    with pytest.raises(UsageError, match="cannot be told by its name"):
        run("import-instrument", tmp_path / "survey.txt", "--study", "town")

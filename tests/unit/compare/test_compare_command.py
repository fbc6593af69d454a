"""``perception compare``: the same numbers as the Python words, and faults named."""

import argparse
import io
import json
from contextlib import redirect_stdout

import pandas as pd
import pytest

from analysis.estimate.survey import Survey
from analysis.estimate.waves import ask_waves
from dashboards.commands.compare import register
from survey.errors import EstimateError, UsageError
from tests.twin import DATA

FOLDER = DATA.parent / "change"
FILES = [str(FOLDER / "old.csv"), str(FOLDER / "new.csv")]
DESIGN = ["--weight", "w", "--strata", "stratum"]


def compare(*words, files=FILES):
    """What the command prints as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quiet", action="store_true", default=True)
    commands = parser.add_subparsers()

    def command(name, act, help):
        added = commands.add_parser(name)
        added.set_defaults(act=act)
        return added

    register(command)
    options = parser.parse_args(["compare", *files, *words, "--format", "json"])
    with redirect_stdout(io.StringIO()) as printed:
        options.act(options)
    return pd.DataFrame(json.loads(printed.getvalue()))


def asked(ask, overlap="none", unit="", psu="psu"):
    surveys = {
        name: Survey(pd.read_csv(FOLDER / f"{name}.csv"), weight="w", strata="stratum", psu=psu)
        for name in ("old", "new")
    }
    return ask_waves(surveys, ask, overlap=overlap, unit=unit).changes()


class TestOverlap:
    @pytest.mark.parametrize(
        ("words", "overlap", "unit", "psu"),
        [
            (["--overlap", "none", "--psu", "psu"], "none", "", "psu"),
            (["--overlap", "psu=psu", "--psu", "psu"], "psu", "psu", "psu"),
            (["--overlap", "respondent=id"], "respondent", "id", ()),
        ],
    )
    def test_is_that_of_the_python_words(self, words, overlap, unit, psu):
        rows = compare(*words, *DESIGN, "--mean", "y", "--share", "x", "--by", "sex")
        want = pd.concat(
            [
                asked(lambda s: s.mean("y", by="sex"), overlap, unit, psu),
                asked(lambda s: s.share("x", by="sex"), overlap, unit, psu),
            ]
        )
        assert rows["statistic"].eq("change").all()
        assert rows["se"].to_numpy(float) == pytest.approx(want["se"].to_numpy(), rel=1e-9)
        assert rows["df"].tolist() == want["df"].tolist()

    @pytest.mark.parametrize("word", ["persons=id", "psu", "none=id", "respondent="])
    def test_must_be_a_known_word_with_its_column(self, word):
        with pytest.raises(UsageError, match="is not known"):
            compare("--overlap", word, *DESIGN, "--mean", "y")

    def test_must_be_declared(self, capsys):
        with pytest.raises(SystemExit):
            compare(*DESIGN, "--mean", "y")
        assert "--overlap" in capsys.readouterr().err

    def test_of_a_column_that_is_not_there_is_told(self):
        with pytest.raises(EstimateError, match="there is no column 'segment'"):
            compare("--overlap", "psu=segment", *DESIGN, "--psu", "psu", "--mean", "y")


class TestParts:
    def test_split_adds_to_the_change(self):
        rows = compare(
            "--overlap", "psu=psu", *DESIGN, "--psu", "psu", "--mean", "y", "--split", "age"
        ).set_index("category")["estimate"]
        assert rows["composition"] + rows["within groups"] == pytest.approx(rows["change"])

    def test_three_parts_at_the_old_wave(self):
        rows = compare(
            "--overlap", "none", *DESIGN, "--psu", "psu", "--mean", "y", "--split", "age",
            "--standard", "old",
        )  # fmt: skip
        assert rows["category"].tolist()[1:] == ["composition", "within groups", "interaction"]


class TestPanel:
    def test_gives_own_changes_and_flows(self):
        rows = compare(
            "--overlap", "respondent=id", "--both-weight", "both_weight", "--strata", "stratum",
            "--psu", "psu", "--lonely", "adjust", "--mean", "y", "--share", "x",
        )  # fmt: skip
        assert set(rows["statistic"]) == {"change", "share"}
        whole = rows[(rows["domain"] == "all") & (rows["statistic"] == "share")]
        assert whole["estimate"].sum() == pytest.approx(1)


class TestTrend:
    def test_of_three_files_stands_at_their_dates(self, tmp_path):
        later = tmp_path / "later.csv"
        later.write_text((FOLDER / "new.csv").read_text().replace("p0", "x0"), encoding="utf-8")
        rows = compare(
            "--overlap", "none", *DESIGN, "--psu", "psu", "--mean", "y",
            "--dates", "2017-06-30,2018-06-30,2020-06-30", files=[*FILES, str(later)],
        )  # fmt: skip
        assert rows["statistic"].tolist() == ["change"] * 3 + ["contrast"] * 4
        assert rows["reference"].tolist()[:3] == ["old", "new", "old"]
        assert rows["estimate"].iloc[1] == 0

    def test_every_fault_of_the_options_is_told(self):
        with pytest.raises(UsageError) as caught:
            compare(
                "--overlap", "none", *DESIGN, "--total", "y", "--split", "age", "--by", "sex",
                "--dates", "2018-06-30,June", "--breaks", "2019",
            )  # fmt: skip
        told = str(caught.value)
        assert "--split is for --mean and --share" in told
        assert "--split goes with neither --by" in told
        assert "a trend needs three waves" in told
        assert "'June' is no date" in told
        assert "--breaks names '2019'" in told

"""Multiple-response sets in .sav files: the text of a set, and its way through a file."""

from dataclasses import replace

import pyreadstat
import pytest
from hypothesis import given
from hypothesis import strategies as st

from survey.errors import DataError
from survey.io.labelledfile import read_labelled
from survey.io.mrsets import MultipleSet, format_sets, parse_sets
from survey.io.write import write_labelled
from tests.fuzz.seeds import small

# The example of GNU PSPP's description of the format, with the sets it says it stands for.
PSPP = (
    b"$a=C 10 my mcgroup a b c\n$b=D2 55 0  g e f d\n$c=D3 Yes 10 mdgroup #2 h i j\n"
    b"$d=E 1 2 34 13 third mdgroup k l m\n$e=E 11 6 choice 0  n o p\n"
)
SETS = [
    MultipleSet("a", "category", ("a", "b", "c"), "my mcgroup"),
    MultipleSet("b", "dichotomy", ("g", "e", "f", "d"), "", "55"),
    MultipleSet("c", "dichotomy", ("h", "i", "j"), "mdgroup #2", "Yes"),
    MultipleSet("d", "dichotomy", ("k", "l", "m"), "third mdgroup", "34", True),
    MultipleSet("e", "dichotomy", ("n", "o", "p"), "", "choice", True, True),
]
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\n\x00"), max_size=20)


class TestText:
    def test_the_published_example_is_understood_and_written_the_same(self):
        assert parse_sets(PSPP, "ascii") == SETS
        assert format_sets(SETS, "ascii") == PSPP

    @given(WORDS, WORDS)
    def test_any_label_and_counted_value_come_back(self, label, counted):
        one = MultipleSet("新闻", "dichotomy", ("v1", "变量2"), label, counted)
        assert parse_sets(format_sets([one]), "utf-8") == [one]

    @pytest.mark.parametrize(
        "text", [b"$a=X 1 1 0  v", b"a=C 0  v", b"$a=C 99 short v", b"$a=D-1 1 0  v", b"$a=C"]
    )
    def test_what_is_no_set_is_refused(self, text):
        with pytest.raises(DataError, match="not written as one"):
            parse_sets(text, "ascii")


class TestFile:
    def test_sets_and_weight_survive_although_pyreadstat_writes_neither(self, tmp_path):
        write_labelled(small(), tmp_path / "a.sav")
        again = read_labelled(tmp_path / "a.sav")
        assert again.sets == small().sets
        assert again.weight == "w"

    def test_another_reader_finds_the_sets_too(self, tmp_path):
        write_labelled(small(), tmp_path / "a.sav")
        _, meta = pyreadstat.read_sav(tmp_path / "a.sav")
        assert meta.mr_sets["news"]["variable_list"] == ["news_1", "news_2"]
        assert meta.mr_sets["news"]["is_dichotomy"]
        assert meta.mr_sets["both"]["variable_list"] == ["news_2", "news_1"]

    def test_long_variable_names_and_a_packed_file_keep_them(self, tmp_path):
        file = small()
        new = {name: f"a_rather_long_name_of_{name}" for name in file.frame.columns}
        one = MultipleSet("s", "category", (new["news_1"], new["news_2"]), "标签")
        long = replace(
            file,
            frame=file.frame.rename(columns=new),
            variables={new[name]: variable for name, variable in file.variables.items()},
            sets=(one,),
            weight=new["w"],
        )
        write_labelled(long, tmp_path / "a.zsav")
        again = read_labelled(tmp_path / "a.zsav")
        assert (again.sets, again.weight) == ((one,), new["w"])
        assert again.frame.equals(long.frame)

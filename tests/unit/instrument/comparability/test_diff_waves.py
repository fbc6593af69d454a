"""perception diff-waves: what it tells, the page it writes, the drafts it adds."""

import html
import re

import pytest

from dashboards.cli import main
from survey.instrument.comparability.page import page
from survey.instrument.comparability.standing import Standings
from survey.instrument.comparability.view import view_all, view_pair
from survey.instrument.load import load_instrument
from tests.conftest import edit
from tests.unit.instrument.comparability.conftest import NEW, OLD

V2 = """\
asked:
  trust: {text: {zh: 您很信任吗？, en: 'Do you trust? <b>Please</b> tell'}}
  mood: {scale: mood4}
"""
MOOD4 = """\
points:
  1: {code: bad, text: {zh: 差, en: Bad}}
  2: {code: fair, text: {zh: 一般, en: Fair}}
  3: {code: good, text: {zh: 好, en: Good}}
  4: {code: best, text: {zh: 最好, en: Best}}
numeric: true
missing: {98: dont_know}
"""
DECIDED = f"""\
# Decided by the board.
- item: mood  # longer scale
  waves: [{OLD}, {NEW}]
  status: minor
  reason: {{zh: 新增一档, en: one step more}}
"""


@pytest.fixture
def changed(two_waves):
    folder = two_waves.instrument("tiny")
    (folder / "scales" / "mood4.yml").write_text(MOOD4, encoding="utf-8")
    path = folder / "questionnaires" / "v2.yml"
    path.write_text(path.read_text(encoding="utf-8") + V2, encoding="utf-8")
    (folder / "comparability.yml").write_text(DECIDED, encoding="utf-8")
    return two_waves


def run(project, *words):
    return main(["--project", str(project.root), "diff-waves", *map(str, words)])


class TestTerminal:
    def test_tells_changes_proposals_decisions_and_what_is_open(self, changed, capsys):
        assert run(changed, OLD, NEW, "--study", "tiny") == 0
        told = capsys.readouterr().out
        assert "{+4 Best+}" in told
        assert "minor ≠" in told
        assert "changed and not decided (1): trust" in told
        assert "decided otherwise than the rules propose (1): mood" in told

    def test_in_chinese_too(self, changed, capsys):
        assert run(changed, OLD, NEW, "--study", "tiny", "--lang", "zh") == 0
        assert "您{+很+}信任吗" in capsys.readouterr().out.replace("\n", "")

    def test_the_order_typed_does_not_matter(self, changed, capsys):
        run(changed, NEW, OLD, "--study", "tiny")
        assert f"{OLD} and {NEW}" in capsys.readouterr().out

    @pytest.mark.parametrize(
        ("words", "fault"),
        [
            ((OLD,), "two waves are compared"),
            ((OLD, "2020H3"), "there is no wave '2020H3' in tiny"),
            ((OLD, OLD), "two waves are compared"),
            ((OLD, NEW, "--all"), "so none is named"),
        ],
    )
    def test_a_slip_is_a_usage_error(self, changed, capsys, words, fault):
        assert run(changed, *words, "--study", "tiny") == 2
        assert fault in capsys.readouterr().err


class TestPage:
    @pytest.fixture
    def told(self, changed):
        instrument = load_instrument(changed, "tiny")
        return page(instrument, view_all(Standings(instrument), "en"), "en")

    def test_marks_what_went_and_what_came(self, told):
        assert "<ins>4 Best</ins>" in told
        assert "您<ins>很</ins>信任吗？" in told

    def test_texts_are_texts_and_never_markup(self, told):
        assert "<b>Please" not in told
        plain = html.unescape(re.sub(r"</?(?:ins|del)>", "", told))
        assert "Do you trust? <b>Please</b> tell" in plain

    def test_asks_nothing_of_the_net(self, told):
        assert not re.search(r"(?:src|href)=\"(?!#)", told)
        assert "url(" not in told

    def test_a_change_with_a_card_is_linked_from_the_overview(self, told):
        for item in ("trust", "mood"):
            anchor = f"{item}-{OLD}-{NEW}"
            assert f'href="#{anchor}"' in told
            assert f'id="{anchor}"' in told

    def test_is_the_same_every_time(self, changed, told):
        instrument = load_instrument(changed, "tiny")
        assert page(instrument, view_all(Standings(instrument), "en"), "en") == told

    def test_says_that_the_study_is_simulated_where_it_is(self, changed):
        instrument = load_instrument(changed, "tiny")
        views = [view_pair(Standings(instrument), OLD, NEW, "zh")]
        assert "模拟" in page(instrument, views, "zh", simulated=True)
        assert "模拟" not in page(instrument, views, "zh")

    def test_is_written_by_the_command(self, changed, tmp_path, capsys):
        target = tmp_path / "waves.html"
        assert run(changed, "--all", "--study", "tiny", "--html", target) == 0
        assert target.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")


class TestDrafts:
    def test_are_added_below_and_nothing_else_is_touched(self, changed, capsys):
        assert run(changed, OLD, NEW, "--study", "tiny", "--write") == 0
        text = (changed.instrument("tiny") / "comparability.yml").read_text(encoding="utf-8")
        assert text.startswith(DECIDED)
        assert "- item: trust  # Wording" in text
        assert "status: proposed" in text
        assert "mood" not in text[len(DECIDED) :]

    def test_check_refuses_them_until_a_person_decides(self, changed, capsys):
        run(changed, OLD, NEW, "--study", "tiny", "--write")
        check = ["--project", str(changed.root), "check", "tiny"]
        assert main(check) == 3
        path = changed.instrument("tiny") / "comparability.yml"
        text = path.read_text(encoding="utf-8")
        text = text.replace("status: proposed", "status: minor")
        text = text.replace("reason: {zh: '', en: ''}", "reason: {zh: 试, en: a test}")
        path.write_text(text, encoding="utf-8")
        assert main(check) == 0

    def test_a_second_time_adds_nothing(self, changed, capsys):
        run(changed, OLD, NEW, "--study", "tiny", "--write")
        path = changed.instrument("tiny") / "comparability.yml"
        once = path.read_bytes()
        run(changed, OLD, NEW, "--study", "tiny", "--write")
        assert path.read_bytes() == once
        assert "no drafts to add" in capsys.readouterr().out

    def test_a_change_of_the_mode_is_one_draft_for_all_items(self, two_waves, capsys):
        edit(two_waves, "waves/2020H2.yml", "mode: web", "mode: cati")
        run(two_waves, OLD, NEW, "--study", "tiny", "--write")
        text = (two_waves.instrument("tiny") / "comparability.yml").read_text(encoding="utf-8")
        assert text.count("- item:") == 1
        assert "- item: all  # Mode" in text

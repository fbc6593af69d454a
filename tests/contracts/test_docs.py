"""What README and docs promise exists: targets, commands, links, files; both languages alike."""

import os
import re
import shutil
import subprocess
import sys
import unicodedata
from pathlib import Path
from urllib.parse import unquote

import pytest

from dashboards.cli import build_parser
from tests.conftest import ROOT, copy_project

READMES = (ROOT / "README.md", ROOT / "README.zh.md")
PAGES = [*READMES, ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^(#+) (.+)$", re.MULTILINE)
OUR_FILE = re.compile(
    r"^(?:survey|analysis|dashboards|instruments|report_templates|tests|benchmarks|docs)/[\w./*-]+$"
)
MOST_BYTES = 300 * 1024  # of a picture

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())


def read(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def code(page: Path) -> str:
    """Code spans and blocks of a page, one a line."""
    text = read(page)
    blocks = [block for _, block in FENCE.findall(text)]
    return "\n".join([*blocks, *re.findall(r"`([^`\n]+)`", FENCE.sub("", text))])


def anchors(page: Path) -> set[str]:
    """Ids GitHub gives to the headings of a page."""
    found = set()
    for _, title in HEADING.findall(FENCE.sub("", read(page))):
        plain = title.replace("`", "").lower().replace(" ", "-")
        found.add("".join(c for c in plain if c in "-_" or unicodedata.category(c)[0] in "LNM"))
    return found


def options_of(command: str) -> set[str]:
    parser = build_parser()
    actions = next(a for a in parser._actions if a.choices and command in a.choices)
    return {name for a in actions.choices[command]._actions for name in a.option_strings}


def commands() -> set[str]:
    return {name for a in build_parser()._actions for name in (a.choices or ())}


class TestCommands:
    @every_page
    def test_every_make_target_named_exists(self, page):
        known = set(re.findall(r"^([a-z-]+):", read(ROOT / "Makefile"), re.MULTILINE))
        line = re.compile(r"^(?:\$ )?make((?: [\w=.,/-]+)*)", re.MULTILINE)
        words = [word for called in line.findall(code(page)) for word in called.split()]
        assert {word for word in words if "=" not in word} <= known

    @every_page
    def test_every_perception_command_and_option_named_exists(self, page):
        called = re.findall(
            r"^(?:\.venv/bin/)?perception ([a-z][a-z-]*)(.*)$", code(page), re.MULTILINE
        )
        for name, rest in called:
            assert name in commands()
            assert set(re.findall(r"--[a-z-]+", rest)) <= options_of(name), (name, rest)

    def test_every_target_a_person_types_is_explained_by_make_help(self):
        makefile = read(ROOT / "Makefile")
        explained = set(re.findall(r"^([a-z-]+):.*## ", makefile, re.MULTILINE))
        typed = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
        assert typed == explained


class TestLinks:
    @every_page
    def test_every_relative_link_leads_somewhere(self, page):
        for target in LINK.findall(FENCE.sub("", read(page))):
            if "://" in target:
                continue
            path, _, anchor = unquote(target).partition("#")
            there = (page.parent / path).resolve() if path else page
            assert there.exists(), target
            if anchor and there.suffix == ".md":
                assert anchor in anchors(there), target

    @every_page
    def test_every_file_of_the_project_named_in_code_exists(self, page):
        spans = re.findall(r"`([^`\n]+)`", FENCE.sub("", read(page)))
        named = [span for span in spans if OUR_FILE.match(span)]
        promised = [span for span in named if not list(ROOT.glob(span.rstrip("/")))]
        template = re.compile(r"town|2018H2")  # made by the reader
        assert [span for span in promised if not template.search(span)] == []

    def test_pictures_are_small(self):
        large = [p.name for p in (ROOT / "docs/images").glob("*") if p.stat().st_size > MOST_BYTES]
        assert large == []


class TestLanguages:
    def test_both_readmes_have_the_same_sections_pictures_and_commands(self):
        one, other = map(read, READMES)
        assert [mark for mark, _ in HEADING.findall(FENCE.sub("", one))] == [
            mark for mark, _ in HEADING.findall(FENCE.sub("", other))
        ]
        pictures = [re.findall(r"images/([\w-]+)\.", text) for text in (one, other)]
        assert pictures[0] == pictures[1]
        assert bare(blocks("README.md")) == bare(blocks("README.zh.md"))

    def test_each_readme_links_to_the_other_at_its_top(self):
        for page, other in (READMES, READMES[::-1]):
            assert f"]({other.name})" in "\n".join(read(page).splitlines()[:4])


def blocks(name: str) -> list[str]:
    """Shell blocks of a page, in order."""
    return [block for kind, block in FENCE.findall(read(ROOT / name)) if kind == "sh"]


def bare(recipes: list[str]) -> list[str]:
    """Shell blocks without their comments."""
    return [re.sub(r"^# .*$| +# .*$", "", block, flags=re.MULTILINE) for block in recipes]


@pytest.fixture
def shell(tmp_path):
    """Runs shell blocks in a copy of the project that has its set-up done."""
    root = tmp_path / "project"
    copy_project(root)
    for name in ("survey/bootstrap.py", ".venv/bin/perception", ".venv/.ready"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(ROOT / "survey" / "bootstrap.py", root / "survey")
    command = root / ".venv" / "bin" / "perception"
    call = f'PYTHONPATH="{ROOT}" exec "{sys.executable}" -m dashboards.cli "$@"'
    command.write_text(f"#!/bin/sh\n{call}\n")
    command.chmod(0o755)
    (root / ".venv" / ".ready").touch()
    os.utime(root / ".venv" / ".ready", (2**31, 2**31))  # newer than everything it depends on

    def run(text: str) -> str:
        done = subprocess.run(
            ["bash", "-euc", text], cwd=root, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    run.root = root
    return run


@pytest.mark.slow
class TestRecipes:
    """The recipes a reader pastes, pasted."""

    def test_a_wave_in_ten_minutes(self, shell):
        recipe = blocks("README.md")[1:]
        assert "wave-template" in recipe[0]
        told = [shell(block) for block in recipe]
        assert "still missing" in told[0]
        assert "no faults" in told[2]
        text = read(shell.root / "build/whitepaper/whitepaper.zh.md")
        assert "2018年下半年" in text

    def test_a_study_of_its_own(self, shell):
        shell(next(block for block in blocks("docs/user-guide.md") if "town" in block))
        assert (shell.root / "build/town/town.en.pdf").stat().st_size > 0

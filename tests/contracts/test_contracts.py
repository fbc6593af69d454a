"""Promises between rooms that no single room can test."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from survey.instrument.check import check_studies
from tests.conftest import ROOT

CODE = sorted(
    path for room in ("survey", "analysis", "dashboards") for path in (ROOT / room).rglob("*.py")
)
WAVE_OR_YEAR = re.compile(r"\b20[1-3]\d(H[12]|Q[1-4])?\b")


def texts_and_numbers(path: Path):
    """String and number literals of a module that are not docstrings."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    docs = set()
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(
            node
        ):
            docs.add(id(node.body[0].value))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and id(node) not in docs:
            yield node.lineno, node.value


class TestImports:
    def test_every_import_contract_is_kept(self):
        tool = Path(sys.executable).with_name("lint-imports")
        done = subprocess.run([tool, "--no-cache"], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr


class TestNoYearInCode:
    @pytest.mark.parametrize("path", CODE, ids=lambda p: str(p.relative_to(ROOT)))
    def test_no_wave_and_no_year_is_typed_in_code(self, path):
        found = [
            (line, value)
            for line, value in texts_and_numbers(path)
            if (isinstance(value, str) and WAVE_OR_YEAR.search(value))
            or (isinstance(value, int) and not isinstance(value, bool) and 2010 <= value <= 2039)
        ]
        assert not found


class TestPublishedNumbersAreData:
    @pytest.mark.parametrize(
        "number", ["6.3", "6.4", "6.5", "39.9", "28.1", "25.3", "0.399", "0.281", "0.253"]
    )
    def test_no_published_result_is_typed_in_code(self, number):
        typed = re.compile(rf"(?<![\d.]){re.escape(number)}(?![\d])")
        found = [
            (path.name, line)
            for path in CODE
            for line, value in texts_and_numbers(path)
            if typed.search(str(value))
        ]
        assert not found


class TestStudies:
    def test_every_shipped_study_passes_its_check(self, checkout):
        check_studies(checkout, checkout.studies())


class TestRepository:
    def test_no_absolute_path_and_no_index_address_is_committed(self):
        host = "|".join(["py" + "pi.org", "python" + "hosted", "registry.npm" + "js"])
        home = "/ho" + "me/|/ro" + "ot/|/wo" + "rk/"
        done = subprocess.run(
            ["git", "grep", "-nIE", f"{host}|{home}", "--", ".", ":!*.svg", ":!data/raw"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        assert done.stdout == ""

"""Set-up: what each failure is called, and that nothing is done twice."""

import ast
import hashlib
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from survey import bootstrap
from survey.bootstrap import SetupError

UNREACHABLE = (
    "WARNING: Retrying (Retry(total=0)) after connection broken by "
    "'NewConnectionError: Failed to establish a new connection'\n"
    "ERROR: No matching distribution found for pandas==3.1.1\n"
)
ALTERED = (
    "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE. Otherwise, examine\n"
    "the package contents carefully; someone may have tampered with them.\n"
    "    typst==0.15.2 from file:///x.whl:\n"
    "        Expected sha256 00\n             Got        11\n"
)
FULL = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device\n"
NO_WHEEL = "ERROR: No matching distribution found for pyreadstat==1.3.7\n"
UNTRUSTED = "SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))\n"
FORBIDDEN = "ERROR: [Errno 13] Permission denied: '/srv/suite/.venv/bin/pip'\n"


class TestPython:
    def test_new_enough_goes_on(self):
        bootstrap.require_python((3, 11), which=lambda name: None)

    def test_too_old_is_named_with_the_cure(self):
        with pytest.raises(SetupError, match=r"Python 3\.9 is too old") as raised:
            bootstrap.require_python((3, 9), which=lambda name: None)
        assert "make PYTHON=" in raised.value.cure

    def test_too_old_hands_over_to_a_newer_one_on_path(self, monkeypatch):
        handed = []
        monkeypatch.setattr(bootstrap.os, "execv", lambda path, args: handed.append(path))
        with pytest.raises(SetupError):  # only because the fake comes back
            bootstrap.require_python((3, 9), which={"python3.12": "/opt/python3.12"}.get)
        assert handed == ["/opt/python3.12"]

    def test_the_file_reads_in_the_words_of_an_old_python(self):
        source = Path(bootstrap.__file__).read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 7))

    def test_only_the_standard_library_is_imported(self):
        code = "import runpy, sys; runpy.run_path(sys.argv[1])"
        done = subprocess.run([sys.executable, "-I", "-S", "-c", code, bootstrap.__file__])
        assert done.returncode == 0


class TestDiagnosis:
    @pytest.mark.parametrize(
        ("said", "what", "cure"),
        [
            (UNREACHABLE, "no network", "PIP_INDEX_URL"),
            (ALTERED, "package typst is not the file that was locked", "do not install it"),
            (FULL, "the disk is full", "free some space"),
            (NO_WHEEL, "no ready-made package of pyreadstat", "make PYTHON="),
            (UNTRUSTED, "certificate was not accepted", "PIP_CERT"),
            (FORBIDDEN, "/srv/suite/.venv/bin/pip", "make the project's folder yours"),
        ],
    )
    def test_pip_failures_name_the_thing_and_the_cure(self, said, what, cure):
        fault = bootstrap.diagnose(said, "pip could not install")
        assert what in fault.what
        assert cure in fault.cure

    def test_an_unknown_failure_shows_the_last_lines(self):
        fault = bootstrap.diagnose("one\ntwo\n\nthree\nfour\n", "pip could not install")
        assert fault.what == "pip could not install: two | three | four"

    def test_a_failing_pip_raises_what_it_said(self, tmp_path):
        fake = tmp_path / "python"
        fake.write_text(f"#!/bin/sh\nprintf '%s' \"{FULL}\"\nexit 1\n")
        fake.chmod(0o755)
        with pytest.raises(SetupError, match="disk is full"):
            bootstrap.pip_install(str(fake), ["-r", "requirements.lock"])


def machine(*works):
    """A fake `subprocess.run` of a machine where only commands with one of these words work."""
    calls = []

    def run(command, **_):
        calls.append(command)
        good = any(word in " ".join(command) for word in works)
        return SimpleNamespace(returncode=0 if good else 1, stdout="No space left on device")

    run.calls = calls
    return run


class TestVirtualEnvironment:
    def test_venv_is_used_where_ensurepip_is(self, tmp_path):
        run = machine("ensurepip", "-m venv")
        bootstrap.make_venv(tmp_path / ".venv", which=lambda name: None, run=run)
        assert run.calls[-1][1:3] == ["-m", "venv"]

    def test_uv_helps_where_ensurepip_is_missing(self, tmp_path):
        run = machine("uv venv")
        which = {"uv": "/opt/uv"}.get
        python = bootstrap.make_venv(tmp_path / ".venv", which=which, run=run)
        assert run.calls[-1][:3] == ["/opt/uv", "venv", "--seed"]
        assert python == str(tmp_path / ".venv" / "bin" / "python")

    def test_nothing_to_make_one_with_names_the_debian_package(self, tmp_path):
        with pytest.raises(SetupError, match="no ensurepip") as raised:
            bootstrap.make_venv(tmp_path / ".venv", which=lambda name: None, run=machine())
        assert "-venv (as root)" in raised.value.cure

    def test_a_failing_maker_is_diagnosed(self, tmp_path):
        with pytest.raises(SetupError, match="disk is full"):
            bootstrap.make_venv(tmp_path / ".v", which=lambda name: None, run=machine("ensurepip"))

    def test_a_working_one_is_kept(self, tmp_path):
        python = tmp_path / ".venv" / "bin" / "python"
        python.parent.mkdir(parents=True)
        python.touch()
        run = machine("-m pip --version")
        assert bootstrap.make_venv(tmp_path / ".venv", run=run) == str(python)
        assert len(run.calls) == 1


class TestFonts:
    @pytest.fixture
    def checkout(self, tmp_path):
        folder = tmp_path / bootstrap.FONTS
        folder.mkdir(parents=True)
        (folder / "A.ttf").write_bytes(b"glyphs")
        (folder / "SHA256SUMS").write_text(f"{hashlib.sha256(b'glyphs').hexdigest()}  A.ttf\n")
        return tmp_path

    def test_right_fonts_pass(self, checkout):
        bootstrap.check_fonts(checkout)

    def test_an_altered_font_is_named(self, checkout):
        (checkout / bootstrap.FONTS / "A.ttf").write_bytes(b"other")
        with pytest.raises(SetupError, match=r"A\.ttf has another sha256") as raised:
            bootstrap.check_fonts(checkout)
        assert "git checkout" in raised.value.cure

    def test_a_missing_font_is_named(self, checkout):
        (checkout / bootstrap.FONTS / "A.ttf").unlink()
        with pytest.raises(SetupError, match=r"A\.ttf is missing"):
            bootstrap.check_fonts(checkout)


class TestStamp:
    @pytest.fixture
    def ready(self, tmp_path, monkeypatch):
        """A checkout that is set up, but for its browser; `calls` are the programs started."""
        (tmp_path / ".venv").mkdir()
        (tmp_path / ".browser").mkdir()
        (tmp_path / ".venv" / ".ready").write_text(bootstrap.digest(tmp_path))
        calls = []
        monkeypatch.delenv("BROWSER_PATH", raising=False)
        monkeypatch.setattr(bootstrap, "make_venv", lambda *_: pytest.fail("made again"))
        monkeypatch.setattr(
            bootstrap.subprocess, "call", lambda command, **_: calls.append(command) or 0
        )
        return tmp_path, calls

    def test_nothing_is_done_twice(self, ready):
        root, calls = ready
        choice = json.dumps({"chosen": bootstrap.__file__})
        (root / ".browser" / "choice.json").write_text(choice)
        assert bootstrap.set_up(root, tell=lambda step: None) == 0
        assert calls == []

    def test_a_browser_that_is_gone_is_looked_for_again(self, ready):
        root, calls = ready
        (root / ".browser" / "choice.json").write_text('{"chosen": "/gone"}')
        assert bootstrap.set_up(root, tell=lambda step: None) == 0
        assert calls[0][1:] == ["-m", "analysis.figures.browser"]

    def test_another_lock_or_place_is_another_digest(self, tmp_path):
        here, there = tmp_path / "a", tmp_path / "b"
        for folder in (here, there):
            folder.mkdir()
            (folder / bootstrap.LOCK).write_text("pandas==1 \\\n")
        before = bootstrap.digest(here)
        assert bootstrap.digest(there) != before
        (here / bootstrap.LOCK).write_text("pandas==2 \\\n")
        assert bootstrap.digest(here) != before


class TestTelling:
    def test_ci_hears_nothing(self, monkeypatch, capsys):
        monkeypatch.setenv("CI", "1")
        bootstrap.Teller()("Installing")
        assert capsys.readouterr().err == ""

    def test_a_person_hears_each_step(self, monkeypatch, capsys):
        monkeypatch.delenv("CI", raising=False)
        bootstrap.Teller()("Installing")
        assert capsys.readouterr().err == "set-up: Installing\n"

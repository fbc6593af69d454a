"""C readers in a child process: its death is a fault of the data, never a crash."""

import os
import sys
from pathlib import Path

import pytest

from survey.errors import DataError
from survey.io.isolated import Limits, read_isolated

EXPORT = Path(__file__).parents[2] / "data/wjx/data/raw/hobby_phone/number/800_800_2.xls.gz"


def child(code: str) -> list[str]:
    return [sys.executable, "-c", code]


class TestDeath:
    @pytest.mark.skipif(os.name == "nt", reason="signals")
    def test_a_killed_reader_is_a_data_error_that_names_the_signal(self):
        killed = child("import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
        with pytest.raises(DataError, match=r"800_800_2.xls.gz: its reader was killed \(SIGKILL\)"):
            read_isolated("excel", EXPORT, {}, command=killed)

    def test_a_crash_is_told_by_its_last_line(self):
        with pytest.raises(DataError, match="its reader failed: ValueError: odd"):
            read_isolated("excel", EXPORT, {}, command=child("raise ValueError('odd')"))

    def test_a_reader_that_takes_too_long_is_stopped(self):
        slow = child("import time; time.sleep(60)")
        with pytest.raises(DataError, match=r"stopped after 0.2 seconds(.|\n)*max_seconds"):
            read_isolated("excel", EXPORT, {}, limits=Limits(seconds=0.2), command=slow)

    @pytest.mark.skipif(sys.platform != "linux", reason="memory limits of Linux")
    def test_a_reader_that_needs_too_much_memory_is_stopped(self):
        with pytest.raises(DataError, match=r"megabytes"):
            read_isolated("excel", EXPORT, {}, limits=Limits(megabytes=1))

    def test_what_a_library_prints_does_not_spoil_the_answer(self, tmp_path):
        path = tmp_path / "broken.xls"
        path.write_bytes(b"no workbook")
        with pytest.raises(DataError, match="not a readable workbook"):
            read_isolated("excel", path, {})


class TestLimits:
    def test_a_wave_may_raise_them(self):
        assert Limits.of({"max_seconds": 5}) == Limits(seconds=5)
        assert Limits.of({"max_megabytes": 9}).megabytes == 9

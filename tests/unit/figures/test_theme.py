"""Text is measured well enough to lay out a figure, and colours stay apart for everybody."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.figures.theme import NOT_FIRST, theme, width, wrap

# Machado, Oliveira and Fernandes (2009), IEEE TVCG 15, 1291-1298, severity 1.0
BLINDNESS = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
}


def linear(colour: str) -> np.ndarray:
    channels = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)


def lab(rgb: np.ndarray) -> np.ndarray:
    to_xyz = np.array(
        [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]]
    )
    x, y, z = np.cbrt(to_xyz @ np.clip(rgb, 0, 1) / np.array([0.9505, 1.0, 1.089]))
    return np.array([116 * y - 16, 500 * (x - y), 200 * (y - z)])


def contrast(first: str, second: str) -> float:
    shades = sorted(linear(colour) @ [0.2126, 0.7152, 0.0722] for colour in (first, second))
    return (shades[1] + 0.05) / (shades[0] + 0.05)


class TestColours:
    @pytest.mark.parametrize("kind", BLINDNESS)
    def test_roles_differ_for_colour_blind_readers(self, kind):
        seen = {
            role: lab(np.array(BLINDNESS[kind]) @ linear(theme().colour(role)))
            for role in ("published", "simulated", "second")
        }
        for first, second in itertools.combinations(seen, 2):
            assert np.linalg.norm(seen[first] - seen[second]) > 20, (first, second)

    @pytest.mark.parametrize("role", ["ink", "muted", "published", "simulated_text", "second_text"])
    def test_words_are_readable_on_paper(self, role):
        assert contrast(theme().colour(role), theme().colour("paper")) >= 4.5


class TestWrap:
    def test_chinese_breaks_between_characters_but_not_before_a_comma(self):
        lines = wrap("收集过多，或不相关的个人信息。", "label", 4.5 * theme().size("label"))
        assert "".join(lines) == "收集过多，或不相关的个人信息。"
        assert len(lines) > 2
        assert not any(line[0] in NOT_FIRST for line in lines)

    def test_english_breaks_between_words(self):
        assert wrap("Using data beyond scope", "label", 80) == ["Using data", "beyond", "scope"]

    def test_a_word_wider_than_the_room_stays_whole(self):
        assert wrap("incomprehensibilities", "label", 20) == ["incomprehensibilities"]

    @given(st.text(alphabet="ab ，。中文（）%1", max_size=60), st.integers(10, 300))
    def test_nothing_is_lost_and_lines_fit(self, text, room):
        lines = wrap(text, "label", room)
        assert "".join(lines).replace(" ", "") == text.replace(" ", "")
        for line in lines:
            one_piece = len(wrap(line, "label", 0)) == 1
            assert width(line, "label") <= room or one_piece


class TestWidth:
    def test_a_chinese_character_is_a_full_square(self):
        assert width("安全", "label") == 2 * theme().size("label")

    def test_bold_is_wider(self):
        assert width("Share", "label", bold=True) > width("Share", "label")

"""Rules propose codes and say which words spoke for them."""

import pytest

from survey.instrument.codeframe import CodeFrame
from survey.io.yamlfile import parse_yaml, to_model
from survey.text.rules import Coder
from tests.unit.text.conftest import FRAME


@pytest.fixture(scope="module")
def coder() -> Coder:
    return Coder(to_model(CodeFrame, parse_yaml(FRAME, "worries.yml")))


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("个人信息泄露太严重", [1]),
        ("骚扰电话太多，还有信息泄露", [1, 2]),
        ("电话真的很多", [2]),
        ("没有泄露过", [97]),
        ("没有泄露，但是乱收费", [3]),
        ("DATA ＬＥＡＫＳ", [1]),
        ("bleak outlook", []),
        ("hidden fee", [3]),
        ("客服态度不好", []),
        ("没有", [97]),
        ("泄露、骚扰电话、收费", [1, 2]),
    ],
)
def test_codes_are_proposed(coder, text, codes):
    assert [proposal.code for proposal in coder.propose(text)] == codes


def test_the_words_that_fired_are_told(coder):
    found = {p.code: p.fired for p in coder.propose("骚扰电话多，乱收费")}
    assert found == {2: ("骚扰电话",), 3: ("收费",)}


def test_examples_that_their_rules_miss_are_told():
    text = FRAME.replace("examples: [个人信息泄露]", "examples: [个人信息泄露, 资料外流]")
    coder = Coder(to_model(CodeFrame, parse_yaml(text, "worries.yml")))
    assert coder.examples_missed() == [(1, "资料外流")]

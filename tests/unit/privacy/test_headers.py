"""Headers that name an identifier, and questions that only speak of one."""

import pytest

from survey.privacy.headers import names_a_person


@pytest.mark.parametrize(
    "header",
    [
        "RecipientLastName",
        "RecipientEmail",
        "IPAddress",
        "LocationLatitude",
        "第3题(姓名)",
        "12、关于您的信息 (矩阵填空题)—手机号码",
        "Q3_姓名",
        "您的身份证号码是？",
        "请输入您的手机号：",
        "联系方式（手机）",
        "家庭详细地址",
        "微信号（选填）",
        "银行卡号",
        "subscriberid",
        "your_name",
    ],
)
def test_a_field_that_identifies_is_known(header):
    assert names_a_person(header)


@pytest.mark.parametrize(
    "header",
    [
        "样本编号",
        "访问用时",
        "号码段",
        "1、号码段编号 (填空题 *必答)",
        "caseid",
        "Q2_1",
        "number",
        "latency",
        "mailing list",
        "您使用微信吗",
        "您是否愿意提供真实姓名？",
    ],
)
def test_other_fields_are_not(header):
    assert not names_a_person(header)

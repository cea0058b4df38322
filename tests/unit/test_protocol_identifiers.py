"""What identifies a person is refused wherever text is free; numbers of the laboratory are not."""

from __future__ import annotations

import pytest

from protocol.checking import check
from protocol.crfs.demography import demography
from protocol.identifiers import holds_identifier
from protocol.language import Severity
from protocol.record import Answer, Record
from tests.protocol_ground import R


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002X",
        "身份证11010519491231002X。",
        "110105 19491231 0021",
        "110105-1949-1231-002x",
        "110105199902310029",  # no such day, but its check digit is right
        "１１０１０５１９４９１２３１００２１",
        "11010519491231002 X",
        "11010519491231002 1",  # a blank before the last digit, whether it is right or not
        "1101 0519 4912 3100 2X",
        "110105/1949/1231/002x",
        "110105.19491231.0021",
        "1101051949\u200b1231002X",
        "110105491231002",
        "旧证 440106620815013",
        "13800138000",
        "+86 13800138000",
        "0086-138-0013-8000",
        "联系 159 1234 5678",
        "138.0013.8000",
        "Tel.138.0013.8000.",
        "138/0013/8000",
        "138·0013·8000",
        "138_0013_8000",
        "138 0013-8000",
        "138 - 0013 - 8000",
        "138\u00a00013\u20038000",
        "138\u20130013\u20138000",
        "138\u200b0013\u200b8000",
        "1\u2060380\u00ad0138\ufeff000",
        "a\u200b.b@hospital.example.cn",
        "(020) 87343333",
        "020-87343333",
        "0755-26001234",
        "电话:87343333",
        "Tel. 87343333",
        "住院号：0012345",
        "住院号 Z1234567",
        "病案号为 883712",
        "门诊号码 20250412",
        "MRN: 00123456",
        "hospital number 123456",
        "Medical record no. A-1234567",
        "passport no E12345678",
        "患者姓名：张三丰",
        "微信号: zhang_san_88",
        "a.b+c@hospital.example.cn",
    ],
)
def test_what_identifies_a_person_is_seen(text):
    assert holds_identifier(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "110105999999990022",  # 18 digits, neither a day nor a right check digit
        "440106629915013",  # 15 digits without a day
        "1234567890123456789",
        "HBV DNA 1380013800 IU/mL",
        "AFP 12345678901 ng/mL",
        "12000138000",
        "3.2 x 10^9/L, 150 2024-03-31",
        "3.2 x 10^9/L, 150 2024-0331, 150 20240331",
        "2025-03-31 2025-04-28 2025-05-26",
        "2026-11-23, 12.5",
        "HBV DNA 1500000 2025",
        "23/11/2026 138/82 135/80 13/7",
        "138.5 135.2 140.11 1380.5",
        "150/100/50 mg, 1500 1500 1500 mg, 150/75/1200/1500",
        "134000 2025-04-28 1250",
        "1.2.840.113619.2.55.3.139.2024.8000.1",
        "1.2.840.10008.5.1.4.13912345678",
        "1.3.12.2.1107.5.1.4.110105194912310021",
        "4\u200b5 mg, 2026\u201111\u201123",
        "ALT 40, AST 41, GGT 42: 40 41 42 43 44 45 46 47 48",
        "sample 20250331-0012",
        "slides 2025-04123 and 2025-04124",
        "ICD-10 C22.0, ATC J05AF10",
        "住院 12 天",
        "住院期间体温 38.5",
        "电话随访，一般情况好",
        "by phone, doing well",
        "phone call on 2025",
        "门诊复查 3 次",
        "门诊 2025-04-12 复查",
        "by phone 2025-03-31, alive",
        "电话 2025年4月随访",
        "姓名已删除",
        "blood loss 0-300000 mL",
        "10:30 @ ward",
        "CT 512-1024 slices",
    ],
)
def test_values_days_and_sentences_are_kept(text):
    assert not holds_identifier(text)


def found(crf, **said):
    answers = {name: Answer(value=value) for name, value in said.items()}
    findings = check(crf, answers, Record(subject="S"), R)
    assert all(finding.severity is Severity.HARD for finding in findings)
    return {finding.check_id: finding.sentence.english() for finding in findings}


class TestTheDateOfBirth:
    @pytest.mark.parametrize(
        ("setting", "born", "is_refused"),
        [
            ("day", "1961-04-12", False),
            ("month", "1961-04-12", True),
            ("month", "1961-04", False),
            ("month", "1961-UNK", False),
            ("year", "1961-04-12", True),
            ("year", "1961-04", True),
            ("year", "1961", False),
            ("year", "UNK", False),
        ],
    )
    def test_is_kept_as_far_as_the_setting_says(self, setting, born, is_refused):
        assert ("DM.birth_date.precise" in found(demography(birth_date=setting), birth_date=born)) is is_refused

    def test_is_refused_in_a_sentence_that_does_not_repeat_it(self):
        assert found(demography(birth_date="year"), birth_date="1961-04-12") == {
            "DM.birth_date.precise": "Of Date of birth only the year is kept in this trial. Enter the year alone."
        }

    def test_is_explained_by_its_help(self):
        helps = [demography(birth_date=setting).item("birth_date").help for setting in ("day", "month", "year")]

        assert len(set(helps)) == 3

    def test_has_no_other_setting(self):
        with pytest.raises(ValueError, match="not in tuple"):
            demography(birth_date="decade")


class TestInitials:
    def test_are_asked_only_where_the_setting_says_so(self):
        assert [item.name for item in demography(initials=False).items] == ["birth_date", "sex", "childbearing"]
        assert "initials" in [item.name for item in demography(initials=True).items]

    @pytest.mark.parametrize(
        ("typed", "is_refused"),
        [("ZSF", False), ("ZS", False), ("ABCD", False), ("Z", True), ("zsf", True), ("张三", True), ("Z1", True)],
    )
    def test_are_two_to_four_capital_letters(self, typed, is_refused):
        assert ("DM.initials.spelled" in found(demography(initials=True), initials=typed)) is is_refused

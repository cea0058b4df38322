"""What the checks find: hard refuses only the impossible, soft keeps the value and asks."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from protocol.checking import Finding, check, missing_items, shown_items
from protocol.language import Missing, NotAbove, NotBefore, Ref, Severity, When, Which
from protocol.performing import Place, perform
from protocol.record import Answer, ConsentVersion, FormRecord, Record
from protocol.trial import TRIAL

ENTERED_ON = date(2025, 4, 1)
BORN_1950 = Record(
    subject="S",
    forms=(
        FormRecord(
            id="dm", crf="DM", answers={"birth_date": Answer(value="1950-06-15"), "sex": Answer(value="female")}
        ),
    ),
)


def findings(crf: str, record: Record = BORN_1950, **answers: Answer | str) -> dict[str, Finding]:
    """Return what is found, by id; a plain text is an answer without unit."""
    kept = {path: answer if isinstance(answer, Answer) else Answer(value=answer) for path, answer in answers.items()}
    return {finding.check_id: finding for finding in check(TRIAL.crf(crf), kept, record, ENTERED_ON)}


def found(crf: str, check_id: str, record: Record = BORN_1950, **answers: Answer | str) -> str:
    """Return the sentence of one finding; empty where it is not found."""
    finding = findings(crf, record, **answers).get(check_id)
    return finding.sentence.english() if finding else ""


def mm(value: str) -> Answer:
    return Answer(value=value, unit="mm")


def lesion(key: str, **answers: Answer | str) -> dict[str, Answer | str]:
    """Return the answers of one row of lesions, unless told otherwise a target of 12 mm in the liver."""
    usual = {
        "class": "target",
        "organ": "liver",
        "evaluable": "Y",
        "enhancement": "present",
        "viable_diameter": mm("12"),
    }
    return {f"lesions/{key}/{name}": answer for name, answer in (usual | answers).items()}


BASELINE = {"scan_on": "2025-03-31", "timepoint": "baseline"}
SCAN = {"modality": "mri", "arterial_phase": "Y", "lipiodol": "N", "chest_ct": "Y", "new_lesion": "no"}
FOLLOW_UP = {"scan_on": "2025-03-31", "timepoint": "follow-up"}
LATER = FOLLOW_UP | {"arterial_phase": "Y"}


def said(**answers: Answer | str) -> dict[str, Answer]:
    """Return answers by path; a plain text is an answer without unit."""
    return {path: each if isinstance(each, Answer) else Answer(value=each) for path, each in answers.items()}


def scans(*forms: dict[str, Answer | str]) -> Record:
    """Return a record of scans."""
    kept = [FormRecord(id=f"scan {at}", crf="TA", complete=True, answers=said(**form)) for at, form in enumerate(forms)]
    return Record(subject="S", forms=tuple(kept))


FIRST = {"scan_on": "2025-01-06", "timepoint": "baseline", "arterial_phase": "Y", **lesion("T1")}
SMALL = {"class": "new", "new_pattern": "typical", "viable_diameter": mm("8")}
BEFORE = scans(FIRST)
DOUBTFUL = scans(
    FIRST, LATER | {"scan_on": "2025-03-01", "new_lesion": "equivocal"} | lesion("T1") | lesion("N1", **SMALL)
)


class TestANumber:
    @pytest.mark.parametrize(("value", "severity"), [("-0.1", Severity.HARD), ("0", None), ("0.1", None)])
    def test_is_refused_when_negative(self, value, severity):
        finding = findings("CH", bilirubin=Answer(value=value, unit="mg/dL")).get("CH.bilirubin.negative")

        assert (finding.severity if finding else None) is severity

    def test_says_what_to_do_when_negative(self):
        assert found("CO", "CO.inr.negative", inr="-1") == (
            "INR cannot be negative. Enter the value of the source without a minus sign."
        )

    @pytest.mark.parametrize(("value", "is_found"), [("100", False), ("100.1", True)])
    def test_of_percent_is_refused_above_the_whole(self, value, is_found):
        assert bool(found("SU", "SU.icg_r15.percent", icg_r15=Answer(value=value, unit="%"))) is is_found

    @pytest.mark.parametrize(
        ("value", "unit", "is_found"),
        [
            ("1500", "10^9/L", False),
            ("1501", "10^9/L", True),
            ("93000", "10^9/L", True),  # the figure of a count per µL
            ("93000", "/µL", False),
            ("93", "/µL", True),  # the figure of a count in 10^9/L
            ("5", "10^9/L", False),
            ("4.9", "10^9/L", True),
        ],
    )
    def test_of_platelets_in_an_implausible_unit_is_kept_and_asked(self, value, unit, is_found):
        finding = findings("HE", platelets=Answer(value=value, unit=unit)).get("HE.platelets.range")

        assert (finding is not None) is is_found
        assert finding is None or finding.severity is Severity.SOFT

    def test_far_from_plausible_says_what_to_look_at(self):
        assert found("HE", "HE.platelets.range", platelets=Answer(value="93000", unit="10^9/L")) == (
            "Platelets 93000 10^9/L is outside 5 to 1500 10^9/L. "
            "A count entered in the wrong unit, per µL or 10^9/L, looks like this: check the unit."
        )

    @pytest.mark.parametrize(("comparator", "value", "is_found"), [("<", "0.2", True), (">", "0.2", False)])
    def test_with_a_comparator_is_outside_only_when_it_is_certain(self, comparator, value, is_found):
        answer = Answer(value=value, unit="10^9/L", comparator=comparator)

        assert bool(found("HE", "HE.leukocytes.range", leukocytes=answer)) is is_found

    @pytest.mark.parametrize(("comparator", "is_found"), [("<", False), ("", True), (">", True)])
    def test_above_the_limit_is_found_unless_it_may_be_below(self, comparator, is_found):
        answer = Answer(value="200", unit="10^9/L", comparator=comparator)

        assert bool(found("HE", "HE.leukocytes.range", leukocytes=answer)) is is_found

    def test_in_a_unit_without_factor_is_left_alone(self):
        assert not findings("MK", afp=Answer(value="9000000", unit="IU/mL"))

    def test_of_direct_bilirubin_is_compared_with_the_total_across_units(self):
        total = Answer(value="1", unit="mg/dL")
        check_id = "CH.direct_bilirubin.total"

        # The factor is held by each analyte for itself; both bilirubins share it.
        assert not found("CH", check_id, bilirubin=total, direct_bilirubin=Answer(value="1", unit="mg/dL"))
        assert found("CH", check_id, bilirubin=total, direct_bilirubin=Answer(value="1.1", unit="mg/dL"))
        assert not found("CH", check_id, bilirubin=total, direct_bilirubin=Answer(value="17.104", unit="µmol/L"))
        assert found("CH", check_id, bilirubin=total, direct_bilirubin=Answer(value="17.105", unit="µmol/L"))

    def test_of_neutrophils_is_compared_with_leukocytes_across_units(self):
        leukocytes = Answer(value="4", unit="10^9/L")
        check_id = "HE.neutrophils.leukocytes"

        assert not found("HE", check_id, leukocytes=leukocytes, neutrophils=Answer(value="4000", unit="/µL"))
        assert found("HE", check_id, leukocytes=leukocytes, neutrophils=Answer(value="4001", unit="/µL"))
        assert not found("HE", check_id, neutrophils=Answer(value="4001", unit="/µL"))

    @pytest.mark.parametrize(
        ("value", "unit", "is_found"), [("30", "cm", False), ("31", "cm", True), ("300", "mm", False)]
    )
    def test_of_a_length_is_compared_in_millimetres(self, value, unit, is_found):
        answer = Answer(value=value, unit=unit)

        assert bool(found("HCC", "HCC.largest_diameter.range", largest_diameter=answer)) is is_found


class TestADate:
    @pytest.mark.parametrize(("day", "is_found"), [("2025-04-01", False), ("2025-04-02", True)])
    def test_that_was_measured_is_refused_in_the_future(self, day, is_found):
        assert bool(found("TA", "TA.scan_on.future", scan_on=day)) is is_found

    @pytest.mark.parametrize(
        ("day", "is_found"),
        [("2025-04", False), ("2025", False), ("2025-05", True), ("2026", True), ("2026-UNK", True), ("UNK", False)],
    )
    def test_that_is_partial_is_refused_only_when_certainly_in_the_future(self, day, is_found):
        assert bool(found("DM", "DM.birth_date.future", birth_date=day)) is is_found

    @pytest.mark.parametrize(("moment", "is_found"), [("2025-04-01T23:59", False), ("2025-04-02T00:00", True)])
    def test_with_a_time_is_refused_in_the_future(self, moment, is_found):
        assert bool(found("ICF", "ICF.signed_at.future", signed_at=moment)) is is_found

    @pytest.mark.parametrize(("moment", "is_found"), [("1950-06-14T12:00", True), ("1950-06-15T12:00", False)])
    def test_of_consent_before_birth_is_asked(self, moment, is_found):
        finding = findings("ICF", signed_at=moment).get("ICF.signed_at.birth")

        assert (finding is not None) is is_found
        assert finding is None or finding.severity is Severity.SOFT

    def test_before_birth_is_not_asked_while_birth_is_unknown(self):
        assert not found("ICF", "ICF.signed_at.birth", Record(subject="S"), signed_at="1850-01-01T12:00")

    @pytest.mark.parametrize(
        ("started_on", "ended_on", "is_found"),
        [
            ("2025-03-02", "2025-03-01", True),
            ("2025-03-01", "2025-03-01", False),
            ("2025-03", "2025-03-01", False),  # may have started that day
            ("2025-03", "2025-02", True),
            ("UNK", "2025-02", False),
        ],
    )
    def test_of_the_end_before_the_start_is_asked(self, started_on, ended_on, is_found):
        answers = {"ongoing": "N", "started_on": started_on, "ended_on": ended_on}

        assert bool(found("PT", "PT.ended_on.started", **answers)) is is_found

    def test_that_no_calendar_has_is_refused_whatever_door_it_came_through(self):
        finding = findings("TA", scan_on="2025-02-30")["TA.scan_on.value"]

        assert finding.severity is Severity.HARD
        assert "there is no day 2025-02-30" in finding.sentence.english()


PORTA_HEPATIS = "TA.lesions.viable_diameter.node_porta_hepatis"
OTHER_NODE = "TA.lesions.viable_diameter.node_other"
NOT_LISTED = "TA.lesions.new-not-listed"


class TestATargetLesion:
    @pytest.mark.parametrize(("diameter", "is_found"), [("9.9", True), ("10", False)])
    def test_below_10_mm_at_baseline_is_kept_with_a_query(self, diameter, is_found):
        rows = lesion("T1", viable_diameter=mm(diameter))
        finding = findings("TA", **BASELINE, **rows).get("TA.lesions.viable_diameter.target")

        assert (finding is not None) is is_found
        assert finding is None or (finding.severity, finding.path) == (Severity.SOFT, "lesions/T1/viable_diameter")

    def test_may_shrink_below_10_mm_later(self):
        assert not findings("TA", **FOLLOW_UP, **lesion("T1", viable_diameter=mm("4")))

    def test_that_is_not_a_target_may_be_small(self):
        assert not findings("TA", **BASELINE, **lesion("NT1", **{"class": "non-target", "viable_diameter": mm("4")}))

    def test_without_enhancement_at_baseline_is_asked(self):
        rows = lesion("T1", enhancement="absent", viable_diameter=mm("0"))

        assert found("TA", "TA.lesions.enhancement.target", **BASELINE, **rows) == (
            "A target lesion enhances in the arterial phase at baseline. Check its class."
        )
        assert not found("TA", "TA.lesions.enhancement.target", **FOLLOW_UP, **rows)

    @pytest.mark.parametrize(("diameter", "is_found"), [("0", False), ("0.1", True)])
    def test_without_enhancement_has_no_viable_part(self, diameter, is_found):
        rows = lesion("T1", enhancement="absent", viable_diameter=mm(diameter))

        assert bool(found("TA", "TA.lesions.viable_diameter.absent", **FOLLOW_UP, **rows)) is is_found

    @pytest.mark.parametrize(("whole", "is_found"), [("12", False), ("11.9", True)])
    def test_is_not_more_viable_than_it_is_large(self, whole, is_found):
        rows = lesion("T1", whole_diameter=mm(whole))

        assert bool(found("TA", "TA.lesions.viable_diameter.whole", **FOLLOW_UP, **rows)) is is_found

    def test_is_one_of_two_per_organ(self):
        two = lesion("T1") | lesion("T2")
        three = two | lesion("T3")

        assert not findings("TA", **BASELINE, **two)
        assert found("TA", "TA.lesions.targets-per-organ", **BASELINE, **three) == (
            "At most 2 target lesions are chosen per organ; liver has 3. "
            "All are kept, the first ones are judged as targets."
        )

    def test_is_one_of_five_in_all(self):
        organs = ("liver", "liver", "portal vein", "bile duct", "other", "other")
        five = {
            path: answer
            for n, organ in enumerate(organs[:5], 1)
            for path, answer in lesion(f"T{n}", organ=organ).items()
        }
        six = five | lesion("T6", organ=organs[5])

        assert not found("TA", "TA.lesions.targets-in-all", **BASELINE, **five)
        assert "there are 6" in found("TA", "TA.lesions.targets-in-all", **BASELINE, **six)

    @pytest.mark.parametrize(
        ("said", "check"),
        [
            ({"organ": "portal vein"}, "TA.lesions.organ.target"),
            ({"organ": "bile duct"}, "TA.lesions.organ.target"),
            ({"evaluable": "N"}, "TA.lesions.evaluable.target"),
            ({"delineated": "N"}, "TA.lesions.delineated.target"),
            ({"organ": "lymph node porta hepatis", "viable_diameter": mm("19.9")}, PORTA_HEPATIS),
            ({"organ": "lymph node other", "viable_diameter": mm("14.9")}, OTHER_NODE),
        ],
    )
    def test_that_may_be_none_is_kept_with_a_query(self, said, check):
        assert check in findings("TA", **BASELINE, **lesion("T1", **said))
        assert check not in findings("TA", **FOLLOW_UP, **lesion("T1", **said))
        assert check not in findings("TA", **BASELINE, **lesion("NT1", **({"class": "non-target"} | said)))

    @pytest.mark.parametrize(
        ("said", "check"),
        [
            ({"organ": "other"}, "TA.lesions.organ.target"),
            ({"delineated": "Y"}, "TA.lesions.delineated.target"),
            ({}, "TA.lesions.delineated.target"),
            ({"organ": "lymph node porta hepatis", "viable_diameter": mm("20")}, PORTA_HEPATIS),
            ({"organ": "lymph node other", "viable_diameter": mm("15")}, OTHER_NODE),
        ],
    )
    def test_that_just_is_one_is_not_asked(self, said, check):
        assert check not in findings("TA", **BASELINE, **lesion("T1", **said))

    def test_that_is_new_is_listed_where_the_reader_sees_one(self):
        rows = lesion("T1") | lesion("N1", **{"class": "new", "new_pattern": "typical"})

        for said, is_found in (("yes", True), ("equivocal", True), ("no", False)):
            assert bool(found("TA", NOT_LISTED, **FOLLOW_UP, new_lesion=said, **lesion("T1"))) is is_found
        assert not found("TA", NOT_LISTED, **FOLLOW_UP, new_lesion="yes", **rows)

    @pytest.mark.parametrize(
        ("said", "is_found"),
        [
            ({"new_pattern": "typical", "viable_diameter": mm("12")}, True),
            ({"new_pattern": "atypical", "viable_diameter": mm("12")}, True),
            ({"new_pattern": "effusion benign"}, False),
            ({"organ": "lymph node other", "viable_diameter": mm("9"), "whole_diameter": mm("22")}, False),
            ({"enhancement": "absent", "viable_diameter": mm("0")}, False),
        ],
    )
    def test_that_is_new_contradicts_a_reader_who_sees_none_where_it_is_new_disease(self, said, is_found):
        rows = lesion("T1") | lesion("N1", **({"class": "new"} | said))

        assert bool(found("TA", "TA.new_lesion.computed", BEFORE, **LATER, new_lesion="no", **rows)) is is_found

    @pytest.mark.parametrize(("enhancement", "is_asked"), [("present", True), ("absent", False)])
    def test_that_is_no_longer_seen_has_no_pattern(self, enhancement, is_asked):
        rows = lesion("N1", **{"class": "new", "enhancement": enhancement})

        assert ("lesions/N1/new_pattern" in missing_items(TRIAL.crf("TA"), said(**FOLLOW_UP, **rows))) is is_asked

    @pytest.mark.parametrize(
        ("key", "kind", "is_found"),
        [("T3", "target", True), ("NT2", "non-target", True), ("N2", "new", False), ("T1", "target", False)],
    )
    def test_that_no_earlier_scan_has_is_asked_about(self, key, kind, is_found):
        rows = lesion(key, **{"class": kind})

        assert bool(found("TA", "TA.lesions.class.unknown", BEFORE, **LATER, **rows)) is is_found

    @pytest.mark.parametrize(
        ("keys", "left"), [(("T1",), "N1 (2025-03-01)"), (("N1",), "T1"), (("T1", "N1"), ""), ((), "")]
    )
    def test_that_was_seen_before_is_read_or_asked_for(self, keys, left):
        gone = {"class": "new", "enhancement": "absent", "viable_diameter": mm("0")}
        rows = {path: each for key in keys for path, each in lesion(key, **(gone if key == "N1" else {})).items()}
        asked = found("TA", "TA.lesions.without_row", DOUBTFUL, **LATER, new_lesion="no", **rows)

        assert bool(asked) is bool(left)
        assert f"Known from earlier scans and not read on this one: {left}." in asked or not left

    def test_that_has_no_row_yet_is_not_asked_for_while_the_form_is_begun(self):
        answers = said(**LATER, **lesion("T1"))

        begun = check(TRIAL.crf("TA"), answers, DOUBTFUL, ENTERED_ON, complete=False)

        assert "TA.lesions.without_row" not in {each.check_id for each in begun}


@pytest.mark.parametrize(
    ("timepoint", "started", "kind", "is_found"),
    [
        ("baseline", "2025-03-30", "tace", True),
        ("baseline", "2025-03-31", "tace", False),
        ("baseline", "2025-03", "tace", False),
        ("baseline", "2025-02", "ici", True),
        ("baseline", "2025-03-30", "ablation", False),
        ("baseline", "", "tace", False),
        ("follow-up", "2025-03-30", "tace", False),
    ],
)
def test_a_baseline_after_therapy_began_is_asked_about(timepoint, started, kind, is_found):
    later = FormRecord(id="PT 2", crf="PT", repeat=2, answers=said(started_on="2025-05-01", kind="targeted"))
    therapy = FormRecord(id="PT", crf="PT", answers=said(started_on=started, kind=kind))
    record = Record(subject="S", forms=(later, therapy))

    asked = found("TA", "TA.scan_on.baseline", record, scan_on="2025-03-31", timepoint=timepoint)

    assert bool(asked) is is_found


class TestTheIdentityOfALesion:
    """A number means one lesion on every scan; what is said of it later is held against the first scan that has it."""

    @staticmethod
    def found(on: str, segment: str, *others: tuple[str, str]) -> str:
        def said(day: str, value: str) -> dict[str, Answer]:
            answers = {"scan_on": day, "lesions/T1/organ": "liver", "lesions/T1/segment": value}
            return {path: Answer(value=text) for path, text in answers.items() if text}

        forms = tuple(FormRecord(id=day, crf="TA", answers=said(day, value)) for day, value in others)
        findings = check(TRIAL.crf("TA"), said(on, segment), Record(subject="S", forms=forms), date(2025, 6, 1))
        return next((each.sentence.english() for each in findings if each.check_id == "TA.lesions.segment.same"), "")

    @pytest.mark.parametrize(
        ("on", "segment", "others", "is_found"),
        [
            ("2025-03-01", "8", [("2025-01-06", "8")], False),
            ("2025-03-01", "5", [("2025-01-06", "8")], True),
            ("2025-03-01", "5", [("2025-02-01", "5"), ("2025-01-06", "8")], True),
            ("2025-03-01", "5", [("2025-02-01", "8"), ("2025-01-06", "5")], False),
            ("2025-01-01", "5", [("2025-01-06", "8")], False),
            ("2025-03-01", "", [("2025-01-06", "8")], False),
            ("2025-03-01", "5", [("2025-01-06", "")], False),
        ],
    )
    def test_is_that_of_the_first_scan_that_names_it(self, on, segment, others, is_found):
        assert bool(self.found(on, segment, *others)) is is_found

    def test_is_asked_about_with_both_answers(self):
        assert self.found("2025-03-01", "5", ("2025-01-06", "8")) == (
            "Liver segment of this lesion is 8 on the scan of 2025-01-06, here 5. "
            "A lesion stays the same on every scan: check both, or give this one a number of its own."
        )


class TestAScanWithoutALesion:
    """Rows are entered one after the other: only of a complete scan does their absence say something."""

    @staticmethod
    def found(said: dict[str, str], *others: FormRecord, complete: bool = True) -> dict[str, str]:
        answers = {path: Answer(value=value) for path, value in said.items()}
        record = Record(subject="S", forms=others)
        findings = check(TRIAL.crf("TA"), answers, record, date(2025, 6, 1), complete=complete)
        return {each.check_id: each.sentence.english() for each in findings}

    @staticmethod
    def scan(on: str, **rows: str) -> FormRecord:
        said = {"scan_on": on, "timepoint": "baseline"} | {f"lesions/{key}/class": kind for key, kind in rows.items()}
        return FormRecord(id=on, crf="TA", answers={path: Answer(value=value) for path, value in said.items()})

    def test_is_asked_about_at_baseline_once_it_is_complete(self):
        baseline = {"scan_on": "2025-01-06", "timepoint": "baseline"}

        assert self.found(baseline) == {
            "TA.lesions.none_at_baseline": "The baseline scan is complete without a lesion, so no later scan can be "
            "judged against it. Add a row for every lesion, or explain why there is none."
        }
        assert self.found(baseline, complete=False) == {}
        assert self.found(baseline | {"lesions/T1/class": "target"}) == {}

    @pytest.mark.parametrize(
        ("on", "others", "known"),
        [
            ("2025-02-10", [("2025-01-06", {"T1": "target", "T2": "target"})], "T1, T2"),
            ("2025-01-06", [("2025-01-06", {"T1": "target"})], "T1"),
            ("2025-01-05", [("2025-01-06", {"T1": "target"})], ""),
            ("", [("2025-01-06", {"T1": "target"})], "T1"),
            ("2025-02-10", [("", {"T1": "target"})], ""),
            ("2025-02-10", [("2025-01-06", {})], ""),
            ("2025-02-10", [], ""),
        ],
    )
    def test_is_asked_about_later_where_an_earlier_scan_shows_one(self, on, others, known):
        said = {"scan_on": on, "timepoint": "follow-up"} if on else {"timepoint": "follow-up"}
        found = self.found(said, *(self.scan(day, **rows) for day, rows in others))

        assert found.keys() == ({"TA.lesions.none_read"} if known else set())
        assert not known or found["TA.lesions.none_read"] == (
            f"Earlier scans show {known}, and no lesion is read on this one. "
            "Open the form, fill in the row of each lesion, and save the changes."
        )

    def test_is_left_alone_when_its_lesion_is_read(self):
        said = {"scan_on": "2025-02-10", "timepoint": "follow-up", "lesions/T1/class": "target"}

        assert self.found(said, self.scan("2025-01-06", T1="target")) == {}


class TestFreeText:
    @pytest.mark.parametrize(
        "text",
        [
            "ID 11010519491231002X",
            "110105 19491231 0021",
            "１１０１０５１９４９１２３１００２１",
            "tel 13800138000",
            "138-0013-8000",
            "138 0013 8000",
            "+8613800138000",
            "write to someone@example.org",
        ],
    )
    def test_that_identifies_a_person_is_refused_and_not_repeated(self, text):
        finding = findings("SU", comment=text)["SU.comment.identifier"]

        assert finding.severity is Severity.HARD
        assert finding.sentence.english() == (
            "Comment holds what looks like an identity, telephone or hospital number, a name or an e-mail address. "
            "Remove it: nothing that identifies a person is stored."
        )

    @pytest.mark.parametrize(
        "text",
        [
            "AFP 150 2024-03-31",
            "scan 20250331, 28 d later",
            "segments 5 and 6",
            "1380013800",
            "1234567890123456789",
            "10:30 @ ward",
            "2025-03-31 2025-04-28 2025-05-26",
        ],
    )
    def test_of_values_and_days_is_kept(self, text):
        assert not findings("SU", comment=text)

    def test_is_refused_even_where_it_is_not_asked(self):
        assert found("IJ", "IJ.organ_dysfunction_text.identifier", organ_dysfunction_text="13800138000")

    def test_of_a_reason_is_guarded_too(self):
        answer = Answer(missing=Missing.NOT_DONE, reason="ask 13800138000")

        assert "The reason at INR holds" in found("CO", "CO.inr.reason", inr=answer)


class TestAnAnswer:
    def test_that_is_not_on_the_list_is_refused(self):
        finding = findings("DM", sex="unknown")["DM.sex.value"]

        assert (finding.severity, finding.sentence.english()) == (
            Severity.HARD,
            "Sex: unknown is not on the list. Choose one of: male, female.",
        )

    def test_without_its_unit_is_refused(self):
        assert found("HE", "HE.platelets.value", platelets="93") == "Platelets: give the unit (10^9/L, /µL)."

    def test_of_an_item_that_does_not_exist_is_refused(self):
        finding = findings("DM", shoe_size="42")["DM.unknown-item"]

        assert finding.sentence.english() == "This form has no item shoe_size. Remove the answer."

    @pytest.mark.parametrize("path", ["lesions/T1/nonsense", "lesions/T1", "lesions/T1/class/x", "scan_on/1/x"])
    def test_at_a_path_that_does_not_exist_is_refused(self, path):
        assert findings("TA", **{path: "x"})["TA.unknown-item"].path == path

    def test_marked_as_missing_may_not_have_a_value(self):
        answer = Answer(value="1.1", missing=Missing.NOT_DONE)

        assert "Keep one of the two" in found("CO", "CO.inr.value", inr=answer)

    def test_that_must_be_known_cannot_be_marked_as_missing(self):
        assert "cannot be marked as missing" in found("SU", "SU.finding.value", finding=Answer(missing=Missing.UNKNOWN))
        assert not findings("CO", inr=Answer(missing=Missing.UNKNOWN))

    def test_where_nothing_is_asked_is_kept_with_a_query(self):
        finding = findings("DM", sex="male", childbearing="childbearing")["DM.childbearing.not-asked"]

        assert finding.severity is Severity.SOFT

    def test_that_is_true_but_unwelcome_is_never_refused(self):
        """A child of 17, an ECOG of 4 and a class C are saved and judged."""
        assert not findings("DM", birth_date="2008-01-01", sex="male")
        assert not findings("VS", assessed_on="2025-03-31", ecog="4")
        assert not findings("CP", assessed_on="2025-03-31", encephalopathy="3-4", ascites="moderate")


class TestWhatIsMissing:
    def test_is_what_is_required_and_shown_and_not_answered(self):
        crf = TRIAL.crf("DM")

        assert missing_items(crf, {}) == ("birth_date", "sex")
        assert missing_items(crf, {"sex": Answer(value="female")}) == ("birth_date", "childbearing")
        assert missing_items(crf, {"sex": Answer(value="male"), "birth_date": Answer(value="1950")}) == ()

    def test_does_not_include_what_is_explained(self):
        explained = {"inr": Answer(missing=Missing.NOT_DONE, reason="Tube lost")}

        assert "inr" in missing_items(TRIAL.crf("CO"), {})
        assert "inr" not in missing_items(TRIAL.crf("CO"), explained)

    def test_looks_into_every_row(self):
        row = {"tracings/1/qt": Answer(value="400", unit="ms")}

        assert missing_items(TRIAL.crf("EG"), row) == ("performed_on", "tracings/1/heart_rate")

    def test_asks_for_a_row_where_rows_are_required(self):
        assert missing_items(TRIAL.crf("EG"), {}) == ("performed_on", "tracings")

    def test_asks_for_the_diameter_of_targets_only(self):
        target = {
            path: answer if isinstance(answer, Answer) else Answer(value=answer)
            for path, answer in lesion("T1").items()
        }
        del target["lesions/T1/viable_diameter"]
        non_target = target | {"lesions/T1/class": Answer(value="non-target")}

        assert "lesions/T1/viable_diameter" in missing_items(TRIAL.crf("TA"), target)
        assert "lesions/T1/viable_diameter" not in missing_items(TRIAL.crf("TA"), non_target)


class TestSkipLogic:
    def test_shows_an_item_where_its_condition_holds(self):
        crf = TRIAL.crf("MH")

        assert "stroke_on" not in shown_items(crf, {})
        assert "stroke_on" not in shown_items(crf, {"stroke": Answer(value="N")})
        assert "stroke_on" in shown_items(crf, {"stroke": Answer(value="Y")})

    def test_looks_at_the_row_first(self):
        answers = {
            "lesions/T1/evaluable": Answer(value="Y"),
            "lesions/T2/evaluable": Answer(value="N"),
        }
        shown = shown_items(TRIAL.crf("TA"), answers)

        assert "lesions/T1/viable_diameter" in shown
        assert "lesions/T2/viable_diameter" not in shown


class TestADeclaredValue:
    BLOOD = (
        FormRecord(
            id="ch",
            crf="CH",
            complete=True,
            answers={
                "sampled_on": Answer(value="2025-03-31"),
                "laboratory": Answer(value="L"),
                "bilirubin": Answer(value="20", unit="µmol/L"),
                "albumin": Answer(value="27.9", unit="g/L"),
            },
        ),
        FormRecord(
            id="co",
            crf="CO",
            complete=True,
            answers={
                "sampled_on": Answer(value="2025-03-31"),
                "laboratory": Answer(value="L"),
                "inr": Answer(value="1.1"),
            },
        ),
    )
    ITEMS = {"assessed_on": "2025-03-31", "encephalopathy": "none", "ascites": "none"}  # 7 points with the blood above

    def test_that_differs_from_the_computed_one_is_asked(self):
        record = Record(subject="S", forms=self.BLOOD)

        assert found("CP", "CP.declared_class.computed", record, **self.ITEMS, declared_class="A") == (
            "Class A is declared, the data give class B. Check the items and the blood results."
        )
        assert not findings("CP", record, **self.ITEMS, declared_class="B")

    def test_is_left_alone_while_nothing_can_be_computed(self):
        assert not findings("CP", Record(subject="S"), **self.ITEMS, declared_class="A")

    def test_of_the_reader_is_compared_with_the_lesions(self):
        baseline = FormRecord(
            id="ta",
            crf="TA",
            complete=True,
            answers={
                path: answer if isinstance(answer, Answer) else Answer(value=answer)
                for path, answer in ({**BASELINE, **SCAN, "scan_on": "2025-01-02"} | lesion("T1")).items()
            },
        )
        record = Record(subject="S", forms=(baseline,))
        now = {**FOLLOW_UP, **SCAN, **lesion("T1", enhancement="absent", viable_diameter=mm("0"))}

        assert not findings("TA", record, **now, reader_target="CR")
        assert found("TA", "TA.reader_target.computed", record, **now, reader_target="PR") == (
            "The reader says PR, the lesions give CR. Check the lesions and the statement."
        )


class TestACheckAcrossForms:
    """References to other forms mean the first, the latest or the one of the same visit."""

    SCANS = tuple(
        FormRecord(id=visit, crf="TA", visit=visit, answers={"scan_on": Answer(value=day)})
        for visit, day in (("SCR", "2025-01-10"), ("M2", "2025-03-10"), ("M4", "2025-05-10"))
    )

    @pytest.mark.parametrize(
        ("which", "visit", "other"),
        [
            (Which.FIRST, "", "2025-01-10"),
            (Which.LATEST, "", "2025-05-10"),
            (Which.SAME_VISIT, "M2", "2025-03-10"),
        ],
    )
    def test_compares_with_the_form_it_means(self, which, visit, other):
        found = perform(self.not_before(which), self.place("2025-01-01", visit=visit))

        assert found.english() == f"2025-01-01 before {other}."

    def test_says_nothing_where_the_visit_has_no_such_form(self):
        assert perform(self.not_before(Which.SAME_VISIT), self.place("2025-01-01", visit="M6")) is None

    @pytest.mark.parametrize("day", ["", "no day"])
    def test_says_nothing_of_what_is_no_day(self, day):
        assert perform(self.not_before(Which.FIRST), self.place(day)) is None

    def not_before(self, which: Which) -> NotBefore:
        return NotBefore(
            id="X.y.z",
            severity=Severity.SOFT,
            message="%(value)s before %(other)s.",
            other=Ref("scan_on", "TA", which),
        )

    def place(self, day: str, visit: str = "") -> Place:
        crf = TRIAL.crf("MK")
        return Place(
            crf=crf,
            item=crf.item("sampled_on"),
            row="",
            answers={"sampled_on": Answer(value=day)},
            record=Record(subject="S", forms=self.SCANS),
            on=ENTERED_ON,
            visit=visit,
        )


def test_numbers_of_units_without_a_factor_are_not_compared():
    crf = TRIAL.crf("MK")
    answers = {"pivka": Answer(value="50", unit="mAU/mL"), "afp": Answer(value="5", unit="IU/mL")}
    place = Place(crf=crf, item=crf.item("pivka"), row="", answers=answers, record=Record(subject="S"), on=ENTERED_ON)
    not_above = NotAbove(id="X.y.z", severity=Severity.SOFT, message="%(value)s.", other=Ref("afp"))

    assert perform(not_above, place) is None
    assert place.beside("nothing") == (None, Answer())
    assert not place.holds(When("nothing", ("Y",)))


def test_a_missing_code_needs_its_reason_where_the_form_asks():
    crf = TRIAL.crf("VS")
    ecog = replace(crf.item("ecog"), missing_needs_reason=True)
    asking = replace(crf, sections=(replace(crf.sections[0], items=(ecog,)),))

    assert missing_items(asking, {"ecog": Answer(missing=Missing.NOT_DONE)}) == ("ecog",)
    assert missing_items(asking, {"ecog": Answer(missing=Missing.NOT_DONE, reason=".")}) == ("ecog",)
    assert missing_items(asking, {"ecog": Answer(missing=Missing.NOT_DONE, reason=" ")}) == ("ecog",)
    assert missing_items(asking, {"ecog": Answer(missing=Missing.NOT_DONE, reason="refused")}) == ()


class TestTheVersionOfTheConsentForm:
    KNOWN = replace(
        BORN_1950,
        consent_versions=(
            ConsentVersion(version="1.0", effective_from=date(2024, 1, 1)),
            ConsentVersion(version="2.0", effective_from=date(2025, 3, 1)),
        ),
    )

    def said(self, version: str, signed_at: str, record: Record = KNOWN) -> str:
        return found("ICF", "ICF.version.in-use", record, version=version, signed_at=signed_at)

    def test_is_one_of_the_site_on_the_day_of_signing(self):
        assert not self.said("2.0", "2025-03-01T09:00")
        assert not self.said("1.0", "2025-03-01T09:00")

    @pytest.mark.parametrize(("version", "on"), [("2.0", "2025-02-28"), ("V3", "2025-03-01")])
    def test_is_asked_about_otherwise_and_not_repeated(self, version, on):
        said = self.said(version, f"{on}T09:00")

        assert f"in force on {on}. Its versions are 1.0 (2024-01-01), 2.0 (2025-03-01)." in said
        assert version == "2.0" or version not in said

    def test_is_not_asked_about_where_nothing_is_known(self):
        assert not self.said("V3", "2025-03-01T09:00", BORN_1950)
        assert not self.said("", "2025-03-01T09:00")
        assert not self.said("V3", "")


@pytest.mark.parametrize(
    ("critical", "reason", "wanted"), [(True, "", True), (True, "—", True), (True, "坏", False), (False, "", False)]
)
@pytest.mark.parametrize("name", ["ecog", "weight"])
def test_every_item_of_a_critical_form_wants_the_reason_of_its_missing_code(critical, reason, wanted, name):
    crf = replace(TRIAL.crf("VS"), critical=critical)
    answers = {"assessed_on": Answer(value="2025-03-03"), "ecog": Answer(value="0")}

    missing = missing_items(crf, answers | {name: Answer(missing=Missing.NOT_DONE, reason=reason)})

    assert missing == ((name,) if wanted else ())

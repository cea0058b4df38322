"""The checks that look at other forms: each finds what it is for, and is silent beside its limit.

Numbers and days are those of the protocol's assumptions; ids are stable for ever.
"""

from __future__ import annotations

from datetime import date

import pytest

from protocol.checking import check
from protocol.language import Severity
from protocol.record import Answer, FormRecord, Record
from protocol.trial import TRIAL

ENTERED_ON = date(2025, 12, 31)


def form(crf: str, **said: str) -> FormRecord:
    return FormRecord(
        id=crf, crf=crf, complete=True, answers={name: Answer(value=value) for name, value in said.items()}
    )


def found(
    crf: str, said: dict[str, str], *others: FormRecord, visit: str = "", complete: bool = True
) -> dict[str, str]:
    """Return the soft findings by id, each with its sentence."""
    units = {"weight": "kg", "height": "cm"}
    answers = {name: Answer(value=value, unit=units.get(name, "")) for name, value in said.items()}
    record = Record(subject="S", forms=others)
    findings = check(TRIAL.crf(crf), answers, record, ENTERED_ON, visit=visit, complete=complete)
    assert all(finding.severity is Severity.SOFT for finding in findings), findings
    return {finding.check_id: finding.sentence.english() for finding in findings}


ICF, DT = form("ICF", signed_at="2025-03-01T09:30"), form("DT", died_on="2025-08-20", cause="hcc")
FATAL_REPORT = form("SAE", outcome="fatal")


# --- a form that another one asks for -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("id_", "crf", "said", "beside", "not_enough"),
    [
        ("AE.serious.report", "AE", {"serious": "Y"}, form("SAE", term="x"), None),
        ("AE.outcome.report", "AE", {"outcome": "fatal"}, FATAL_REPORT, form("SAE", outcome="recovering")),
        ("AE.outcome.death", "AE", {"outcome": "fatal"}, DT, FATAL_REPORT),
        ("SAE.criteria.death", "SAE", {"criteria": "death hospitalisation"}, DT, None),
        ("SAE.outcome.death", "SAE", {"outcome": "fatal"}, DT, None),
        ("PO.alive.death", "PO", {"alive": "N"}, DT, None),
        ("VS.ecog.death", "VS", {"ecog": "5"}, DT, None),
        ("SS.status.death", "SS", {"status": "dead"}, DT, None),
        ("ES.how.death", "ES", {"how": "death"}, DT, None),
        ("ES.how.withdrawal", "ES", {"how": "consent withdrawn"}, form("WD", of="consent"), form("WD", of="visits")),
        ("DT.cause.report", "DT", {"cause": "surgery"}, FATAL_REPORT, form("SAE", outcome="unknown")),
        ("NT.reason.recurrence", "NT", {"reason": "progression"}, form("RP", status="confirmed"), None),
        ("OP.purpose.recurrence", "OP", {"performed": "Y", "purpose": "salvage"}, form("RP", status="suspected"), None),
        ("TA.new_lesion.recurrence", "TA", {"new_lesion": "yes"}, form("RP", status="suspected"), None),
        (
            "TA.reader_overall.recurrence",
            "TA",
            {"reader_overall": "PD", "new_lesion": "no"},
            form("RP", status="suspected"),
            None,
        ),
        ("PG.pregnant.report", "PG", {"pregnant": "Y"}, form("PGR", who="subject"), None),
        (
            "RP.basis.scan",
            "RP",
            {"status": "confirmed", "basis": "imaging markers"},
            form("TA", reader_overall="PD"),
            form("TA", reader_overall="SD", new_lesion="no"),
        ),
    ],
)
class TestAFormThatAsksForAnother:
    def test_is_asked_about_while_there_is_none(self, id_, crf, said, beside, not_enough):
        others = (not_enough,) if not_enough else ()

        sentence = found(crf, said, *others, visit="M2")[id_]

        assert sentence.endswith(".")
        assert "dd" in sentence or "nter" in sentence  # it says what to add or enter

    def test_is_silent_when_it_is_there(self, id_, crf, said, beside, not_enough):
        assert id_ not in found(crf, said, beside, visit="M2")

    def test_is_silent_while_it_is_not_complete(self, id_, crf, said, beside, not_enough):
        assert id_ not in found(crf, said, visit="M2", complete=False)


@pytest.mark.parametrize(
    ("id_", "crf", "said"),
    [
        ("AE.serious.report", "AE", {"serious": "N"}),
        ("AE.outcome.death", "AE", {"outcome": "recovered"}),
        ("DT.cause.report", "DT", {"cause": "hcc"}),
        ("NT.reason.recurrence", "NT", {"reason": "adjuvant"}),
        ("OP.purpose.recurrence", "OP", {"performed": "Y", "purpose": "primary"}),
        ("TA.new_lesion.recurrence", "TA", {"new_lesion": "equivocal"}),
        ("TA.reader_overall.recurrence", "TA", {"reader_overall": "CR", "new_lesion": "no"}),
        ("RP.basis.scan", "RP", {"status": "confirmed", "basis": "pathology"}),
        ("RP.basis.scan", "RP", {"status": "suspected", "basis": "imaging"}),
    ],
)
def test_other_answers_ask_for_no_other_form(id_, crf, said):
    assert id_ not in found(crf, said, visit="M2")


@pytest.mark.parametrize(("crf", "said"), [("TA", {"new_lesion": "yes"}), ("PG", {"pregnant": "Y"})])
def test_at_screening_neither_recurrence_nor_pregnancy_is_reported(crf, said):
    assert not [id_ for id_ in found(crf, said, visit="SCR") if id_.endswith((".recurrence", ".report"))]


# --- days of the living, after consent, after diagnosis -----------------------------------------------------------


@pytest.mark.parametrize(
    ("crf", "item", "more"),
    [
        ("AE", "onset_on", {}),
        ("AE", "ended_on", {"ongoing": "N"}),
        ("SAE", "onset_on", {}),
        ("CM", "started_on", {}),
        ("NT", "started_on", {}),
        ("RP", "suspected_on", {}),
        ("VR", "visited_on", {}),
        ("TA", "scan_on", {}),
        ("VS", "assessed_on", {}),
        ("MK", "sampled_on", {}),
        ("OP", "operated_on", {"performed": "Y"}),
        ("SS", "contacted_on", {"status": "alive"}),
    ],
)
@pytest.mark.parametrize(("on", "is_found"), [("2025-08-20", False), ("2025-08-21", True)])
def test_nothing_happens_after_death(crf, item, more, on, is_found):
    assert (f"{crf}.{item}.death" in found(crf, {item: on, **more}, DT)) is is_found


def test_a_partial_day_in_the_month_of_death_may_be_before_it():
    assert "AE.onset_on.death" not in found("AE", {"onset_on": "2025-08"}, DT)
    assert "AE.onset_on.death" in found("AE", {"onset_on": "2025-09"}, DT)


def test_of_the_dead_a_contact_may_be_written_down_later():
    assert "SS.contacted_on.death" not in found("SS", {"contacted_on": "2025-09-30", "status": "dead"}, DT)


@pytest.mark.parametrize(
    ("crf", "item", "more"),
    [
        ("AE", "onset_on", {}),
        ("SAE", "onset_on", {}),
        ("VR", "visited_on", {}),
        ("RP", "suspected_on", {}),
        ("OP", "operated_on", {"performed": "Y"}),
    ],
)
@pytest.mark.parametrize(("on", "is_found"), [("2025-03-01", False), ("2025-02-28", True)])
def test_nothing_of_the_trial_happens_before_consent(crf, item, more, on, is_found):
    assert (f"{crf}.{item}.consent" in found(crf, {item: on, **more}, ICF)) is is_found


@pytest.mark.parametrize(("on", "is_found"), [("2024-06-10", False), ("2024-06-09", True), ("2024-06", False)])
def test_no_treatment_begins_before_the_diagnosis(on, is_found):
    diagnosis = form("HCC", diagnosed_on="2024-06-10")

    assert ("PT.started_on.diagnosis" in found("PT", {"started_on": on}, diagnosis)) is is_found


# --- the pause before randomization and before the operation ------------------------------------------------------


@pytest.mark.parametrize(("crf", "item", "more"), [("IJ", "judged_on", {}), ("OP", "operated_on", {"performed": "Y"})])
class TestThePauseOfADrug:
    @pytest.mark.parametrize(
        ("agent", "rule", "last", "is_found"),
        [
            ("bevacizumab", "bevacizumab", "2025-03-20", True),  # 41 days
            ("bevacizumab", "bevacizumab", "2025-03-19", False),  # 42 days
            ("lenvatinib", "inhibitor", "2025-04-24", True),  # 6 days
            ("lenvatinib", "inhibitor", "2025-04-23", False),  # 7 days
            ("lenvatinib", "bevacizumab", "2025-04-24", False),
            ("lenvatinib", "inhibitor", "2025-05-02", False),  # given afterwards
            ("lenvatinib", "inhibitor", "2025-UNK", False),
            ("lenvatinib", "inhibitor", "2025-04", True),  # to the end of April, as far as anybody knows
        ],
    )
    def test_is_long_enough_or_asked_about(self, crf, item, more, agent, rule, last, is_found):
        before = form("PT", kind="targeted", targeted_agent=agent, ongoing="N", ended_on=last)

        assert (f"{crf}.{item}.{rule}" in found(crf, {item: "2025-04-30", **more}, before)) is is_found

    def test_has_not_begun_while_it_is_still_given(self, crf, item, more):
        given = form("PT", kind="targeted", targeted_agent="sorafenib", ongoing="Y")

        assert f"{crf}.{item}.inhibitor" in found(crf, {item: "2025-04-30", **more}, given)
        assert f"{crf}.{item}.inhibitor" not in found(crf, more, given)


# --- from visit to visit ------------------------------------------------------------------------------------------


class TestWeightAndHeight:
    BEFORE = FormRecord(
        id="v1",
        crf="VS",
        answers={
            "assessed_on": Answer(value="2025-05-01"),
            "weight": Answer(value="60", unit="kg"),
            "height": Answer(value="170", unit="cm"),
        },
    )
    LONG_BEFORE = FormRecord(
        id="v0",
        crf="VS",
        answers={"assessed_on": Answer(value="2025-01-01"), "weight": Answer(value="90", unit="kg")},
    )

    @pytest.mark.parametrize(
        ("weight", "is_found"), [("54", False), ("53.9", True), ("66", False), ("66.1", True), ("60", False)]
    )
    def test_differ_by_ten_percent_of_the_visit_before_at_most(self, weight, is_found):
        said = {"assessed_on": "2025-07-01", "weight": weight}

        assert ("VS.weight.jump" in found("VS", said, self.LONG_BEFORE, self.BEFORE)) is is_found

    def test_says_both_weights(self):
        assert found("VS", {"assessed_on": "2025-07-01", "weight": "75"}, self.BEFORE)["VS.weight.jump"] == (
            "Weight 75 kg differs by more than 10 % from 60 kg before. Check both values."
        )

    @pytest.mark.parametrize(("height", "is_found"), [("175", False), ("176", True)])
    def test_of_a_grown_up_stays(self, height, is_found):
        said = {"assessed_on": "2025-07-01", "height": height}

        assert ("VS.height.jump" in found("VS", said, self.BEFORE)) is is_found

    @pytest.mark.parametrize("on", ["2025-05-01", "2025-04-01", ""])
    def test_are_held_against_an_earlier_day_only(self, on):
        assert "VS.weight.jump" not in found("VS", {"assessed_on": on, "weight": "90"}, self.BEFORE)


# --- entered twice ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "is_found"),
    [
        ({"ctcae_term": "Fatigue", "onset_on": "2025-05-01"}, True),
        ({"ctcae_term": "Fatigue", "onset_on": "2025-05-02"}, False),
        ({"ctcae_term": "Nausea", "onset_on": "2025-05-01"}, False),
        ({"onset_on": "2025-05-01"}, False),
    ],
)
def test_an_event_entered_twice_is_asked_about(said, is_found):
    assert (
        "AE.ctcae_term.twin" in found("AE", said, form("AE", ctcae_term="Fatigue", onset_on="2025-05-01"))
    ) is is_found


@pytest.mark.parametrize(
    ("crf", "said"),
    [
        ("CM", {"name": "Entecavir", "started_on": "2024-01"}),
        ("NT", {"kind": "ablation", "agent": "RFA", "started_on": "2025-05-01"}),
        ("PT", {"kind": "tace", "agent": "Epirubicin", "started_on": "2024-05-01"}),
    ],
)
def test_a_treatment_entered_twice_is_asked_about_whatever_its_capitals(crf, said):
    other = {name: value.upper() if name in ("name", "agent") else value for name, value in said.items()}

    assert f"{crf}.started_on.twin" in found(crf, said, form(crf, **other))
    assert f"{crf}.started_on.twin" not in found(crf, said, form(crf, **(other | {"started_on": "2023"})))


# --- within an event ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "id_"),
    [
        ({"ongoing": "Y", "outcome": "recovered"}, "AE.outcome.ongoing"),
        ({"ongoing": "Y", "outcome": "recovering"}, ""),
        ({"ongoing": "N", "outcome": "recovering"}, "AE.outcome.ended"),
        ({"ongoing": "N", "outcome": "sequelae"}, ""),
        ({"action": "hospital", "serious": "N"}, "AE.serious.hospital"),
        ({"action": "treatment", "serious": "N"}, ""),
        ({"ctcae_term": "Nausea", "grade": "4"}, "AE.grade.term"),
        ({"ctcae_term": "Nausea", "grade": "3"}, ""),
        ({"ctcae_term": "Febrile neutropenia", "grade": "2"}, "AE.grade.term"),
        ({"grade": "4"}, ""),
    ],
)
def test_the_answers_of_an_event_fit_each_other(said, id_):
    assert set(found("AE", said)) == ({id_} if id_ else set())


def test_a_grade_that_a_term_has_not_is_said_with_those_it_has():
    assert found("SAE", {"ctcae_term": "Nausea", "grade": "4"})["SAE.grade.term"] == (
        "CTCAE has no grade 4 for Nausea, only 1, 2, 3. Choose the grade or the term anew."
    )


@pytest.mark.parametrize(
    ("severity", "reported", "is_found"), [("important", "N", True), ("important", "Y", False), ("minor", "N", False)]
)
def test_an_important_deviation_is_reported(severity, reported, is_found):
    assert ("DV.reported.important" in found("DV", {"severity": severity, "reported": reported})) is is_found


def test_an_antitumour_drug_is_no_concomitant_medication():
    assert set(found("CM", {"antitumour": "Y"})) == {"CM.antitumour.elsewhere"}
    assert found("CM", {"antitumour": "N"}) == {}

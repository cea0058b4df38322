"""Chapter 5: endpoints of one subject. Randomized on 15 January 2025; assessments planned in March, May, July,
September and November, ± 7 days. Scans are complete responses unless said otherwise."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from protocol.dates import PossibleDays, exactly, possible_days
from protocol.endpoint_course import Course, Outcome, Seen
from protocol.endpoints import TO_PROGRESSION, TREATMENT_POLICY, WITHOUT_INTRAOPERATIVE, os, pfs, ttf
from protocol.mrecist import Category
from protocol.pathological import PathologicalResponse, Specimen, Surgery, pcr
from protocol.schedule import Window

START = date(2025, 1, 15)
CUT = date(2026, 1, 31)


def on(day: str) -> date:
    """Return a day of 2025 said as month and day, or a whole date."""
    return date.fromisoformat(day if len(day) == 10 else f"2025-{day}")


def window(day: str, days: int = 7) -> Window:
    around = timedelta(days=days)
    return Window(on(day), on(day) - around, on(day) + around)


PLANNED = tuple(window(day) for day in ("03-15", "05-15", "07-15", "09-15", "11-15"))


def scans(*said: str) -> tuple[Seen, ...]:
    """Return scans from "05-15" (complete response) or "05-15 PD"."""
    return tuple(
        Seen(on=on(day), overall=Category(name or "CR")) for day, _, name in (each.partition(" ") for each in said)
    )


def course(*said: str, cut: date = CUT, **happened: object) -> Course:
    days = {
        name: exactly(on(value)) if name in ("died", "new_therapy") else on(value)
        for name, value in happened.items()
        if isinstance(value, str)
    }
    return Course(randomized_on=START, cut_on=cut, scans=scans(*said), planned=PLANNED, **{**happened, **days})


def beside(outcome: Outcome, name: str) -> Outcome:
    return dict(outcome.alternatives)[name]


def said(outcome: Outcome) -> tuple[int, str, int]:
    return outcome.cnsr, outcome.on.isoformat(), outcome.days


# --- the vectors of progression-free survival ---------------------------------------------------------------------

VECTORS = {
    "P01 free of progression": (course("03-14", "05-15", "07-14"), (1, "2025-07-14", 181)),
    "P02 a new lesion": (course("03-14", "05-13 PD"), (0, "2025-05-13", 119)),
    "P03 death between assessments": (course("03-14", "05-15", died="06-10"), (0, "2025-06-10", 147)),
    "P04 never assessed, alive": (course(), (1, "2025-01-15", 1)),
    "P08 two assessments missed": (course("03-14", "05-15", "11-15 PD"), (1, "2025-05-15", 121)),
    "P09 radiotherapy first": (course("03-14", "05-15", "07-15 PD", new_therapy="06-20"), (1, "2025-05-15", 121)),
    "P11 worse without a scan": (course("03-14", "05-15"), (1, "2025-05-15", 121)),
    "P12 consent withdrawn": (course("03-15", consent_ended_on="04-01"), (1, "2025-03-15", 60)),
    "P14 disease found at operation": (course(intraoperative_on="02-10"), (0, "2025-02-10", 27)),
}


@pytest.mark.parametrize("name", VECTORS)
def test_vector_of_progression_free_survival(name):
    given_course, expected = VECTORS[name]

    assert said(pfs(given_course)) == expected


def test_p01_p02_months_are_of_30_4375_days():
    assert round(pfs(VECTORS["P01 free of progression"][0]).months, 2) == 5.95
    assert round(pfs(VECTORS["P02 a new lesion"][0]).months, 2) == 3.91


def test_p08_under_treatment_policy_the_progression_counts():
    outcome = pfs(VECTORS["P08 two assessments missed"][0])

    assert said(beside(outcome, TREATMENT_POLICY)) == (0, "2025-11-15", 305)


def test_p09_under_treatment_policy_the_progression_counts():
    outcome = pfs(VECTORS["P09 radiotherapy first"][0])

    assert said(beside(outcome, TREATMENT_POLICY)) == (0, "2025-07-15", 182)


def test_p14_without_what_is_found_at_operation_the_subject_is_free():
    outcome = pfs(VECTORS["P14 disease found at operation"][0])

    assert outcome.reveals_arm
    assert said(beside(outcome, WITHOUT_INTRAOPERATIVE)) == (1, "2025-01-15", 1)


def test_p15_viable_tumour_in_the_specimen_is_no_event():
    specimen = Specimen(
        operated_on=on("02-10"), viable_tumour="present", margin="R0", sampling_adequate="Y", beds_resected="Y"
    )
    response = pcr(Surgery(arm="RESECT", operated_on=on("02-10"), specimens=(specimen,)))

    assert response.standing == "viable tumour left"
    assert not pfs(course("03-14")).event


# --- the rule that decided, in words ------------------------------------------------------------------------------

RULES = {
    "P01 free of progression": "No event: censored at the last adequate tumour assessment, 2025-07-14.",
    "P02 a new lesion": "Progression by mRECIST: the event is the scan of 2025-05-13 that first showed it.",
    "P03 death between assessments": "Death on 2025-06-10 is the event.",
    "P04 never assessed, alive": "No adequate tumour assessment after randomization: censored at randomization, day 1.",
    "P08 two assessments missed": "The event of 2025-11-15 came after two or more missed assessments in a row: "
    "censored at the last adequate tumour assessment before the gap, 2025-05-15.",
    "P09 radiotherapy first": "New anticancer therapy began on 2025-06-20 before any progression: "
    "censored at the last adequate tumour assessment until then, 2025-05-15.",
    "P12 consent withdrawn": "Consent was withdrawn on 2025-04-01: "
    "censored at the last adequate tumour assessment until then, 2025-03-15.",
    "P14 disease found at operation": "Progression found at the operation of 2025-02-10: the event is that day.",
}


@pytest.mark.parametrize("name", RULES)
def test_the_rule_is_said(name):
    assert pfs(VECTORS[name][0]).rule.english() == RULES[name]


# --- two missed assessments ---------------------------------------------------------------------------------------


def test_an_event_on_the_last_day_of_the_second_window_counts():
    assert said(pfs(course("05-15", "09-22 PD"))) == (0, "2025-09-22", 251)


def test_an_event_the_day_after_the_second_window_comes_after_a_gap():
    assert said(pfs(course("05-15", "09-23 PD"))) == (1, "2025-05-15", 121)


def test_an_unscheduled_scan_ends_a_run_of_missed_ones():
    assert pfs(course("05-15", "08-20", "11-15 PD")).event


def test_a_scan_that_is_not_evaluable_ends_no_run():
    assert said(pfs(course("05-15", "08-20 NE", "11-15 PD"))) == (1, "2025-05-15", 121)


def test_an_inadequate_scan_ends_no_run():
    inadequate = Seen(on=on("08-20"), overall=Category.CR, adequate=False)
    found = course("05-15", "11-15 PD")

    assert said(pfs(replace(found, scans=(*found.scans, inadequate)))) == (1, "2025-05-15", 121)


def test_a_scan_a_day_early_still_serves_its_visit():
    assert pfs(course("05-07", "08-01 PD")).event


def test_death_after_two_missed_assessments_is_censored_too():
    assert said(pfs(course("05-15", died="10-01"))) == (1, "2025-05-15", 121)


def test_death_before_the_second_assessment_counts_though_none_was_done():
    assert pfs(course(died="05-22")).event
    assert said(pfs(course(died="05-23"))) == (1, "2025-01-15", 1)


# --- several reasons, and what is new therapy ---------------------------------------------------------------------


def test_of_several_reasons_the_earliest_decides():
    outcome = pfs(course("03-14", "05-15", "07-14", new_therapy="06-20", consent_ended_on="04-01"))

    assert said(outcome) == (1, "2025-03-14", 59)
    assert "Consent was withdrawn on 2025-04-01" in outcome.rule.english()


def test_therapy_on_the_day_of_progression_does_not_censor():
    assert pfs(course("05-15 PD", new_therapy="05-15")).event


def test_therapy_the_day_before_progression_censors():
    assert not pfs(course("03-14", "05-15 PD", new_therapy="05-14")).event


def test_a_complete_response_after_new_therapy_is_not_waited_for():
    assert said(pfs(course("03-14", "05-15", "07-15", new_therapy="06-20"))) == (1, "2025-05-15", 121)


def test_lost_names_the_reason_and_not_the_day():
    outcome = pfs(course("03-14", "05-15", lost_on="09-01"))

    assert said(outcome) == (1, "2025-05-15", 121)
    assert outcome.rule.english() == (
        "Lost to follow-up since 2025-09-01: censored at the last adequate tumour assessment, 2025-05-15."
    )


def test_progression_is_dated_by_the_scan_that_first_showed_it():
    confirmed = Seen(on=on("05-13"), overall=Category.PD, progressed_on=on("04-10"))

    assert said(pfs(replace(course(), scans=(*scans("03-14"), confirmed)))) == (0, "2025-04-10", 86)


def test_death_is_no_event_of_time_to_progression():
    outcome = pfs(course("03-14", "05-15", died="06-10"))

    assert said(beside(outcome, TO_PROGRESSION)) == (1, "2025-05-15", 121)


def test_treatment_fails_where_recurrence_is_treated():
    assert said(ttf(course("03-14", relapse_treated_on="04-20"))) == (0, "2025-04-20", 96)
    assert not pfs(course("03-14", relapse_treated_on="04-20")).event


# --- the data cut -------------------------------------------------------------------------------------------------


def test_nothing_after_the_cut_is_used():
    later = course("03-14", "05-15", "07-15 PD", cut=on("07-14"), died="08-01", last_alive_on="07-30")

    assert said(pfs(later)) == (1, "2025-05-15", 121)
    assert said(os(later)) == (1, "2025-07-14", 181)


def test_what_happened_on_the_day_of_the_cut_is_used():
    assert pfs(course("07-15 PD", "05-15", cut=on("07-15"))).event


def test_a_cut_before_randomization_knows_nothing():
    outcome = os(course(cut=on("01-14")))

    assert not outcome.is_known
    assert outcome.rule.english() == "The subject was randomized on 2025-01-15, after the data cut."


# --- overall survival ---------------------------------------------------------------------------------------------


def test_death_is_the_event():
    assert said(os(course(died="06-10", last_alive_on="05-20"))) == (0, "2025-06-10", 147)


def test_the_living_are_censored_on_the_last_day_known_alive():
    assert said(os(course("05-15", last_alive_on="06-30"))) == (1, "2025-06-30", 167)


def test_nothing_known_after_randomization_is_day_one():
    assert said(os(course())) == (1, "2025-01-15", 1)


def test_death_after_consent_ended_counts_where_public_records_may_be_read():
    ended = course(consent_ended_on="04-01", died="06-10", last_alive_on="05-01")

    assert said(os(ended)) == (1, "2025-04-01", 77)
    assert said(os(replace(ended, public_records=True))) == (0, "2025-06-10", 147)


def test_death_in_june_waits_for_its_day():
    outcome = os(course(died=possible_days("2025-06")))

    assert not outcome.is_known
    assert outcome.rule.english() == (
        "The day of death is not known, only part of it. Enter the day; nothing is imputed."
    )
    assert (outcome.event, outcome.days, outcome.months) == (False, None, None)


def test_a_partial_death_after_progression_changes_nothing():
    assert said(pfs(course("05-15 PD", died=possible_days("2025-06")))) == (0, "2025-05-15", 121)


def test_a_partial_start_of_therapy_matters_only_where_a_scan_lies_in_between():
    outcome = pfs(course("05-15", new_therapy=possible_days("2025-06")))

    assert said(outcome) == (1, "2025-05-15", 121)
    assert "whichever of the possible days" in outcome.rule.english()
    assert not pfs(course("05-15", "06-15", new_therapy=possible_days("2025-06"))).is_known


def test_a_death_before_randomization_is_to_be_corrected():
    assert os(course(died="01-14")).rule.english() == (
        "The event of 2025-01-14 lies before randomization on 2025-01-15. Correct one of the two."
    )


# --- pathological complete response -------------------------------------------------------------------------------

OPERATED = on("02-10")
GOOD = Specimen(operated_on=OPERATED, viable_tumour="none", margin="R0", sampling_adequate="Y", beds_resected="Y")


def of(*specimens: Specimen, arm: str = "RESECT") -> PathologicalResponse:
    return pcr(Surgery(arm=arm, operated_on=OPERATED, specimens=specimens))


def test_no_viable_tumour_in_a_whole_specimen_is_a_response():
    assert (of(GOOD).is_response, of(GOOD).in_evaluable, of(GOOD).in_allocated) == (True, True, True)


@pytest.mark.parametrize(("item", "value"), [("margin", "R1"), ("sampling_adequate", "N"), ("beds_resected", "N")])
def test_a_specimen_that_lacks_something_is_not_evaluable_and_no_response(item, value):
    found = of(replace(GOOD, **{item: value}))

    assert (found.standing, found.is_response, found.in_evaluable, found.in_allocated) == (
        "not evaluable",
        False,
        False,
        True,
    )


def test_who_was_not_resected_stands_in_the_denominator_of_all_allocated():
    found = pcr(Surgery(arm="RESECT", not_operated_on=on("02-01")))

    assert (found.standing, found.in_evaluable, found.in_allocated) == ("not resected", False, True)


def test_a_report_is_waited_for():
    assert of().standing == of(replace(GOOD, margin="")).standing == "pending"
    assert pcr(Surgery(arm="RESECT")).rule.english() == "Not operated yet."


def test_a_report_of_another_day_belongs_to_another_specimen():
    assert of(replace(GOOD, operated_on=on("03-10"))).standing == "pending"


def test_viable_tumour_in_one_of_two_specimens_is_no_response():
    assert of(GOOD, replace(GOOD, viable_tumour="present")).standing == "viable tumour left"


def test_watch_and_wait_is_not_asked():
    assert not of(GOOD, arm="WW").in_allocated


# --- any course ---------------------------------------------------------------------------------------------------

DAYS = st.dates(date(2024, 6, 1), date(2027, 6, 1))
PARTIAL = st.one_of(
    st.none(),
    DAYS.map(exactly),
    DAYS.map(lambda day: possible_days(f"{day:%Y-%m}")),
    DAYS.map(lambda day: possible_days(f"{day:%Y}-UNK")),
    st.just(PossibleDays(None, None, unobtainable=True)),
)
MAYBE = st.one_of(st.none(), DAYS)
COURSES = st.builds(
    Course,
    randomized_on=DAYS,
    cut_on=DAYS,
    scans=st.lists(
        st.builds(
            Seen,
            on=DAYS,
            overall=st.one_of(st.none(), st.sampled_from(Category)),
            adequate=st.booleans(),
            progressed_on=MAYBE,
        ),
        max_size=6,
    ).map(tuple),
    planned=st.just(PLANNED),
    intraoperative_on=MAYBE,
    died=PARTIAL,
    new_therapy=PARTIAL,
    relapse_treated_on=MAYBE,
    visits_ended_on=MAYBE,
    consent_ended_on=MAYBE,
    public_records=st.booleans(),
    lost_on=MAYBE,
    last_alive_on=MAYBE,
)


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw builds the strategy
@given(COURSES)
def test_any_course_has_an_outcome_within_its_bounds_or_says_why_not(any_course):
    primary = pfs(any_course)
    for outcome in (primary, ttf(any_course), os(any_course), *(each for _, each in primary.alternatives)):
        assert outcome.rule.english()
        assert outcome.is_known == (outcome.cnsr is not None)
        if outcome.on is not None:
            assert any_course.randomized_on <= outcome.on <= any_course.cut_on
            assert outcome.days >= 1


@settings(suppress_health_check=[HealthCheck.too_slow])  # the first draw builds the strategy
@given(COURSES)
def test_treatment_policy_never_ends_earlier_than_the_primary_reading(any_course):
    primary = pfs(any_course)
    policy = beside(primary, TREATMENT_POLICY)
    if primary.on is not None and policy.on is not None:
        assert policy.on >= primary.on

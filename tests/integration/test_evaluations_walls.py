"""Rounds of evaluations hold without the door: what SQL tries under the role of the application is refused."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from accounts.models import Signature, User
from audit.door import as_actor
from casebook import actions
from casebook.models import Form, Subject, Visit
from casebook.rules.evaluating import is_evaluation
from protocol.crfs.evaluation import SURGEONS_NEEDED
from protocol.trial import TRIAL
from tests.casebook_ground import EVALUATION, a_coordinator, a_subject, a_surgeon, again, complete, save

pytestmark = pytest.mark.django_db

ONCE = "A surgeon evaluates a question once in a round"
CLOSED = "Round 1 of this question is closed: two surgeons signed in it"
EARLY = "Round 2 of this question begins when two surgeons have signed in round 1"
STAYS = "What two surgeons signed in the same round stays as it was signed"


@pytest.fixture
def subject() -> Subject:
    return a_subject(a_coordinator())


@pytest.fixture
def surgeons(subject) -> tuple[User, User, User]:
    return tuple(a_surgeon(subject.site) for _each in range(3))


def begun(subject: Subject, by: User, **said: str) -> Form:
    """Return an evaluation that was begun and not completed."""
    with as_actor(by):
        visit = Visit.objects.get(subject=subject, code="SCR")
    form = actions.add_form(subject, by=by, at=timezone.now(), visit=visit, crf="SU")
    save(form, {**EVALUATION, **said}, by=by)
    return form


def evaluated(subject: Subject, by: User, *, signed: bool = True, **said: str) -> Form:
    form = begun(subject, by, **said)
    complete(form, {}, by=by)
    if signed:
        actions.sign_form(form, by=by, at=timezone.now())
    return form


def refused(by: User, sql: str, *parameters: object) -> str:
    """Return the sentence with which the database refuses this to the person, by the role of the application."""
    with pytest.raises(DatabaseError) as caught, transaction.atomic(), as_actor(by), connection.cursor() as cursor:
        cursor.execute(sql, parameters)
    return str(caught.value)


COMPLETE = "UPDATE casebook_form SET state = 'complete', completed_at = now(), completed_by_id = %s WHERE id = %s"
SIGN = """
INSERT INTO accounts_signature (id, signer_id, printed_name, meaning, signed_at, about_kind, about_id, content_hash,
                                site_id, subject_id, form_version)
SELECT %s, %s, 'A', 'I sign', now(), 'form', id, repeat('0', 64), site_id, subject_id, version
  FROM casebook_form WHERE id = %s
"""


def completed_by_sql(form: Form, by: User) -> str:
    return refused(by, COMPLETE, by.pk, form.pk)


def test_the_wall_knows_the_one_crf_that_is_evaluated_and_by_how_many():
    assert [crf.code for crf in TRIAL.crfs if is_evaluation(crf.code)] == ["SU"]
    assert (TRIAL.crf("SU").blind_until_complete, SURGEONS_NEEDED) == (2, 2)


def test_a_second_evaluation_of_the_same_surgeon_in_a_round_is_not_completed(subject, surgeons):
    evaluated(subject, surgeons[0], signed=False)

    assert ONCE in completed_by_sql(begun(subject, surgeons[0], finding="unresectable"), surgeons[0])


def test_nor_turned_into_one_by_another_round_another_author_or_another_source(subject, surgeons):
    first, second, _third = surgeons
    for by in (first, second):
        evaluated(subject, by)
    evaluated(subject, first, round="2")
    other = evaluated(subject, first, question="present")
    for change in ("'{round,value}', '\"2\"'", "'{round,value}', '\"2.0\"'"):
        same = f"UPDATE casebook_form SET answers = jsonb_set(jsonb_set(answers, {change}), '{{question,value}}', '\"initial\"')"
        assert ONCE in refused(first, f"{same} WHERE id = %s", other.pk)
    mine = begun(subject, second, round="2")
    assert ONCE in refused(
        first, "UPDATE casebook_form SET state = 'complete', entered_by_id = %s WHERE id = %s", first.pk, mine.pk
    )


def test_in_a_round_that_is_open_nothing_is_completed_and_nothing_signed(subject, surgeons):
    first, second, third = surgeons
    waiting = evaluated(subject, third, signed=False)
    late = begun(subject, third, question="present")
    for by in (first, second):
        evaluated(subject, by)

    assert CLOSED in refused(third, SIGN, str(uuid4()), third.pk, waiting.pk)
    asked = "answers = jsonb_set(answers, '{question,value}', '\"initial\"')"
    other = a_surgeon(subject.site)
    assert CLOSED in refused(
        other,
        f"UPDATE casebook_form SET state = 'complete', entered_by_id = %s, {asked} WHERE id = %s",
        other.pk,
        late.pk,
    )


def test_a_signature_of_a_version_that_comes_does_not_open_a_way_around(subject, surgeons):
    first, second, third = surgeons
    waiting = evaluated(subject, third, signed=False)
    ahead = SIGN.replace("subject_id, version", "subject_id, version + 1")
    with (
        pytest.raises(DatabaseError, match=CLOSED),
        transaction.atomic(),
        as_actor(third),
        connection.cursor() as cursor,
    ):
        cursor.execute(ahead, [str(uuid4()), third.pk, waiting.pk])
        for by in (first, second):
            cursor.execute(SIGN, [str(uuid4()), by.pk, evaluated_inside(subject, by)])
        cursor.execute("UPDATE casebook_form SET version = version + 1 WHERE id = %s", [waiting.pk])


def evaluated_inside(subject: Subject, by: User) -> str:
    """Write a complete evaluation by SQL alone, which the wall lets through: nobody signed in the round yet."""
    key = str(uuid4())
    with connection.cursor() as cursor:
        cursor.execute(
            """INSERT INTO casebook_form (id, subject_id, site_id, visit_id, crf, repeat, protocol_version, state, answers,
                  version, entered_by_id, entered_at, completed_by_id, completed_at, not_done_reason, last_row)
               SELECT %s, subject_id, site_id, visit_id, crf, repeat + 7 + (random() * 1000)::integer, protocol_version,
                      'complete', answers, 1, %s, now(), %s, now(), '', last_row
                 FROM casebook_form WHERE subject_id = %s AND crf = 'SU' AND state = 'complete' LIMIT 1""",
            [key, by.pk, by.pk, subject.pk],
        )
    return key


def test_what_two_signed_stays_to_the_last_item_and_the_last_version(subject, surgeons):
    forms = [evaluated(subject, by) for by in surgeons[:2]]

    for change in (
        "answers = jsonb_set(answers, '{finding,value}', '\"unresectable\"'), version = version + 1",
        "version = version + 1",
        "state = 'in progress'",
        "entered_by_id = NULL, entered_at = NULL",
        "crf = 'VS'",
    ):
        assert STAYS in refused(surgeons[0], f"UPDATE casebook_form SET {change} WHERE id = %s", forms[0].pk), change


def test_a_round_does_not_begin_before_the_one_before_it_is_open(subject, surgeons):
    evaluated(subject, surgeons[0])

    assert EARLY in completed_by_sql(begun(subject, surgeons[1], round="2"), surgeons[1])


def test_what_the_door_allows_the_wall_allows(subject, surgeons):
    first, second, _third = surgeons
    form = again(evaluated(subject, first), by=first)
    complete(form, {"finding": "unresectable"}, by=first, reasons={"finding": "A slip of the pen"})
    actions.sign_form(again(form, by=first), by=first, at=timezone.now())
    evaluated(subject, second)
    anew = evaluated(subject, first, round="2")

    with as_actor(first):
        assert Signature.objects.filter(about_id=anew.pk).count() == 1

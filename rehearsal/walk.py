"""Walks a synthetic subject through the real actions, role by role. Clock and chance are passed in, as `at` and `seed`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from accounts.models import User
from audit.door import as_actor
from casebook import actions
from casebook.actions.marks import sign_form
from casebook.models import ConsentForm, Form, Subject
from casebook.selectors.records import visit_name
from casebook.selectors.standing import day_at
from casebook.states import FormState
from protocol.language import Number
from protocol.reading import read
from protocol.record import Answer
from protocol.roles import Role
from protocol.trial import TRIAL
from rehearsal import answers
from rehearsal.answers import Typed
from rehearsal.cast import Cast

SCREENING = "SCR"


@dataclass(frozen=True)
class Course:
    """How one subject's screening goes; the days are those before the day it is judged for."""

    seed: str
    site: str = "01"
    sex: str = "male"
    scans_days_ago: tuple[int, ...] = (45, 12)  # complete responses
    markers_days_ago: tuple[int, ...] = (45, 11)  # both normal
    platelets: str = ""
    ecog: str = "0"
    evaluated: bool = True
    judged: bool = True
    invasion: str = "Y"  # macrovascular invasion at diagnosis
    arterial: str = "haic"


@dataclass(frozen=True)
class Walk:
    """One subject on the way: who acts, when, and how its screening is to go."""

    cast: Cast
    subject: Subject
    course: Course
    at: datetime
    book: list[Form] = field(default_factory=list)  # the forms of the subject as this walk knows them

    @property
    def on(self) -> date:
        """The day at the site."""
        return day_at(self.cast.sites[self.course.site], self.at)

    def one(self, role: Role, *, mark: str | None = None) -> User:
        """Return the person of a role at the subject's site."""
        return self.cast.one(role, self.course.site, mark=mark)

    def before(self, days: int) -> datetime:
        """Return the moment so many days earlier: what is entered then is dated then."""
        return self.at - timedelta(days=days)


def a_listed_subject(cast: Cast, course: Course, *, at: datetime) -> Walk:
    """Put a subject on the screening log."""
    coordinator = cast.one(Role.COORDINATOR, course.site)
    key = _key(course.seed, "subject")
    site = cast.sites[course.site]
    with cast.turn.to_be_listed():
        subject = actions.add_subject(site, by=coordinator, at=at - timedelta(days=12), key=key, synthetic=True)
    walk = Walk(cast, subject, course, at)
    read_book(walk)
    return walk


def read_book(walk: Walk) -> None:
    """Read what actions expected of the subject since: the forms that the book does not hold yet."""
    known = [form.pk for form in walk.book]
    with as_actor(walk.one(Role.COORDINATOR)):
        fresh = Form.objects.filter(subject=walk.subject).exclude(pk__in=known).select_related("visit")
        walk.book.extend(fresh.order_by("crf", "repeat", "id"))


def a_consented_subject(cast: Cast, course: Course, *, at: datetime) -> Walk:
    """... who then gives consent."""
    walk = a_listed_subject(cast, course, at=at)
    consent(walk, days_ago=10)
    enter(walk, "DM", answers.demography(course.seed, walk.on, sex=course.sex), at=walk.before(10))
    return walk


def consent(walk: Walk, *, days_ago: int) -> None:
    """Enter the consent in the version in force on its day, and again where another took effect since."""
    signed_on = walk.on - timedelta(days=days_ago)
    with as_actor(walk.one(Role.COORDINATOR)):
        held = ConsentForm.objects.filter(site=walk.subject.site_id, effective_on__lte=walk.on)
        versions = dict(held.order_by("effective_on").values_list("effective_on", "version"))
    first = max((since for since in versions if since <= signed_on), default=min(versions))
    for number, since in enumerate((since for since in versions if since >= first), 1):
        ago = min(days_ago, (walk.on - since).days)
        enter(
            walk,
            "ICF",
            answers.consent(walk.on, days_ago=ago, version=versions[since]),
            at=walk.before(ago),
            number=number,
        )


def a_subject_with_history(cast: Cast, course: Course, *, at: datetime) -> Walk:
    """... of whom diagnosis, treatment and history are known."""
    walk = a_consented_subject(cast, course, at=at)
    enter_history(walk)
    return walk


def enter_history(walk: Walk) -> None:
    """Enter diagnosis, prior treatment and medical history."""
    course = walk.course
    enter(walk, "HCC", answers.diagnosis(course.seed, walk.on, invasion=course.invasion), at=walk.before(9))
    for number, treatment in enumerate(answers.treatments(walk.on, arterial=course.arterial), 1):
        enter(walk, "PT", treatment, at=walk.before(9), number=number)
    enter(walk, "MH", answers.history(walk.on), at=walk.before(5))


def a_screened_subject(cast: Cast, course: Course, *, at: datetime) -> Walk:
    """... whose whole screening casebook is entered."""
    walk = a_subject_with_history(cast, course, at=at)
    enter_imaging(walk)
    enter_markers(walk)
    enter_examinations(walk)
    if course.evaluated:
        evaluate(walk)
    if course.judged:
        judge(walk)
    return walk


def enter_imaging(walk: Walk) -> None:
    """Enter the scan before treatment, one on the way, and those of the complete response; an investigator signs them."""
    seed, on, investigator = walk.course.seed, walk.on, walk.one(Role.PRINCIPAL_INVESTIGATOR)
    course = [(255, "baseline", ("52", "31")), (120, "follow-up", ("24", "12"))]
    course += [(days, "follow-up", ("0", "0")) for days in walk.course.scans_days_ago]
    for number, (days, timepoint, viable) in enumerate(course, 1):
        scan = answers.scan(seed, on, days_ago=days, timepoint=timepoint, viable=viable)
        form = enter(walk, "TA", scan, at=walk.before(8), number=number)
        sign(form, by=investigator, at=walk.before(8))


def enter_markers(walk: Walk) -> None:
    """Enter the high markers before treatment and the normal ones since."""
    seed, on = walk.course.seed, walk.on
    high = {
        "afp": answers.vary(seed, "afp high", "640", "2900"),
        "pivka": answers.vary(seed, "pivka high", "1180", "4200"),
    }
    drawn = [answers.markers(on, days_ago=250, **high)]
    for days in walk.course.markers_days_ago:
        normal = {
            "afp": answers.vary(seed, f"afp {days}", "2.1", "8.9"),
            "pivka": answers.vary(seed, f"pivka {days}", "15", "34"),
        }
        drawn.append(answers.markers(on, days_ago=days, **normal))
    for number, markers in enumerate(drawn, 1):
        enter(walk, "MK", markers, at=walk.before(8), number=number)


def enter_examinations(walk: Walk) -> None:
    """Enter blood, ECG, performance status, Child-Pugh items and, of a woman, the question of pregnancy."""
    seed, on, course = walk.course.seed, walk.on, walk.course
    enter(walk, "HE", answers.haematology(seed, on, platelets=course.platelets), at=walk.before(5))
    enter(walk, "CH", answers.chemistry(seed, on), at=walk.before(5))
    enter(walk, "CO", answers.coagulation(seed, on), at=walk.before(5))
    enter(walk, "EG", answers.ecg(seed, on), at=walk.before(5))
    enter(walk, "CP", answers.child_pugh(on), at=walk.before(5))
    enter(walk, "VS", answers.vitals(seed, on, ecog=course.ecog), at=walk.before(3))
    if course.sex == "female":
        enter(walk, "PG", answers.pregnancy(on), at=walk.before(3))


def evaluate(walk: Walk, *, marks: Iterable[str] = ("", "B")) -> None:
    """Let each surgeon alone answer both questions, and sign."""
    for mark in marks:
        surgeon = walk.one(Role.SURGEON, mark=mark)
        for question, finding in (("initial", "unresectable"), ("present", "resectable")):
            typed = answers.evaluation(walk.on, days_ago=4, question=question, finding=finding)
            form = enter(walk, "SU", typed, by=surgeon, at=walk.before(4), number=0)
            sign(form, by=surgeon, at=walk.before(4))


def judge(walk: Walk) -> None:
    """Let an investigator enter and sign the judgements that only an investigator can make."""
    investigator = walk.one(Role.PRINCIPAL_INVESTIGATOR)
    form = enter(walk, "IJ", answers.judgement(walk.on), by=investigator, at=walk.before(3))
    sign(form, by=investigator, at=walk.before(3))


def enter(
    walk: Walk,
    crf: str,
    typed: Typed,
    *,
    at: datetime,
    by: User | None = None,
    number: int = 1,
    visit: str = SCREENING,
    complete: bool = True,
) -> Form:
    """Enter a form as a person does, into the expected one, else into one more; `number` 0 is the next free one."""
    who = by or walk.one(Role.COORDINATOR)
    form = _form(walk, crf, by=who, at=at, number=number, visit=visit)
    saved = actions.save_form(
        form,
        by=who,
        at=at,
        answers=read_all(crf, typed),
        based_on=form.version,
        key=_key(walk.course.seed, form.pk, form.version),
        complete=complete,
    )
    form.version, form.state, form.entered_by = saved.version, FormState(saved.state), form.entered_by or who
    return form


def correct(walk: Walk, form: Form, typed: Typed, *, at: datetime, reason: str) -> None:
    """Change answers of a complete form, saying why."""
    coordinator = walk.one(Role.COORDINATOR)
    saved = actions.save_form(
        form,
        by=coordinator,
        at=at,
        answers=read_all(form.crf, typed),
        based_on=form.version,
        key=_key(walk.course.seed, form.pk, form.version),
        complete=True,
        reasons=dict.fromkeys(typed, reason),
    )
    form.version, form.state = saved.version, FormState(saved.state)


def found(walk: Walk, crf: str, visit: str) -> Form:
    """Return the first form of a CRF at a visit; a log has none."""
    place = "" if TRIAL.crf(crf).log else visit
    return next(form for form in walk.book if form.crf == crf and visit_name(form) == place)


def sign(form: Form, *, by: User, at: datetime) -> None:
    """Sign a form as it stands."""
    sign_form(form, by=by, at=at)


def read_all(crf: str, typed: Typed) -> Mapping[str, Answer]:
    """Return the answers that the texts mean; a number carries its unit after a blank."""
    return {path: _read(crf, path, text) for path, text in typed.items()}


def _read(crf: str, path: str, text: str) -> Answer:
    item = TRIAL.crf(crf).item(path)
    if isinstance(item, Number) and item.units:
        value, _, unit = text.partition(" ")
        return read(item, value, unit)
    return read(item, text)


def _form(walk: Walk, crf: str, *, by: User, at: datetime, number: int, visit: str) -> Form:
    place = "" if TRIAL.crf(crf).log else visit
    there = [form for form in walk.book if form.crf == crf and (visit_name(form) == place)]
    # A form of a visit after screening was expected by its attendance; of the others a further one may be added.
    fits = [form for form in there if form.repeat == number] if number else []
    free = [form for form in there if form.state == FormState.NOT_STARTED] if not number else []
    if found := next(iter(fits or free), None):
        return found
    beside = next((form.visit for form in walk.book if visit_name(form) == place), None) if place else None
    form = actions.add_form(walk.subject, by=by, at=at, visit=beside, crf=crf)
    form.visit = beside
    walk.book.append(form)
    return form


def _key(*parts: Any) -> str:
    """Return an idempotency key: the same step of the same subject is walked once."""
    return uuid5(NAMESPACE_URL, "/".join(str(part) for part in parts)).hex

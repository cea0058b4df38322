"""Walks a synthetic subject on from the gate: response, determination, randomization, visits, and what befalls it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from audit.door import as_actor
from casebook.models import Form, Visit
from casebook.selectors.records import visit_name
from eligibility import actions as eligibility
from eligibility.selectors import judged_of
from eligibility.snapshot import content_hash_of
from followup.actions.visits import mark_missed, record_attendance
from protocol.arms import RESECTION
from protocol.roles import Role
from protocol.schedule import window_of
from protocol.trial import TRIAL
from randomization import actions as randomization
from randomization.models import Allocation
from rehearsal import answers
from rehearsal import followup_answers as later
from rehearsal.answers import Typed
from rehearsal.walk import Walk, enter, read_book, sign

MONTHLY = tuple(visit.code for visit in TRIAL.visits if visit.months and not visit.every_months)
LATE_DAYS = 4  # after the window closed
CONTACT_MONTHS = 3


@dataclass(frozen=True)
class Story:
    """What befalls a subject after randomization; visits are named by their codes."""

    missed: tuple[str, ...] = ()
    late: tuple[str, ...] = ()
    stops_after: str = ""  # no later visit is recorded: what is due is overdue
    unfinished: str = ""  # of this visit only the first forms are entered
    relapse: str = ""  # the scan of this visit shows a new lesion
    markers_rise: str = ""  # AFP of this visit is above its limit, the scan is clear
    serious: str = ""  # a serious event begins after this visit
    serious_is_open: bool = False  # ... and is not reported yet
    dies: str = ""  # some weeks after this visit
    withdraws: str = ""  # takes back the consent after this visit
    lost: str = ""  # is not heard of after this visit
    refuses_surgery: bool = False


@dataclass(frozen=True)
class Step:
    """Something that happens on a day."""

    on: date
    do: Callable[[], object]


def confirm_response(walk: Walk) -> None:
    """Let the investigator sign that the response shown is confirmed."""
    investigator = walk.one(Role.PRINCIPAL_INVESTIGATOR)
    with as_actor(investigator):
        shown = judged_of(walk.subject, at=walk.at).evidence_hash
    eligibility.confirm_response(walk.subject, by=investigator, at=walk.at, evidence_hash=shown)


def determine(walk: Walk) -> None:
    """... and that the subject is eligible."""
    confirm_response(walk)
    investigator = walk.one(Role.PRINCIPAL_INVESTIGATOR)
    with as_actor(investigator):
        shown = content_hash_of(judged_of(walk.subject, at=walk.at))
    eligibility.determine(walk.subject, by=investigator, at=walk.at, content_hash=shown)


def randomize(walk: Walk) -> Allocation:
    """... and the coordinator randomize it."""
    determine(walk)
    coordinator = walk.one(Role.COORDINATOR)
    with walk.cast.turn.to_be_allocated():
        return randomization.randomize(walk.subject, by=coordinator, at=walk.at, attests=True)


def live(walk: Walk, story: Story, *, until: date) -> None:
    """Randomize the subject and let happen, day by day, what its story holds up to a day."""
    allocation = randomize(walk)
    for step in sorted(_steps(walk, story, allocation.arm), key=lambda step: step.on):
        if step.on > until:
            return
        step.do()


def _steps(walk: Walk, story: Story, arm: str) -> Iterator[Step]:
    stop = _end_of(walk, story)
    if arm == RESECTION:
        yield from (step for step in _surgery(walk, story) if stop is None or step.on < stop)
    for code in MONTHLY:
        on = _day_of(walk, code, late=code in story.late)
        if stop is not None and on >= stop:
            break
        yield from _monthly(walk, story, code, on)
        if code in (story.stops_after, story.relapse):
            break
    yield from _what_befalls(walk, story)
    if story.relapse:
        yield from (step for step in _after_relapse(walk, story) if stop is None or step.on < stop)
    if not (stop or story.relapse or story.stops_after):
        yield Step(_day_of(walk, "M24"), lambda: _end(walk, _day_of(walk, "M24"), how="completed"))


def _end_of(walk: Walk, story: Story) -> date | None:
    """Return the day of death, of withdrawn consent, or of being lost."""
    for code, weeks in ((story.dies, 6), (story.withdraws, 3), (story.lost, 16)):
        if code:
            return _day_of(walk, code) + timedelta(weeks=weeks)
    return None


def _day_of(walk: Walk, code: str, *, late: bool = False) -> date:
    """Return the day a subject comes: a little off the target, within the window unless late."""
    window = window_of(TRIAL.visit(code), walk.on)
    if window is None:
        raise ValueError(f"Expected a visit with a window, got {code}.")
    if late:
        return window.closes + timedelta(days=LATE_DAYS)
    drift = int(answers.vary(walk.course.seed, f"drift {code}", "0", "5"))
    return max(min(window.target + timedelta(days=drift - 1), window.closes), window.opens)


# --- visits ---------------------------------------------------------------------------------------------------


def _monthly(walk: Walk, story: Story, code: str, on: date) -> Iterator[Step]:
    if code in story.missed:
        window = window_of(TRIAL.visit(code), walk.on)
        closed = (window.closes if window else on) + timedelta(days=1)
        yield Step(closed, lambda: _miss(walk, code, closed))
        return
    yield Step(on, lambda: _visit(walk, story, code, on))


def _visit(walk: Walk, story: Story, code: str, on: date) -> None:
    typed = {crf: _typed(walk, story, crf, code, on) for crf in TRIAL.visit(code).forms}
    if code == story.unfinished:
        typed = dict(list(typed.items())[:3])
    reason = "The subject could not travel earlier." if code in story.late else ""
    attend(walk, code, on, typed, reason=reason)


def _scan(story: Story, code: str) -> Callable[[str, date], Typed]:
    """Return the scan of a visit: a new lesion once found has its row on every scan after."""
    if not story.relapse or (TRIAL.visit(code).months or 0) < (TRIAL.visit(story.relapse).months or 0):
        return later.clear_scan
    return later.relapse_scan if code == story.relapse else later.treated_scan


def _typed(walk: Walk, story: Story, crf: str, code: str, on: date) -> Typed:
    seed = f"{walk.course.seed} {code}"
    match crf:
        case "VR":
            return later.visit_record(seed, on, relapse="New lesion on MRI." if code == story.relapse else "")
        case "TA":
            return _scan(story, code)(seed, on)
        case "MK":
            rising = code in (story.relapse, story.markers_rise)
            afp = answers.vary(seed, "afp", "24.0", "90.0") if rising else answers.vary(seed, "afp", "2.1", "8.9")
            return answers.markers(on, days_ago=0, afp=afp, pivka=answers.vary(seed, "pivka", "15", "34"))
        case "HE":
            return answers.haematology(seed, on, days_ago=0)
        case "CH":
            return answers.chemistry(seed, on, days_ago=0)
        case "CO":
            return answers.coagulation(seed, on, days_ago=0)
        case "CP":
            return answers.child_pugh(on, days_ago=0)
        case "VS":
            first = answers.vitals(walk.course.seed, on)
            # A grown-up keeps the height, and in health much of the weight.
            return {**answers.vitals(seed, on, days_ago=0), "weight": first["weight"], "height": first["height"]}
        case "PO":
            return later.course_after_operation(seed, on)
        case "SS":
            return later.contact(on)
    raise ValueError(f"Expected a form of the follow-up, got {crf}.")


def attend(walk: Walk, code: str, on: date, typed: Mapping[str, Typed], *, repeat: int = 1, reason: str = "") -> None:
    """Record that the subject came, and enter these forms of the visit."""
    coordinator, at = walk.one(Role.COORDINATOR), moment(walk, on)
    with as_actor(coordinator):
        visit = Visit.objects.get(subject=walk.subject, code=code, repeat=repeat)
        record_attendance(visit, by=coordinator, at=at, attended_on=on, reason=reason)
    read_book(walk)
    named = code if repeat == 1 else f"{code}/{repeat}"
    for crf, said in typed.items():
        enter(walk, crf, said, at=at, number=_expected(walk, crf, named), visit=named)


def _expected(walk: Walk, crf: str, visit: str) -> int:
    return next((form.repeat for form in walk.book if form.crf == crf and visit_name(form) == visit), 0)


def _miss(walk: Walk, code: str, on: date) -> None:
    coordinator = walk.one(Role.COORDINATOR)
    with as_actor(coordinator):
        visit = Visit.objects.get(subject=walk.subject, code=code)
        mark_missed(visit, by=coordinator, at=moment(walk, on), reason="The subject did not come and was not reached.")


def moment(walk: Walk, on: date) -> datetime:
    """Return the afternoon of a day at the site: what happened in the morning is entered then."""
    return datetime.combine(on, time(15, 0), tzinfo=walk.cast.sites[walk.course.site].zone)


# --- surgery --------------------------------------------------------------------------------------------------


def _surgery(walk: Walk, story: Story) -> Iterator[Step]:
    on = walk.on + timedelta(days=int(answers.vary(walk.course.seed, "surgery", "9", "25")))
    if story.refuses_surgery:
        yield Step(on, lambda: log(walk, "OP", later.no_operation(on), on))
        return
    yield Step(on, lambda: log(walk, "OP", later.operation(walk.course.seed, on), on))
    reported = on + timedelta(days=7)
    yield Step(reported, lambda: log(walk, "PA", later.pathology(walk.course.seed, on), reported))
    for code, days in (("POD30", 30), ("POD90", 90)):
        day = on + timedelta(days=days)
        yield Step(day, lambda code=code, day=day: _visit(walk, story, code, day))  # type: ignore[misc]


def log(walk: Walk, crf: str, typed: Typed, on: date, *, signed: bool = False) -> Form:
    """Enter the next line of a log on a day; an investigator signs it where asked."""
    form = enter(walk, crf, typed, at=moment(walk, on), number=0)
    if signed:
        sign(form, by=walk.one(Role.PRINCIPAL_INVESTIGATOR), at=moment(walk, on))
    return form


# --- what befalls ---------------------------------------------------------------------------------------------


def _what_befalls(walk: Walk, story: Story) -> Iterator[Step]:
    first = _day_of(walk, "M1") + timedelta(days=5)
    yield Step(first, lambda: log(walk, "CM", later.antiviral(first), first))
    yield Step(first, lambda: log(walk, "AE", later.adverse_event(walk.course.seed, first), first))
    if story.serious:
        on = _day_of(walk, story.serious) + timedelta(days=10)
        yield Step(on, lambda: _serious(walk, on, is_open=story.serious_is_open))
    end = _end_of(walk, story)
    if end is None:
        return
    if story.dies:
        yield Step(end, lambda: _die(walk, end))
    elif story.withdraws:
        yield Step(end, lambda: log(walk, "WD", later.withdrawal(end), end, signed=True))
    else:
        yield Step(end, lambda: _end(walk, end, how="lost"))


def _serious(walk: Walk, on: date, *, is_open: bool) -> None:
    aware = moment(walk, on) - timedelta(hours=4)
    reported = None if is_open else aware + timedelta(hours=3)
    log(walk, "SAE", later.serious_event(on, aware_at=aware, reported_at=reported), on)
    log(walk, "AE", later.serious_adverse_event(on), on)


def _die(walk: Walk, on: date) -> None:
    log(walk, "DT", later.death(on), on, signed=True)
    _end(walk, on, how="death")


def _end(walk: Walk, on: date, *, how: str) -> None:
    attempts = later.ATTEMPTS if how == "lost" else ()
    log(walk, "ES", later.end(on, how=how, attempts=attempts), on, signed=True)


def _after_relapse(walk: Walk, story: Story) -> Iterator[Step]:
    seen = _day_of(walk, story.relapse)
    treated = seen + timedelta(days=21)
    told = seen + timedelta(days=3)
    yield Step(told, lambda: log(walk, "RP", later.recurrence(walk.course.seed, seen), told))
    yield Step(treated, lambda: log(walk, "NT", later.new_therapy(treated), treated))
    for number in range(1, 8):
        day = seen + timedelta(days=number * 91)
        yield Step(day, lambda number=number, day=day: _contact(walk, number, day))  # type: ignore[misc]


def _contact(walk: Walk, number: int, on: date) -> None:
    with as_actor(walk.one(Role.COORDINATOR)):
        is_planned = Visit.objects.filter(subject=walk.subject, code="SFU", repeat=number, state="open").exists()
    if is_planned:
        attend(walk, "SFU", on, {"SS": later.contact(on)}, repeat=number)

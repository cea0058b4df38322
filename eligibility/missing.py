"""What a candidate still needs, as the page lists it: answers, signatures, reference ranges, and decisions of persons."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from casebook.models import Form
from eligibility.selectors.board import enters
from eligibility.selectors.judged import Judged, asks_for_a_round
from eligibility.selectors.waiting import RESPONSE
from eligibility.states import Enters
from protocol.crfs.judgement import JUDGEMENT
from protocol.criteria.windows import window_days
from protocol.language import Crf
from protocol.ranges import REFERENCE_RANGE
from protocol.record import Need
from protocol.schedule import SCREENING
from protocol.trial import TRIAL
from protocol.words import N_

RANGE_TITLE = N_("Reference range")


@dataclass(frozen=True, kw_only=True)
class Missing:
    """What is still needed: from which form, who may enter it, and from when on."""

    crf: str
    title: str
    items: tuple[str, ...]
    task: str
    not_before: date | None = None
    not_after: date | None = None
    signature: bool = False
    is_range: bool = False  # a reference range, which is added to the list of ranges and not to a form
    form: Form | None = None
    criteria: tuple[str, ...] = ()
    is_instead: bool = False  # would mend what two persons may settle without it
    valid_on: date | None = None  # the first day on which all the rest can be there, where this would lapse before it
    valid_from: date | None = None  # the first day to enter it for, to be valid then still

    @property
    def who(self) -> Enters:
        """Who enters or signs it."""
        return enters(self.crf, signature=self.signature, item=REFERENCE_RANGE if self.is_range else "")

    @property
    def place(self) -> str:
        """The part of the casebook where a form that is not there yet is added: the log, or the screening visit."""
        return "LOG" if TRIAL.crf(self.crf).log else SCREENING.code

    @property
    def is_of_investigator(self) -> bool:
        """Whether only what an investigator enters and signs counts, whoever else has the task of entry."""
        return self.crf == JUDGEMENT.code


def missing_of(
    wanted: Iterable[tuple[Need, str]],
    form_of: Callable[[str], Form | None],
    to_settle: Collection[str] = (),
    then: date | None = None,
    today: date | None = None,
) -> Iterator[Missing]:
    """Yield what these needs, each with its criterion, ask for; `form_of` says which form of a CRF to go on with.

    Of the criteria `to_settle` two persons may decide without it. `then` is the first day on which all that is missing
    can be there.
    """
    needs = list(wanted)
    for crf in TRIAL.crfs:
        here = [(need, code) for need, code in needs if need.crf == crf.code]
        for kind in dict.fromkeys(_kind(need) for need, _code in here):
            alike = [(need, code) for need, code in here if _kind(need) == kind]
            is_instead = all(code in to_settle for _need, code in alike)
            asked = _asked(crf, alike, form_of(crf.code), is_instead=is_instead)
            yield _valid_then(asked, then, today) if then is not None and today is not None else asked


def _valid_then(asked: Missing, then: date, today: date) -> Missing:
    """Return what is asked with the day from which on it is valid then, if not today; scans and draws say their own."""
    windows = [
        days for code in asked.criteria if code != RESPONSE and (days := window_days(code, asked.crf)) is not None
    ]
    if not windows or asked.signature or asked.is_range:
        return asked
    first = then - timedelta(days=min(windows))
    return replace(asked, valid_on=then, valid_from=first) if first > today else asked


def _kind(need: Need) -> tuple[bool, date | None, bool]:
    """Return what sets a line apart: what is to be signed, what another time is asked for, what is no answer at all."""
    return need.signature, need.not_after, need.item == REFERENCE_RANGE


def _asked(crf: Crf, alike: Sequence[tuple[Need, str]], form: Form | None, *, is_instead: bool) -> Missing:
    first, _code = alike[0]
    items = dict.fromkeys(need.item for need, _code in alike if need.item)
    days = [need.not_before for need, _code in alike]
    return Missing(
        crf=crf.code,
        title=crf.title,
        items=tuple(_item_title(crf.code, item) for item in items),
        task=crf.task,
        # A need without a first day can be met at any time: the day of another is not its own.
        not_before=min((day for day in days if day), default=None) if all(days) else None,
        not_after=first.not_after,
        signature=first.signature,
        is_range=first.item == REFERENCE_RANGE,
        form=form,
        criteria=tuple(dict.fromkeys(code for _need, code in alike)),
        is_instead=is_instead,
    )


def _item_title(crf: str, item: str) -> str:
    if item == REFERENCE_RANGE:
        return RANGE_TITLE
    try:
        return TRIAL.crf(crf).item(item).title
    except KeyError:
        return item


@dataclass(frozen=True, kw_only=True)
class ToReview:
    """A verdict that waits for the decision of persons: which criterion, and how many of the two are still needed."""

    code: str
    begun: bool


def waiting_reviews(judged: Judged) -> Iterator[ToReview]:
    """Yield the verdicts in review on which two persons have not both decided; the round of surgeons is no decision."""
    for code, review in judged.reviews.items():
        if not review.is_complete and not asks_for_a_round(judged.judgements[code]):
            yield ToReview(code=code, begun=bool(review.said))

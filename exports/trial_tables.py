"""What the dataset of the whole trial holds besides its forms: subjects, visits, queries and the dictionary."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from accounts.models import Site, User
from casebook.models import Query
from casebook.selectors.records import visit_name
from exports.columns import columns_of, groups_of
from exports.file_table import file_table
from exports.selectors import queries_at, subjects_at, visits_at
from exports.tables import AT_ONCE, Table, said
from protocol.documents_words import kind_of
from protocol.language import YES_NO, Choice, Coded, Crf, Derived, Group, Item, MultiChoice, YesNo
from protocol.trial import TRIAL
from protocol.words import Sentence
from randomization.selectors import arms_of, may_see_arm

SUBJECT_COLUMNS = ("subject", "site", "counts", "synthetic", "stage", "rescreened_from", "added_at")
VISIT_COLUMNS = {
    "subject": "subject__number",
    "site": "site__code",
    "visit": "code",
    "repeat": "repeat",
    "state": "state",
    "target_on": "target_on",
    "opens_on": "opens_on",
    "closes_on": "closes_on",
    "attended_on": "attended_on",
    "reason": "reason",
    "cancelled_because": "cancelled_because",
}
QUERY_COLUMNS = (
    "subject", "site", "visit", "crf", "repeat", "path", "further_paths", "check", "state", "outcome", "assigned_to",
    "asked", "opened_at", "changed_at", "messages", "last_said",
)  # fmt: skip
DICTIONARY_COLUMNS = (
    "crf", "crf_title", "section", "group", "item", "title", "kind", "units", "codes", "required", "columns",
)  # fmt: skip


def trial_tables(user: User, sites: Sequence[Site]) -> Iterator[Table]:
    """Yield what stands beside the forms."""
    yield subject_table(user, sites)
    yield visit_table(user, sites)
    yield query_table(user, sites)
    yield file_table(user, sites)
    yield dictionary_table()


def subject_table(user: User, sites: Sequence[Site]) -> Table:
    """Return the subjects; without a column for the arm where the reader may see none."""
    sees_arms = any(may_see_arm(user, site) for site in sites)
    header = [*SUBJECT_COLUMNS, "arm"] if sees_arms else list(SUBJECT_COLUMNS)
    return Table("subjects", header, _subject_rows(user, sites, sees_arms=sees_arms))


def _subject_rows(user: User, sites: Sequence[Site], *, sees_arms: bool) -> Iterator[Sequence[object]]:
    subjects = list(subjects_at(user, sites))
    arms = arms_of(user, subjects) if sees_arms else {}
    for subject in subjects:
        again = subject.rescreened_from
        cells = (
            subject.number,
            subject.site.code,
            said(subject.site.counts),
            said(subject.synthetic),
            subject.stage,
            again.number if again else "",
            said(subject.added_at),
        )
        yield (*cells, arms.get(subject.pk, "")) if sees_arms else cells


def visit_table(user: User, sites: Sequence[Site]) -> Table:
    """Return the visits, planned and attended."""
    rows = visits_at(user, sites).values_list(*VISIT_COLUMNS.values()).iterator(chunk_size=AT_ONCE)
    return Table("visits", list(VISIT_COLUMNS), rows)


def query_table(user: User, sites: Sequence[Site]) -> Table:
    """Return the queries, with what was said last."""
    queries = queries_at(user, sites).prefetch_related("messages")
    return Table("queries", QUERY_COLUMNS, map(_query_row, queries.iterator(chunk_size=AT_ONCE)))


def _query_row(query: Query) -> Sequence[object]:
    messages = sorted(query.messages.all(), key=lambda message: message.said_at)
    return (
        query.subject.number,
        query.subject.site.code,
        visit_name(query.form),
        query.form.crf,
        query.form.repeat,
        query.path,
        " ".join(sorted(query.further)),
        query.check_id,
        query.state,
        query.outcome,
        query.assigned_to.name if query.assigned_to else "",
        Sentence.from_json(query.sentence).english(),
        said(query.opened_at),
        said(query.changed_at),
        len(messages),
        next((message.text for message in reversed(messages) if message.text), ""),
    )


def dictionary_table() -> Table:
    """Return every item with what its columns mean."""
    return Table("dictionary", DICTIONARY_COLUMNS, (row for crf in TRIAL.crfs for row in _dictionary_rows(crf)))


def _dictionary_rows(crf: Crf) -> Iterator[Sequence[object]]:
    names = {
        (group, item): [column.name for column in columns_of(crf, group) if column.item == item]
        for group in ("", *(group.name for group in groups_of(crf)))
        for item in {column.item for column in columns_of(crf, group)}
    }
    for section in crf.sections:
        for item in section.items:
            inner = item.items if isinstance(item, Group) else ()
            for group, each in [("", item), *((item.name, row) for row in inner)]:
                columns = [f"derived_{each.name}"] if isinstance(each, Derived) else names.get((group, each.name), [])
                yield (
                    *(crf.code, crf.title, section.title, group, each.name, each.title, kind_of(each)),
                    "; ".join(getattr(each, "units", ())),
                    _codes(each),
                    said(each.required),
                    " ".join(columns),
                )


def _codes(item: Item) -> str:
    match item:
        case Choice() | MultiChoice():
            codes = item.codes.codes
        case YesNo():
            codes = YES_NO.codes
        case Coded():
            return f"{len(item.codes.codes)} terms of {item.codes.source}"
        case _:
            return ""
    return "; ".join(f"{code.value} = {code.title}" for code in codes)

"""Chapter 5.6: the flow diagram adds up, whoever comes how far."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from protocol.flow import CROSSED_OVER, Excluded, Flow, Person, Received, flow_of

ARMS = ("RESECT", "WW")
PEOPLE = (
    Person(key="1", excluded=Excluded.CRITERIA, criteria=("I03", "E01")),
    Person(key="2", excluded=Excluded.CRITERIA, criteria=("I03",)),
    Person(key="3", excluded=Excluded.DECLINED),
    Person(key="4"),
    Person(key="5", arm="RESECT", received=Received.YES, lost=True),
    Person(key="6", arm="RESECT", received=Received.NO, why_not="refusal"),
    Person(key="7", arm="RESECT"),
    Person(key="8", arm="WW", received=Received.NO, why_not=CROSSED_OVER, discontinued=CROSSED_OVER),
    Person(key="9", arm="WW", received=Received.YES, analysed=False, why_not_analysed="day of death"),
)


def by_arm() -> Flow:
    return flow_of(PEOPLE, arms=ARMS)


def test_the_boxes_add_up():
    flow = by_arm()

    assert flow.adds_up()
    assert (flow.assessed.count, flow.excluded_count, flow.screening.count, flow.randomized.count) == (9, 3, 1, 5)


def test_each_criterion_counts_once_for_everyone_who_failed_it():
    assert by_arm().excluded[Excluded.CRITERIA].reasons == (("E01", 1), ("I03", 2))


def test_the_lost_stay_among_the_analysed():
    resection = by_arm().columns[0]

    assert (resection.lost.keys, resection.analysed.count) == (("5",), 3)


def test_who_withdrew_stays_among_the_analysed_too():
    (column,) = flow_of([Person(key="1", arm="WW", withdrew=True)], arms=["WW"]).columns

    assert (column.withdrew.keys, column.lost.count, column.analysed.count) == (("1",), 0, 1)


def test_who_crosses_over_discontinued_and_is_not_lost():
    watched = by_arm().columns[1]

    assert (watched.discontinued.keys, watched.lost.count, watched.not_received.count) == (("8",), 0, 1)
    assert watched.discontinued.reasons == (("Resected without progression", 1),)


def test_of_whom_nothing_may_be_told_nothing_is_counted_as_received_or_awaited():
    (column,) = flow_of([Person(key="1", arm="", received=Received.UNTOLD), Person(key="2")]).columns

    assert [box.keys for box in column.by_receipt] == [(), (), (), ("1",)]
    assert column.allocated.keys == ("1",)


def test_pooled_there_is_one_column_without_an_arm():
    flow = flow_of(PEOPLE)

    assert [column.arm for column in flow.columns] == [""]
    assert flow.adds_up()
    assert flow.columns[0].pending.keys == ("7",)


ANYONE = st.builds(
    Person,
    key=st.uuids().map(str),
    excluded=st.one_of(st.none(), st.sampled_from(Excluded)),
    criteria=st.lists(st.sampled_from(["I01", "I02"]), unique=True).map(tuple),
    arm=st.sampled_from([None, *ARMS]),
    received=st.sampled_from(Received),
    lost=st.booleans(),
    withdrew=st.booleans(),
    discontinued=st.sampled_from(["", "x"]),
    analysed=st.booleans(),
)


@given(st.lists(ANYONE, max_size=20))
def test_any_people_add_up(people):
    assert flow_of(people).adds_up()
    assert flow_of(people, arms=ARMS).adds_up()

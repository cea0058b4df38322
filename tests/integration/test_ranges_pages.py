"""Pages of laboratories and ranges: versions, the effect shown first, the file tried row by row, overlap refused."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from audit.door import Refusal, as_actor
from audit.models import Event
from casebook import actions
from casebook.entry import range_effect
from casebook.entry.ranges import fingerprint
from casebook.models import ConversionFactor, Laboratory, ReferenceRange
from casebook.rules import reference as rules
from eligibility.models import CriterionVerdict, Determination
from eligibility.selectors import standing_determination
from protocol.roles import Role
from rehearsal.cast import Cast
from rehearsal.ranges import LABORATORY
from rehearsal.walk import Walk
from tests.eligibility_ground import an_eligible_subject, lead, now_of
from tests.people import set_up
from tests.rehearsal_ground import a_cast, a_passing_subject, taken_back

HEADER = "laboratory,analyte,method,sex,age_from,age_to,unit,low,high,valid_from,valid_to,note,reason"


@pytest.fixture(scope="module")
def cast(module_db: str) -> Cast:
    return a_cast()


@pytest.fixture(scope="module")
def eligible(cast: Cast) -> Walk:
    """A subject whose determination is signed."""
    here = a_passing_subject(cast)
    an_eligible_subject(here)
    return here


@pytest.fixture(autouse=True)
def _taken_back(eligible: Walk) -> Iterator[None]:
    with taken_back():
        yield


@pytest.fixture
def manager(cast: Cast) -> User:
    return cast.one(Role.DATA_MANAGER)


@pytest.fixture
def investigator(eligible: Walk) -> User:
    return lead(eligible)


@pytest.fixture
def afp(eligible: Walk) -> ReferenceRange:
    return the_range("AFP")


def the_range(analyte: str) -> ReferenceRange:
    return ReferenceRange.objects.select_related("laboratory").get(
        laboratory__code=LABORATORY, analyte=analyte, left_at__isnull=True
    )


def page_for(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text_of(response) -> str:
    text = re.sub(r"<[^>]+>", " ", response.content.decode())
    return re.sub(r"\s+", " ", text)


def shown_mark(response) -> str:
    found = re.findall(r'name="foreseen_of" value="([0-9a-f]+)"', response.content.decode())
    assert found, text_of(response)[:2000]
    return found[0]


def corrected(held: ReferenceRange, **changed: object) -> dict[str, object]:
    said = {"low": "", "high": str(held.high), "valid_from": held.valid_from.isoformat(), "valid_to": ""}
    return {**said, "note": held.note, "reason": "New kit since the first day", **changed}


def proposed(held: ReferenceRange, manager: User, high: str = "5", **changed: object) -> ReferenceRange:
    said = {"low": held.low, "high": Decimal(high), "reason": "New kit", **changed}
    return actions.correct_range(held, by=manager, at=timezone.now(), **said)


def counted() -> tuple[int, ...]:
    with as_actor(set_up()):
        return tuple(model.objects.count() for model in (ReferenceRange, Laboratory, ConversionFactor, Event))


def verdicts(here: Walk) -> dict[str, str]:
    with as_actor(lead(here)):
        return dict(CriterionVerdict.objects.filter(subject=here.subject).values_list("criterion", "verdict"))


def stands(here: Walk) -> Determination | None:
    with as_actor(lead(here)):
        return standing_determination(now_of(here))


# --- the list -------------------------------------------------------------------------------------------------


def test_the_list_is_narrowed_by_the_address(manager, eligible, afp):
    client = page_for(manager)
    laboratory = Laboratory.objects.get(code=LABORATORY)
    actions.propose_range(
        laboratory,
        by=manager,
        at=timezone.now(),
        analyte="AFP",
        unit="IU/mL",
        high=Decimal(16),
        valid_from=date(2031, 1, 1),
    )

    def rows(**asked: object) -> list[tuple[str, str]]:
        found = client.get(reverse("ranges"), {"size": 100, **asked}).context["page"].object_list
        return [(held.analyte, held.unit) for held in found]

    assert {("AFP", "IU/mL"), ("ALT", "U/L")} <= set(rows(order="analyte"))
    assert set(rows(analyte="AFP")) == {("AFP", "ng/mL"), ("AFP", "IU/mL")}
    assert rows(analyte="AFP", on="2030-12-31") == [("AFP", "ng/mL")]
    assert len(rows(analyte="AFP", on="2031-01-01")) == 2
    assert rows(show="waiting") == [("AFP", "IU/mL")]
    assert rows(laboratory="999999") == []
    assert ("AFP", "ng/mL") in rows(site=eligible.subject.site_id)
    other = next(site for site in eligible.cast.sites.values() if site.pk != eligible.subject.site_id)
    assert rows(site=other.pk) == []
    assert "31/12/2030 is not a day" in text_of(client.get(reverse("ranges"), {"on": "31/12/2030"}))


def test_what_is_assumed_says_so_also_where_it_is_judged_by(manager, eligible, afp):
    page = text_of(page_for(manager).get(reverse("ranges"), {"analyte": "AFP"}))

    assert afp.is_assumed
    assert "Assumed" in page
    assert "Assumed" in text_of(page_for(manager).get(reverse("range", args=[afp.pk])))
    candidate = page_for(manager).get(reverse("candidate", args=[eligible.subject.pk]))
    assert "The reference range is assumed: the laboratory has given none." in text_of(candidate)


def test_the_list_asks_the_same_number_of_queries_for_any_number_of_rows(manager):
    client = page_for(manager)
    client.get(reverse("ranges"))

    counts = []
    for asked in ({"analyte": "AFP"}, {"size": 100}):
        with CaptureQueriesContext(
            connection,
        ) as captured:
            client.get(reverse("ranges"), asked)
        counts.append(len(captured))
    assert counts[0] == counts[1]


def test_the_csv_can_be_uploaded_again_and_changes_nothing(manager):
    client = page_for(manager)
    given = b"".join(client.get(reverse("ranges-csv"))).decode("utf-8-sig")
    before = counted()

    tried = client.post(reverse("ranges-upload"), {"text": given, "act": "try", "foreseen_of": ""})

    rows = list(csv.DictReader(io.StringIO(given)))
    assert list(rows[0]) == [*HEADER.split(","), "state"]
    assert tried.status_code == 200
    assert tried.context["loaded"].known == len(rows) > 10
    assert counted() == before


# --- a correction ---------------------------------------------------------------------------------------------


def test_a_correction_shows_first_what_it_would_change_and_writes_nothing(manager, eligible, afp):
    before, kept = counted(), verdicts(eligible)
    address = reverse("range-correct", args=[afp.pk])

    answer = page_for(manager).post(address, corrected(afp, high="0.5"))
    said = text_of(answer)

    assert answer.status_code == 200
    assert eligible.subject.number in said
    assert "normal, 0." in said
    assert answer.context["effect"].flags > 0
    assert "Determination of eligibility: signed by" in said
    assert "becomes none" in said
    assert counted() == before
    assert verdicts(eligible) == kept
    assert stands(eligible) is not None


def test_what_was_shown_is_proposed_and_other_values_are_shown_anew(manager, afp):
    client, address = page_for(manager), reverse("range-correct", args=[afp.pk])
    mark = shown_mark(client.post(address, corrected(afp, high="0.5")))

    other = client.post(address, corrected(afp, high="0.4", foreseen_of=mark))
    assert "What this would change" in text_of(other)
    made = client.post(address, corrected(afp, high="0.5", foreseen_of=mark))

    assert made.status_code == 302
    held = ReferenceRange.objects.get(replaces=afp)
    assert (held.high, held.reason, held.confirmed_at) == (Decimal("0.5"), "New kit since the first day", None)
    afp.refresh_from_db()
    assert afp.left_at is None


def test_a_confirmed_correction_judges_again_and_revokes_the_determination(manager, investigator, eligible, afp):
    held = proposed(afp, manager, "0.5")
    client, address = page_for(investigator), reverse("ranges-confirm", args=[afp.laboratory_id])
    assert stands(eligible) is not None

    shown = client.post(address, {"range": held.pk})
    assert "becomes none" in text_of(shown)
    assert stands(eligible) is not None
    done = client.post(address, {"range": held.pk, "foreseen_of": shown_mark(shown)}, follow=True)

    assert "Confirmed. 1 subject was judged again." in text_of(done)
    assert stands(eligible) is None
    afp.refresh_from_db()
    assert (afp.high, afp.left_by_id) == (Decimal(20), investigator.pk)
    with as_actor(set_up()):
        last = Event.objects.filter(stream="reference").order_by("-sequence").first()
    assert (last.kind, last.reason) == ("casebook.range.corrected", "New kit")
    page = text_of(client.get(reverse("range", args=[afp.pk])))
    assert "Replaced" in page
    assert f"Proposed by {manager.name}" in page
    assert "Reason: New kit" in page


def test_a_range_waits_on_the_home_page_of_whoever_may_confirm_it(manager, investigator, eligible, afp):
    home = reverse("home")
    assert "Reference ranges to confirm 0" in text_of(page_for(investigator).get(home))

    proposed(afp, manager, "0.5")

    page = page_for(investigator).get(home)
    (work,) = [each for each in page.context["works"] if each.title == "Reference ranges to confirm"]
    assert (work.count, work.lines[0].subject, work.lines[0].text) == (1, "DEMO-LAB", "AFP ng/mL")
    assert work.lines[0].address == reverse("laboratory", args=[afp.laboratory_id])
    assert "Reference ranges to confirm" not in text_of(page_for(manager).get(home))


def test_a_wider_limit_changes_no_verdict_and_says_so(manager, eligible):
    alt = the_range("ALT")
    said = corrected(alt, low="9", high=str(alt.high + 1))
    answer = page_for(manager).post(reverse("range-correct", args=[alt.pk]), said)

    effect = answer.context["effect"]
    assert (effect.touched, effect.subjects, effect.flags) == (1, 1, 0)
    assert {(result.title, result.flag_changes) for result in effect.results} == {("ALT", False)}
    assert effect.follows == ()
    assert "No verdict, determination, endpoint or query changes." in text_of(answer)


def test_an_ended_range_leaves_later_results_without_one(manager, afp):
    answer = page_for(manager).post(
        reverse("range-correct", args=[afp.pk]), corrected(afp, valid_to=afp.valid_from.isoformat())
    )

    assert "The reference range of DEMO-LAB for AFP (ng/mL)" in text_of(answer)
    assert "is missing" in text_of(answer)


def test_only_so_many_subjects_are_looked_at_while_somebody_waits(manager, afp, monkeypatch):
    monkeypatch.setattr(range_effect, "MOST_LOOKED_AT", 0)

    answer = page_for(manager).post(reverse("range-correct", args=[afp.pk]), corrected(afp, high="0.5"))

    assert answer.context["effect"].not_looked_at == 1
    assert "What follows for 1 further subjects is not shown here" in text_of(answer)


def test_whoever_does_not_see_a_subject_is_told_that_there_are_some(eligible, cast, afp, manager):
    other = cast.one(Role.PRINCIPAL_INVESTIGATOR, "02" if eligible.subject.site.code == "01" else "01")
    held = proposed(afp, manager, "0.5")

    answer = page_for(other).post(reverse("ranges-confirm", args=[afp.laboratory_id]), {"range": held.pk})

    effect = answer.context["effect"]
    assert (effect.touched, effect.elsewhere, effect.results) == (0, 1, ())
    assert eligible.subject.number not in text_of(answer)
    assert "1 subject at a site you do not see is judged again as well." in text_of(answer)


@pytest.mark.parametrize(
    ("changed", "status", "sentence"),
    [
        ({"reason": ""}, 400, "This field is required."),
        ({"high": "", "low": ""}, 409, "A reference range has a lower limit, an upper limit, or both."),
        ({"low": "30"}, 409, "The lower limit 30 is above the upper limit 20"),
        ({}, 409, "Nothing of this range is changed."),
        ({"valid_to": "2000-01-01"}, 409, "before it begins on"),
        ({"high": "2O"}, 400, "is not a number. Write digits with one decimal point"),
        ({"strange": "1"}, 400, "This page has no such field"),
    ],
)
def test_a_correction_that_makes_no_sense_is_refused_with_all_that_was_typed(manager, afp, changed, status, sentence):
    answer = page_for(manager).post(reverse("range-correct", args=[afp.pk]), corrected(afp, **changed))

    assert answer.status_code == status
    if "strange" not in changed:
        assert sentence in text_of(answer)
        assert changed.get("reason", "New kit since the first day") in answer.content.decode()


def test_one_correction_waits_at_a_time_and_can_be_withdrawn(manager, afp):
    held = proposed(afp, manager)
    with pytest.raises(Refusal, match="A correction of this range waits to be confirmed already"):
        proposed(afp, manager, "6")

    client, address = page_for(manager), reverse("range-withdraw", args=[held.pk])
    assert "Say why the proposal is withdrawn." in text_of(client.post(address, {"reason": " "}))
    assert client.post(address, {"reason": "Wrong page of the document"}).status_code == 302

    assert "This proposal was withdrawn already." in text_of(client.post(address, {"reason": "Again"}))
    assert proposed(afp, manager, "6").replaces_id == afp.pk
    with pytest.raises(Refusal, match="Correct the one that stands now"):
        proposed(held, manager, "7")


def test_what_a_range_says_never_changes_not_even_below_the_rules(afp):
    for change in ("high = 1", "valid_to = '2040-01-01'", "confirmed_at = now()", "reason = 'x'"):
        with (
            pytest.raises(DatabaseError, match="A reference range stays as it was entered"),
            as_actor(set_up()),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(f"UPDATE casebook_referencerange SET {change} WHERE id = %s", [afp.pk])


# --- overlap --------------------------------------------------------------------------------------------------


def test_a_correction_may_not_reach_into_its_neighbour(manager, investigator, afp):
    until = date(2029, 12, 31)
    ended = proposed(afp, manager, "20", valid_to=until)
    actions.confirm_range(ended, by=investigator, at=timezone.now())
    later = actions.propose_range(
        afp.laboratory,
        by=manager,
        at=timezone.now(),
        analyte="AFP",
        unit="ng/mL",
        high=Decimal(10),
        valid_from=until + timedelta(days=1),
    )

    answer = page_for(manager).post(reverse("range-correct", args=[ended.pk]), corrected(afp, valid_to=""))

    assert answer.status_code == 409
    assert "DEMO-LAB has a range for AFP in ng/mL from 1 Jan 2030 already, and it overlaps" in text_of(answer)
    assert later.confirmed_at is None


def test_the_database_refuses_an_overlap_that_came_past_the_rule(manager, afp, monkeypatch):
    monkeypatch.setattr(rules, "_first_overlapping", lambda held, among: None)
    said = {"analyte": "AFP", "unit": "ng/mL", "high": Decimal(10), "valid_from": date(2026, 1, 1)}
    first = actions.propose_range(afp.laboratory, by=manager, at=timezone.now(), **said)

    with pytest.raises(Refusal, match="Somebody else has just proposed a range that overlaps with this one"):
        actions.propose_range(afp.laboratory, by=manager, at=timezone.now(), **said)
    with pytest.raises(Refusal, match="Somebody else has just proposed a range that overlaps with this one"):
        actions.confirm_range(first, by=set_up(), at=timezone.now())
    copy = ReferenceRange.objects.get(pk=afp.pk)
    copy.pk, copy._state.adding = None, True
    with pytest.raises(IntegrityError, match="range_without_overlap"), as_actor(set_up()), transaction.atomic():
        copy.save()


# --- the page of a laboratory ---------------------------------------------------------------------------------


def test_a_range_is_proposed_on_the_page_of_its_laboratory(manager, investigator):
    client = page_for(manager)
    client.post(reverse("laboratory-add"), {"code": "NORTH", "name": "North hospital"})
    laboratory = Laboratory.objects.get(code="NORTH")
    said = {"analyte": "ALT", "unit": "U/L", "high": "40,5", "valid_from": "2026-01-01", "sex": "female"}

    answer = client.post(reverse("range-add", args=[laboratory.pk]), said)

    held = laboratory.ranges.get()
    assert answer.status_code == 302
    assert (held.high, held.sex, held.proposed_by_id) == (Decimal("40.5"), "female", manager.pk)
    assert "Waits for confirmation" in text_of(client.get(reverse("laboratory", args=[laboratory.pk])))
    wrong = client.post(reverse("range-add", args=[laboratory.pk]), {**said, "unit": "ng/mL"})
    assert wrong.status_code == 400
    assert "ALT is not entered in the unit “ng/mL”. Its units are: U/L." in text_of(wrong)
    again = client.post(reverse("range-add", args=[laboratory.pk]), {**said, "sex": ""})
    assert again.status_code == 409
    assert "it overlaps with this one" in text_of(again)
    assert "There is a laboratory NORTH already." in text_of(
        client.post(reverse("laboratory-add"), {"code": "NORTH", "name": "Once more"})
    )


def test_a_factor_shows_its_effect_before_it_is_added(manager, afp):
    client, address = page_for(manager), reverse("conversion-add", args=[afp.laboratory_id])
    said = {"analyte": "AFP", "unit_from": "IU/mL", "unit_to": "ng/mL", "factor": "1.21"}
    before = counted()

    shown = client.post(address, said)
    assert counted() == before
    client.post(address, {**said, "foreseen_of": shown_mark(shown)})

    assert ConversionFactor.objects.get(laboratory=afp.laboratory).factor == Decimal("1.21")
    assert "1 IU/mL = 1.21 ng/mL" in text_of(client.get(reverse("laboratory", args=[afp.laboratory_id])))


def test_the_page_offers_no_factor_for_pivka(manager, afp):
    client, address = page_for(manager), reverse("conversion-add", args=[afp.laboratory_id])
    said = {"analyte": "PIVKA-II", "unit_from": "ng/mL", "unit_to": "mAU/mL", "factor": "1.4"}

    page = client.get(reverse("laboratory", args=[afp.laboratory_id]))
    offered = [value for value, _word in page.context["factor"].fields["analyte"].choices]

    assert "AFP" in offered
    assert "PIVKA-II" not in offered
    assert client.post(address, said).status_code == 400
    assert not ConversionFactor.objects.exists()


def test_a_factor_shows_what_changes_without_it_before_it_is_withdrawn(manager, afp):
    said = {"analyte": "AFP", "unit_from": "IU/mL", "unit_to": "ng/mL", "factor": Decimal("1.21")}
    held = actions.add_conversion(afp.laboratory, by=manager, at=timezone.now(), **said)
    client, address = page_for(manager), reverse("conversion-withdraw", args=[afp.laboratory_id])
    asked, before = {"factor": held.pk, "reason": "Of another kit"}, counted()

    assert client.post(address, {"factor": "0"}).status_code == 409
    assert "Say why the factor is withdrawn." in text_of(client.post(address, {**asked, "reason": ""}))
    shown = client.post(address, asked)
    assert 'value="Of another kit"' in shown.content.decode()
    assert counted() == before
    client.post(address, {**asked, "foreseen_of": shown_mark(shown)})

    held.refresh_from_db()
    page = text_of(client.get(reverse("laboratory", args=[afp.laboratory_id])))
    assert held.withdrawn_by == manager
    assert re.search(r"1 IU/mL = 1\.21 ng/mL Withdrawn .*: Of another kit", page)
    assert "Withdraw this factor" not in page


def test_nobody_confirms_the_own_proposal_and_readers_only_read(manager, eligible, cast, afp):
    held = proposed(afp, manager)
    confirm = reverse("ranges-confirm", args=[afp.laboratory_id])

    for role in (Role.MONITOR, Role.COORDINATOR, Role.ADMINISTRATOR):
        client = page_for(cast.one(role))
        assert client.get(reverse("ranges")).status_code == 200, role
        page = client.get(reverse("range", args=[held.pk]))
        assert "does not include this: confirm a reference range" in text_of(page)
        assert client.post(confirm, {"range": held.pk}).status_code == 403
        assert client.post(reverse("range-correct", args=[held.pk]), {}).status_code == 403
    assert page_for(manager).post(confirm, {"range": held.pk}).status_code == 403


# --- the file -------------------------------------------------------------------------------------------------


def sent(client: Client, *lines: str, act: str = "try", foreseen_of: str = "", header: str = HEADER):
    text = "\r\n".join((header, *lines))
    return client.post(reverse("ranges-upload"), {"text": text, "act": act, "foreseen_of": foreseen_of})


def test_a_trial_run_says_of_each_row_what_it_does_and_saves_nothing(manager, afp):
    before, start = counted(), afp.valid_from.isoformat()

    answer = sent(
        page_for(manager),
        f"DEMO-LAB,AFP,,,,,ng/mL,,20,{start},,assumed,",
        f"DEMO-LAB,AFP,,,,,ng/mL,,0.5,{start},,letter of May,New kit",
        "NORTH,ALT,,female,18,,U/L,,40.5,2026-01-01,,,",
        "NORTH,ALT,,,,,U/L,,50,2026-02-01,,,",
        "NORTH,AXT,,,,,U/L,,50,2026-02-01,,,",
    )

    rows = [(row.line, str(row.does)) for row in answer.context["loaded"].rows]
    assert rows == [
        (2, "range known"),
        (3, "range changed"),
        (4, "range added"),
        (5, "row refused"),
        (6, "row refused"),
    ]
    said = text_of(answer)
    assert "NORTH has a range for ALT in U/L from 1 Jan 2026 already, and it overlaps with this one" in said
    assert "No form of the trial asks for AXT." in said
    assert answer.status_code == 409
    assert counted() == before
    assert answer.context["loaded"].new_laboratories == {"NORTH"}
    assert said.count("New laboratory") == 3, "beside each row of it, and beside none of a laboratory that is known"
    assert "NORTH,AXT" in answer.content.decode(), "what was sent stands there to be put right"


def test_what_was_tried_is_taken_in_whole_as_proposals(manager, eligible, afp):
    client, start = page_for(manager), afp.valid_from.isoformat()
    lines = (
        f"DEMO-LAB,AFP,,,,,ng/mL,,0.5,{start},,letter of May,New kit",
        "NORTH,ALT,Abbott,female,18,,U/L,,40.5,2026-01-01,,,",
    )
    tried = sent(client, *lines)
    assert eligible.subject.number in text_of(tried), "the effect of the file is shown"
    mark = shown_mark(tried)

    other = sent(client, *lines, "NORTH,AST,,,,,U/L,,40,2026-01-01,,,", act="save", foreseen_of=mark)
    assert other.status_code == 200
    assert not Laboratory.objects.filter(code="NORTH").exists()
    done = sent(client, *lines, act="save", foreseen_of=mark)

    assert done.status_code == 302
    assert [(held.analyte, held.confirmed_at) for held in ReferenceRange.objects.filter(confirmed_at=None)] == [
        ("AFP", None),
        ("ALT", None),
    ]
    female = ReferenceRange.objects.get(laboratory__code="NORTH")
    assert (female.method, female.sex, female.age_from, female.age_to) == ("Abbott", "female", 18, None)


def test_one_file_ends_a_range_and_adds_the_next_and_both_are_confirmed_together(manager, investigator, afp):
    client, start = page_for(manager), afp.valid_from.isoformat()
    lines = (
        f"DEMO-LAB,AFP,,,,,ng/mL,,20,{start},2029-12-31,,New kit",
        'DEMO-LAB,AFP,,,,,ng/mL,,"10,5",2030-01-01,,letter of May,',
    )
    tried = sent(client, *lines)
    assert [str(row.does) for row in tried.context["loaded"].rows] == ["range changed", "range added"]
    assert "New laboratory" not in text_of(tried)

    assert sent(client, *lines, act="save", foreseen_of=shown_mark(tried)).status_code == 302

    waiting = list(ReferenceRange.objects.filter(confirmed_at=None, left_at=None).order_by("-pk"))
    lead_page, confirm = page_for(investigator), reverse("ranges-confirm", args=[afp.laboratory_id])
    ticked = {"range": [held.pk for held in waiting]}
    assert lead_page.get(reverse("laboratory", args=[afp.laboratory_id])).content.decode().count('name="range"') == 2
    shown = lead_page.post(confirm, ticked)
    assert lead_page.post(confirm, {**ticked, "foreseen_of": shown_mark(shown)}).status_code == 302
    in_force = ReferenceRange.objects.filter(laboratory=afp.laboratory, analyte="AFP", left_at=None)
    assert sorted((held.high, held.valid_to) for held in in_force) == [
        (Decimal("10.5"), None),
        (20, date(2029, 12, 31)),
    ]


def test_a_file_that_changed_under_way_saves_nothing_of_it(manager, afp):
    client = page_for(manager)
    lines = ("NORTH,ALT,,,,,U/L,,40,2026-01-01,,,", "NORTH,AST,,,,,U/L,,40,2026-01-01,,,")
    mark = shown_mark(sent(client, *lines))
    north = actions.add_laboratory(None, by=manager, at=timezone.now(), code="NORTH", name="North")
    said = {"analyte": "AST", "unit": "U/L", "high": Decimal(39), "valid_from": date(2025, 1, 1)}
    actions.propose_range(north, by=manager, at=timezone.now(), **said)

    answer = sent(client, *lines, act="save", foreseen_of=mark)

    assert answer.status_code == 409
    assert "Row 3: NORTH has a range for AST in U/L from 1 Jan 2025 already" in text_of(answer)
    assert north.ranges.count() == 1


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("NORTH,ALT,,,,,U/L,,4O,2026-01-01,,,", "4O is not a number."),
        ("NORTH,ALT,,,,,U/L,,0.0000001,2026-01-01,,,", "Upper limit takes at most 5 decimal places."),
        ("NORTH,ALT,,,,,U/L,,1e30,2026-01-01,,,", "Upper limit: 1e30 is not a number."),
        ("NORTH,ALT,,,,,U/L,,1000000000,2026-01-01,,,", "1000000000 is too large for a limit."),
        ("NORTH,ALT,,,,,U/L,,-5,2026-01-01,,,", "The limit -5 is below 0, as no result is."),
        ("NORTH,ALT,,,old,,U/L,,40,2026-01-01,,,", "old is not an age in whole years."),
        ("NORTH,ALT,,,70,18,U/L,,40,2026-01-01,,,", "The age begins at 70 and ends at 18"),
        ("NORTH,ALT,,,,,mg,,40,2026-01-01,,,", "ALT is not entered in the unit “mg”."),
        ("NORTH,ALT,,,,,U/L,,40,2026-02-30,,,", "2026-02-30 is not a day."),
        (f"{'N' * 33},ALT,,,,,U/L,,40,2026-01-01,,,", "Column laboratory holds more than 32 characters."),
        ("DEMO-LAB,AFP,,,,,ng/mL,,1,2010-01-01", "This line has more or fewer values than there are columns."),
        ("\0", "The file is not a text file."),
    ],
)
def test_a_bad_row_is_refused_with_its_number(manager, line, sentence):
    answer = sent(page_for(manager), line)

    assert answer.status_code in {400, 409}
    assert sentence in text_of(answer) or answer.status_code == 400


def test_a_chosen_file_is_read_as_the_text_is(manager):
    file = io.BytesIO(f"\ufeff{HEADER}\nNORTH,ALT,,,,,U/L,,40,2026-01-01,,,".encode())
    file.name = "ranges.csv"

    answer = page_for(manager).post(reverse("ranges-upload"), {"file": file, "text": "", "act": "try"})

    example = settings.BASE_DIR / "docs" / "examples" / "reference-ranges.csv"
    assert page_for(manager).post(reverse("ranges-upload"), {"text": example.read_text()}).context["loaded"].added == 6
    assert answer.context["loaded"].added == 1
    assert answer.context["foreseen_of"] == fingerprint(file.getvalue().removeprefix(b"\xef\xbb\xbf"))

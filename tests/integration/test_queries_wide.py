"""Queries beyond one item: on several, on a missing form, assigned, closed across forms; comments; hard checks counted."""

from __future__ import annotations

import pytest
from django.utils import timezone
from django.utils.translation import gettext, override

from audit.decision import Refusal
from audit.door import as_actor
from casebook import actions
from casebook.actions.asking import MENDED
from casebook.models import CheckRefusal, Comment, Visit
from casebook.rules.queries import may_be_asked_for
from casebook.selectors.checks import ACROSS, check_lines, checks_of
from casebook.selectors.queries import (
    comments_by_path,
    open_queries_for,
    people_who_answer,
    queries_by_path,
    queries_to_answer,
    talk_of,
)
from casebook.selectors.sight import hidden_rows, visible_comments, visible_queries
from casebook.states import QueryState
from casebook.templatetags.words import step_said
from protocol.language import Severity
from protocol.reaching import readers_of
from protocol.roles import Role
from protocol.trial import TRIAL
from tests.casebook_ground import (
    EVALUATION,
    VITALS,
    a_coordinator,
    a_data_manager,
    a_key,
    a_laboratory,
    a_monitor,
    a_subject,
    a_surgeon,
    again,
    answered,
    complete,
    events_of,
    queries_on,
    save,
    site_of,
    the_form,
)
from tests.integration.test_casebook_queries import imported
from tests.integration.test_entry_pages import browser_of, post
from tests.lock_ground import nothing_stands_against
from tests.people import a_site, a_user

pytestmark = pytest.mark.django_db
HOT = {"temperature": "45 °C"}


@pytest.fixture(autouse=True)
def nobody_listens(settings):
    settings.CASEBOOK_AFTER_CHANGE = []


@pytest.fixture
def coordinator():
    return a_coordinator()


@pytest.fixture
def monitor(coordinator):
    return a_monitor(site_of(coordinator))


@pytest.fixture
def form(coordinator):
    return the_form(a_subject(coordinator), "VS", by=coordinator)


def asked(form, by, *paths, **details):
    return actions.open_query(form, by=by, at=timezone.now(), text="Are both right?", paths=paths, **details)


class TestSeveralItems:
    def test_one_query_stands_at_each_of_its_items(self, form, monitor):
        query = asked(form, monitor, "weight", "height", "pulse")

        assert query.paths == ("weight", "height", "pulse")
        with as_actor(monitor):
            found = queries_by_path(form)
        assert {path: [each.pk for each in found[path]] for path in found} == {path: [query.pk] for path in query.paths}

    def test_each_item_is_named_once_whoever_names_it_twice(self, form, monitor):
        assert asked(form, monitor, "weight", "weight", path="weight").paths == ("weight",)

    def test_the_values_asked_about_are_kept_with_the_query(self, form, coordinator, monitor):
        save(form, {"weight": "60 kg", "height": "170 cm"}, by=coordinator)

        query = asked(again(form, by=coordinator), monitor, "weight", "height")

        assert query.value == {"value": "60", "unit": "kg"}
        assert query.further == {"height": {"value": "170", "unit": "cm"}}

    def test_an_item_that_is_not_there_is_named_in_the_refusal(self, form, monitor):
        with pytest.raises(Refusal, match="This form has no item shoe_size to ask about"):
            asked(form, monitor, "weight", "shoe_size")

    def test_without_items_the_whole_form_is_asked_about(self, form, monitor):
        assert asked(form, monitor).paths == ("",)

    @pytest.mark.parametrize(
        ("item", "value", "outcome"), [("height", "171 cm", "changed"), ("pulse", "70 /min", "kept")]
    )
    def test_closing_says_whether_one_of_the_values_was_changed(self, form, coordinator, monitor, item, value, outcome):
        save(form, {"weight": "60 kg", "height": "170 cm"}, by=coordinator)
        query = asked(again(form, by=coordinator), monitor, "weight", "height")
        save(again(form, by=coordinator), {item: value}, by=coordinator)

        closed = actions.close_query(query, by=monitor, at=timezone.now())

        assert closed.outcome == outcome
        assert actions.reopen_query(closed, by=monitor, at=timezone.now(), text="Again").outcome == ""


class TestTheWordsAtItsEnd:
    @pytest.fixture
    def query(self, form, monitor):
        return asked(form, monitor, "weight")

    def test_are_free(self, query, monitor):
        assert actions.close_query(query, by=monitor, at=timezone.now()).state == QueryState.CLOSED

    @pytest.mark.parametrize(
        ("text", "why"),
        [("Told by 13812345678", "nothing that identifies a person is stored"), ("x" * 2001, "at most 2000 are kept")],
    )
    def test_are_refused_like_all_others(self, query, monitor, text, why):
        with pytest.raises(Refusal, match=why):
            actions.close_query(query, by=monitor, at=timezone.now(), text=text)

    def test_of_a_person_are_shown_as_written_and_ours_in_the_language_of_the_reader(self):
        with override("zh-hans"):
            assert step_said("Yes") == "Yes" != gettext("Yes")
            assert step_said(MENDED) == gettext(MENDED) != MENDED

    def test_are_not_needed_where_it_has_ended(self, query, monitor):
        closed = actions.close_query(query, by=monitor, at=timezone.now())

        with pytest.raises(Refusal, match="This query is closed already"):
            actions.close_query(closed, by=monitor, at=timezone.now())


class TestAMissingForm:
    @pytest.fixture
    def visit(self, form, coordinator):
        subject = form.subject
        return actions.add_visit(subject, by=coordinator, at=timezone.now(), code="UNS")

    def test_a_form_not_started_is_asked_about_as_a_whole(self, form, monitor):
        assert form.state == "not started"
        assert asked(form, monitor).form_id == form.pk

    def test_a_form_that_is_not_there_is_expected_by_the_question(self, visit, monitor):
        query = actions.ask_for_form(visit, by=monitor, at=timezone.now(), crf="VS", text="Where are the vital signs?")

        assert (query.form.crf, query.form.state, query.form.visit_id) == ("VS", "not started", visit.pk)
        kinds = [event.kind for event in events_of(visit.subject, by=monitor)]
        assert kinds[-2:] == ["casebook.forms.expected", "casebook.query.opened"]

    def test_a_form_that_is_there_is_asked_about_on_its_own_page(self, visit, monitor):
        actions.ask_for_form(visit, by=monitor, at=timezone.now(), crf="VS", text="Where?")

        with pytest.raises(Refusal, match="Form VS is not missing here: it is there"):
            actions.ask_for_form(visit, by=monitor, at=timezone.now(), crf="VS", text="Where?")

    def test_a_form_that_is_not_asked_of_the_subject_is_neither_offered_nor_missing(self, visit, monitor):
        with as_actor(monitor):
            screening = Visit.objects.get(subject=visit.subject_id, code="SCR")
            assert "PG" not in may_be_asked_for(monitor, screening)

        with pytest.raises(Refusal, match="not asked of this subject"):
            actions.ask_for_form(screening, by=monitor, at=timezone.now(), crf="PG", text="Where is the test?")

    def test_who_only_answers_asks_for_no_form(self, visit, coordinator):
        with pytest.raises(Refusal, match="does not include this: open a query"):
            actions.ask_for_form(visit, by=coordinator, at=timezone.now(), crf="VS", text="Where?")


class TestAssigning:
    def test_somebody_of_the_site_is_named_and_the_query_is_no_younger_by_it(self, form, coordinator, monitor):
        query = asked(form, monitor, "weight")

        named = actions.assign_query(query, by=monitor, at=timezone.now(), to=coordinator)

        assert (named.assigned_to, named.changed_at) == (coordinator, query.changed_at)
        assert events_of(form.subject, by=monitor)[-1].kind == "casebook.query.assigned"
        with as_actor(monitor):
            assert [said.assigned_to for said in talk_of(query)] == ["", coordinator.name]

    def test_nobody_is_named_again(self, form, coordinator, monitor):
        query = asked(form, monitor, "weight", assigned_to=coordinator)

        assert actions.assign_query(query, by=coordinator, at=timezone.now(), to=None).assigned_to is None
        with as_actor(monitor):
            assert talk_of(query)[-1].text == "Nobody is named to answer any more."

    def test_naming_the_same_person_again_does_nothing(self, form, coordinator, monitor):
        query = asked(form, monitor, "weight", assigned_to=coordinator)
        before = len(events_of(form.subject, by=monitor))

        actions.assign_query(query, by=monitor, at=timezone.now(), to=coordinator)

        assert len(events_of(form.subject, by=monitor)) == before

    def test_only_who_may_answer_is_named(self, form, monitor):
        with pytest.raises(Refusal, match=r"may not answer queries on this form\. Choose somebody of the site who may"):
            asked(form, monitor, "weight", assigned_to=monitor)

    def test_a_closed_query_is_assigned_to_nobody(self, form, coordinator, monitor):
        query = actions.close_query(asked(form, monitor, "weight"), by=monitor, at=timezone.now())

        with pytest.raises(Refusal, match="This query is closed; there is nothing to answer any more"):
            actions.assign_query(query, by=monitor, at=timezone.now(), to=coordinator)

    def test_those_to_choose_from_are_the_people_of_the_site(self, form, coordinator, monitor):
        a_coordinator(a_site())

        with as_actor(monitor):
            names = {person.name for person in people_who_answer(form)}
        assert coordinator.name in names
        assert monitor.name not in names
        assert all(person.holds("casebook:query:answer", at=form.site_id) for person in people_who_answer(form))

    def test_of_a_blinded_evaluation_its_author_alone_is_named(self, form, coordinator):
        surgeon = a_surgeon(site_of(coordinator))
        evaluation = the_form(form.subject, "SU", by=surgeon)
        complete(evaluation, EVALUATION | {"icg_r15": "90 %"}, by=surgeon)

        with as_actor(surgeon):
            assert list(people_who_answer(again(evaluation, by=surgeon))) == [surgeon]


class TestWhatWaitsForWhom:
    def test_what_is_assigned_to_another_waits_for_the_other(self, form, coordinator, monitor):
        other = a_coordinator(site_of(coordinator))
        asked(form, monitor, "weight")
        asked(form, monitor, "height", assigned_to=other)

        assert open_queries_for(coordinator) == {"answer": 1, "mine": 0, "close": 0}
        assert open_queries_for(other) == {"answer": 2, "mine": 1, "close": 0}

    def test_an_answered_one_waits_for_who_closes(self, form, coordinator, monitor):
        actions.answer_query(asked(form, monitor, "weight"), by=coordinator, at=timezone.now(), text="Yes")

        assert open_queries_for(coordinator)["answer"] == 0
        assert open_queries_for(monitor) == {"answer": 0, "mine": 0, "close": 1}

    def test_the_author_of_a_blinded_evaluation_finds_its_queries(self, form, coordinator):
        surgeon = a_surgeon(site_of(coordinator))
        complete(the_form(form.subject, "SU", by=surgeon), EVALUATION | {"icg_r15": "90 %"}, by=surgeon)

        with as_actor(surgeon):
            assert queries_to_answer(surgeon).count() == 1
        with as_actor(coordinator):
            assert queries_to_answer(coordinator).count() == 0

    def test_every_step_tells_who_said_it_in_which_role(self, form, coordinator, monitor):
        query = asked(form, monitor, "weight")
        actions.answer_query(query, by=coordinator, at=timezone.now(), text="Yes")

        with as_actor(monitor):
            told = [(said.by_name, said.by_role.partition(" (")[0]) for said in talk_of(query)]
        assert told == [(monitor.name, "Monitor"), (coordinator.name, "Coordinator")]


class TestAcrossForms:
    """A check that looks at other forms: its query closes whichever form is mended."""

    LIVER = {"assessed_on": "2025-03-03", "encephalopathy": "none", "ascites": "none", "declared_class": "A"}

    @pytest.fixture
    def questioned(self, coordinator):
        """A declared Child-Pugh class that the blood values contradict."""
        subject = a_subject(coordinator)
        blood = {"sampled_on": "2025-03-03", "laboratory": a_laboratory().code}
        imported(subject, "CH", blood | {"bilirubin": "60 µmol/L", "albumin": "25 g/L"}, by=coordinator)
        imported(subject, "CO", blood | {"inr": "2.5"}, by=coordinator)
        liver = the_form(subject, "CP", by=coordinator)
        complete(liver, self.LIVER, by=coordinator)
        return liver

    def test_the_check_is_known_to_look_across(self, questioned):
        assert "CP.declared_class.computed" in ACROSS

    def mend(self, questioned, crf, typed, *, by):
        form = the_form(questioned.subject, crf, by=by)
        details = {"based_on": form.version, "key": a_key(), "complete": True}
        reasons = dict.fromkeys(typed, "Typing error corrected")
        return actions.import_form(
            form, by=by, at=timezone.now(), answers=answered(crf, typed), reasons=reasons, **details
        )

    def test_mending_the_other_form_closes_the_query(self, questioned, coordinator, check_what_commit_checks):
        assert self.mend(questioned, "CO", {"inr": "1.0"}, by=coordinator).mended == ()

        saved = self.mend(questioned, "CH", {"bilirubin": "10 µmol/L", "albumin": "45 g/L"}, by=coordinator)

        check_what_commit_checks()
        [query] = [each for each in queries_on(questioned, by=coordinator) if each.check_id in ACROSS]
        assert (query.state, query.outcome, saved.mended) == ("closed", "changed", (str(query.pk),))
        with as_actor(coordinator):
            assert talk_of(query)[-1].text == "Another form was changed and the check finds nothing any more."

    def across(self, form, coordinator):
        return [each for each in queries_on(form, by=coordinator) if each.check_id in ACROSS]

    @pytest.fixture
    def agreeing(self, questioned, coordinator):
        self.mend(questioned, "CO", {"inr": "1.0"}, by=coordinator)
        self.mend(questioned, "CH", {"bilirubin": "10 µmol/L", "albumin": "45 g/L"}, by=coordinator)
        return questioned

    WORSE = {"bilirubin": "60 µmol/L", "albumin": "25 g/L"}

    def test_a_change_elsewhere_opens_the_query_again_at_once(self, agreeing, coordinator, check_what_commit_checks):
        saved = self.mend(agreeing, "CH", self.WORSE, by=coordinator)

        check_what_commit_checks()
        closed, opened = self.across(agreeing, coordinator)
        assert (closed.state, opened.state, saved.elsewhere) == ("closed", "open", (str(opened.pk),))
        with as_actor(coordinator):
            assert talk_of(opened)[0].text == "Another form was changed, and the check asks since then."

    def test_what_a_person_accepted_is_not_asked_again(self, questioned, coordinator, monitor):
        [query] = self.across(questioned, coordinator)
        actions.answer_query(query, by=coordinator, at=timezone.now(), text="So it was")
        [query] = self.across(questioned, coordinator)
        actions.close_query(query, by=monitor, at=timezone.now())

        assert self.mend(questioned, "CH", {"albumin": "24 g/L"}, by=coordinator).elsewhere == ()

    def test_a_form_that_falls_silent_at_a_form_added_is_closed_by_its_first_save(self, form, coordinator):
        complete(form, VITALS | {"ecog": "5"}, by=coordinator)
        [asked] = self.across(form, coordinator)
        death = actions.add_form(form.subject, by=coordinator, at=timezone.now(), visit=None, crf="DT")

        saved = save(death, {"died_on": "2025-04"}, by=coordinator)

        assert saved.mended == (str(asked.pk),)

    def test_the_page_says_at_which_form_it_was_asked(self, form, coordinator):
        complete(form, VITALS, by=coordinator)
        death = actions.add_form(form.subject, by=coordinator, at=timezone.now(), visit=None, crf="DT")

        answer = post(browser_of(coordinator), death, {"died_on": "2020-01-01"})

        assert answer.status_code == 302
        [asked] = self.across(form, coordinator)
        assert (asked.check_id, asked.state) == ("VS.assessed_on.death", "open")
        page = browser_of(coordinator).get(answer.url)
        assert page.status_code == 200

    def test_nothing_is_asked_under_a_lock(self, agreeing, coordinator, monkeypatch):
        nothing_stands_against(monkeypatch)
        actions.lock(agreeing, by=a_data_manager(), at=timezone.now(), reason="Cleaned")

        assert self.mend(agreeing, "CH", self.WORSE, by=coordinator).elsewhere == ()

    def test_the_definitions_tell_who_looks_at_what(self):
        assert readers_of("CH", frozenset({"albumin"}))["CP"] == {"CP.declared_class.computed"}
        assert "TA.reader_overall.recurrence" in readers_of("RP", frozenset())["TA"]
        assert "AE.onset_on.death" in readers_of("DT", frozenset({"died_on"}))["AE"]
        assert readers_of("DM", frozenset({"sex"})) == {}

    def test_every_check_that_looks_across_is_known_to_be_looked_at_again(self):
        reached = {
            check
            for crf in TRIAL.crfs
            for name in ({item.name for item in crf.items} | {""})
            for checks in readers_of(crf.code, frozenset({name})).values()
            for check in checks
        }
        hard = {c.id for crf in TRIAL.crfs for _item, c in checks_of(crf) if c.severity is Severity.HARD}
        assert set(ACROSS) - hard - reached == set()

    def test_a_change_that_mends_nothing_leaves_it_open(self, questioned, coordinator):
        pulse = the_form(questioned.subject, "VS", by=coordinator)

        assert save(pulse, {"pulse": "70 /min"}, by=coordinator).mended == ()
        [query] = [each for each in queries_on(questioned, by=coordinator) if each.check_id in ACROSS]
        assert query.state == QueryState.OPEN


class TestComments:
    def said(self, form, by, text="Weighed with shoes.", path="weight"):
        return actions.comment(form, by=by, at=timezone.now(), text=text, path=path)

    def test_a_remark_stands_at_its_item_and_asks_for_nothing(self, form, coordinator, monitor):
        said = self.said(form, coordinator)

        with as_actor(monitor):
            assert comments_by_path(form) == {"weight": [said]}
            assert queries_by_path(form) == {}
        assert events_of(form.subject, by=monitor)[-1].kind == "casebook.comment.said"

    def test_who_may_neither_ask_nor_answer_remarks_nothing(self, form):
        with pytest.raises(Refusal, match="does not include this: answer a query"):
            self.said(form, a_user(Role.STATISTICIAN, None))

    @pytest.mark.parametrize(
        ("text", "why"),
        [(" ", "Write your comment"), ("Call 13812345678", "nothing that identifies a person is stored")],
    )
    def test_a_remark_says_something_and_names_nobody(self, form, coordinator, text, why):
        with pytest.raises(Refusal, match=why):
            self.said(form, coordinator, text=text)

    def test_a_remark_never_changes(self, form, coordinator):
        said = self.said(form, coordinator)

        with as_actor(coordinator), pytest.raises(Exception, match="permission denied"):
            Comment.objects.filter(pk=said.pk).update(text="Without.")

    def test_a_remark_of_another_site_does_not_exist(self, form, coordinator):
        self.said(form, coordinator)

        other = a_coordinator(a_site())
        with as_actor(other):
            assert not visible_comments(other).exists()

    def test_remarks_and_queries_at_an_item_that_tells_the_arm_are_hidden_with_it(self, form, coordinator, monitor):
        event = actions.add_form(form.subject, by=coordinator, at=timezone.now(), visit=None, crf="AE")
        said = self.said(event, coordinator, path="related_surgery", text="Asked the surgeon.")
        query = asked(event, monitor, "term", "related_surgery")
        reviewer = a_user(Role.MEDICAL_REVIEWER, None)

        with as_actor(reviewer):
            assert not visible_comments(reviewer).exists()
            assert not visible_queries(reviewer).exists()
            assert {("casebook_comment", str(said.pk)), ("casebook_query", str(query.pk))} <= hidden_rows(reviewer)
        with as_actor(monitor):
            assert visible_comments(monitor).count() == visible_queries(monitor).count() == 1
        with pytest.raises(Refusal, match="An item that is not shown to your role cannot be asked about"):
            asked(event, reviewer, "related_surgery")


class TestChecks:
    def line(self, user, check_id):
        with as_actor(user):
            return next(line for line in check_lines(user) if line.id == check_id)

    def test_a_soft_check_is_counted_by_its_queries_and_what_became_of_the_value(self, form, coordinator, monitor):
        save(form, HOT, by=coordinator)
        [query] = queries_on(form, by=coordinator)
        actions.close_query(query, by=monitor, at=timezone.now())
        save(again(form, by=coordinator), {"temperature": "46 °C"}, by=coordinator)
        save(again(form, by=coordinator), {"temperature": "36.6 °C"}, by=coordinator)

        line = self.line(coordinator, query.check_id)

        assert (line.is_hard, line.asked, line.standing, line.kept, line.changed) == (False, 2, 0, 1, 1)

    def test_a_hard_check_is_counted_by_the_saves_it_refused(self, form, coordinator):
        for _time in range(2):
            with pytest.raises(Refusal, match="Nothing was saved"):
                save(form, {"assessed_on": "2099-01-01"}, by=coordinator)

        with as_actor(coordinator):
            [(check_id, times)] = CheckRefusal.objects.values_list("check_id", "times")
        assert times == 2
        line = self.line(coordinator, check_id)
        assert (line.is_hard, line.refused, line.fired) == (True, 2, 2)

    def test_another_site_learns_nothing_of_it(self, form, coordinator):
        save(form, HOT, by=coordinator)
        [query] = queries_on(form, by=coordinator)

        assert self.line(a_coordinator(a_site()), query.check_id).asked == 0
        assert self.line(a_data_manager(), query.check_id).asked == 1

    def test_every_check_of_the_definitions_is_listed_with_its_sentence(self, coordinator):
        with as_actor(coordinator):
            lines = check_lines(coordinator)
        assert len(lines) == len({line.id for line in lines}) > 200
        assert all(line.shown and "%(" not in line.shown for line in lines)

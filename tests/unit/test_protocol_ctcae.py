"""The terms of CTCAE v5.0: whole as the National Cancer Institute published them, and found by what people type."""

from __future__ import annotations

from collections import Counter

import pytest

from protocol.ctcae import CLASSES, CTCAE_TERM, GRADES, TERMS
from protocol.ctcae_classes import SYSTEM_ORGAN_CLASSES
from protocol.ctcae_words import SEARCH_WORDS
from protocol.language import Code, Coded, CodeList
from protocol.reading import Unreadable, read
from protocol.record import Answer
from protocol.searching import MOST, exactly_named, folded, nearest, search

ALLOWED = dict(GRADES)
ITEM = Coded(name="term", title="CTCAE term", codes=CTCAE_TERM)


def named(codes):
    return [code.value for code in codes]


class TestTheList:
    def test_holds_837_terms_of_26_classes(self):
        assert (len(TERMS), len(set(CLASSES.values()))) == (837, 26)
        assert len(ALLOWED) == len(CTCAE_TERM.codes) == 837

    @pytest.mark.parametrize(
        ("organ_class", "terms"),
        [
            ("Gastrointestinal disorders", 122),
            ("Hepatobiliary disorders", 18),
            ("Infections and infestations", 88),
            ("Investigations", 42),
            ("Social circumstances", 1),
        ],
    )
    def test_has_the_terms_of_each_class(self, organ_class, terms):
        assert Counter(CLASSES.values())[organ_class] == terms

    def test_has_an_other_in_every_class(self):
        others = {CLASSES[term] for term in CLASSES if term.endswith(" - Other, specify")}

        assert others == set(CLASSES.values())

    @pytest.mark.parametrize(
        ("term", "organ_class", "grades"),
        [
            ("Febrile neutropenia", "Blood and lymphatic system disorders", "345"),
            ("Alanine aminotransferase increased", "Investigations", "1234"),
            ("Nausea", "Gastrointestinal disorders", "123"),
            ("Hepatic failure", "Hepatobiliary disorders", "345"),
            ("Portal vein thrombosis", "Hepatobiliary disorders", "2345"),
            ("Eosinophilia", "Blood and lymphatic system disorders", "13"),
            ("Palmar-plantar erythrodysesthesia syndrome", "Skin and subcutaneous tissue disorders", "123"),
            ("Postoperative hemorrhage", "Injury, poisoning and procedural complications", "12345"),
            ("Death NOS", "General disorders and administration site conditions", "5"),
            ("Hypertension", "Vascular disorders", "12345"),
        ],
    )
    def test_has_class_and_grades_of_a_term(self, term, organ_class, grades):
        assert (CLASSES[term], "".join(ALLOWED[term])) == (organ_class, grades)

    def test_has_no_death_of_a_laboratory_value_but_of_another_one_to_specify(self):
        deadly = [each.term for each in TERMS if each.system_organ_class == "Investigations" and "5" in each.grades]

        assert deadly == ["Investigations - Other, specify"]

    def test_has_grades_in_their_order_and_at_least_one(self):
        for each in TERMS:
            assert each.grades
            assert set(each.grades) <= set("12345")
            assert list(each.grades) == sorted(set(each.grades))

    def test_tells_its_terms_apart_however_they_are_spelled(self):
        assert len({folded(each.term) for each in TERMS}) == len(TERMS)

    def test_says_source_and_edition_and_holds_no_code_of_another_dictionary(self):
        assert CTCAE_TERM.source == "CTCAE v5.0, 27 Nov 2017, U.S. National Cancer Institute, public domain"
        assert not any(sign.isdigit() for code in CTCAE_TERM.codes for sign in code.value.replace("CD4", ""))


class TestTheSearch:
    @pytest.mark.parametrize(
        ("typed", "first"),
        [
            ("anaemia", "Anemia"),
            ("FEBRILE", "Febrile neutropenia"),
            ("haemorrhage oeso", "Esophageal hemorrhage"),
            ("ALT", "Alanine aminotransferase increased"),
            ("谷丙", "Alanine aminotransferase increased"),
            ("胆漏", "Biliary fistula"),
            ("cholangitis", "Biliary tract infection"),
            ("手足综合征", "Palmar-plantar erythrodysesthesia syndrome"),
            ("pain", "Pain"),
        ],
    )
    def test_finds_a_term_by_what_people_call_it(self, typed, first):
        assert named(search(CTCAE_TERM, typed))[0] == first

    @pytest.mark.parametrize("typed", ["", "  ", "-", "zzz", "x" * 5000])
    def test_finds_nothing_where_nothing_is_said(self, typed):
        assert search(CTCAE_TERM, typed) == ()

    def test_gives_no_more_than_anybody_reads(self):
        assert len(search(CTCAE_TERM, "e")) == MOST

    def test_knows_no_word_of_a_term_that_is_none(self):
        assert {term for _, term in SEARCH_WORDS} <= set(CLASSES)

    @pytest.mark.parametrize("typed", ["anemia", "Anaemia", " ＡＮＥＭＩＡ ", "ANEMIA"])
    def test_takes_a_whole_name_in_any_spelling(self, typed):
        assert exactly_named(CTCAE_TERM, typed).value == "Anemia"

    @pytest.mark.parametrize("typed", ["anem", "thrombocytop", "ALT", ""])
    def test_never_takes_a_part_for_the_whole(self, typed):
        assert exactly_named(CTCAE_TERM, typed) is None

    def test_names_what_is_spelled_alike(self):
        assert "Pruritus" in named(nearest(CTCAE_TERM, "pruritis"))

    def test_keeps_lists_apart(self):
        one, other = (CodeList("x", (Code(name, name),), "Trial list") for name in ("Alpha", "Beta"))

        assert named(search(one, "alpha")) == ["Alpha"]
        assert search(other, "alpha") == ()


class TestWhatIsTyped:
    def test_is_stored_as_the_list_spells_it(self):
        assert read(ITEM, "diarrhoea") == Answer(value="Diarrhea")
        assert read(ITEM, "Blood and lymphatic system disorders - other, specify").value.endswith("- Other, specify")

    def test_is_refused_with_the_nearest_terms(self):
        with pytest.raises(Unreadable) as refused:
            read(ITEM, "anem")
        assert refused.value.sentence.english() == (
            "CTCAE term: anem is not on the list as it stands. The nearest are: Anemia. Choose one."
        )

    def test_is_refused_where_nothing_is_near(self):
        with pytest.raises(Unreadable) as refused:
            read(ITEM, "zzz")
        assert refused.value.sentence.english() == (
            "CTCAE term: nothing on the list is called zzz. Search by another word of the term."
        )

    def test_may_be_left_blank(self):
        assert read(ITEM, " ").is_blank


def test_every_organ_class_is_named_for_who_says_it_in_another_language():
    assert set(SYSTEM_ORGAN_CLASSES) == set(CLASSES.values())

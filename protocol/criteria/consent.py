"""The consent criterion, and the age at consent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final

from protocol.criteria.judging import all_of, said
from protocol.dates import completed_years_possible
from protocol.facts import Fact, Facts, day_of, days_of, unknown
from protocol.language import FAIL, PASS, UNKNOWN
from protocol.record import ConsentVersion, Evidence, Judgement, Need, Told, Untold, told
from protocol.words import N_, sentence

ADULT_YEARS: Final = 18


def judge_age(facts: Facts) -> Judgement:
    """Return whether 18 years were completed at the first consent; the 18th birthday itself passes."""
    consents = _consents(facts)
    birth = facts.birth
    if birth is None:
        return facts.absent("DM", "birth_date")
    if not consents:
        return facts.absent("ICF", "signed_at")
    signed_on = consents[0].on or facts.on
    years = completed_years_possible(days_of(birth.answer.value), signed_on)
    if years is None or (years[0] < ADULT_YEARS <= years[1]):
        return Untold(
            UNKNOWN,
            lambda: told(
                N_("Born %(birth)s, the subject may or may not have been %(limit)s years old at consent on %(on)s."),
                needs=(Need(crf="DM", item="birth_date"),),
                evidence=_ages(birth, consents[0]),
                birth=birth.value,
                limit=ADULT_YEARS,
                on=signed_on,
            ),
        )
    completed = years[0]
    is_adult = completed >= ADULT_YEARS
    return Untold(
        PASS if is_adult else FAIL,
        lambda: told(
            N_("The subject was %(years)s years old at consent on %(on)s, at least %(limit)s.")
            if is_adult
            else N_(
                "The subject was %(years)s years old at consent on %(on)s; "
                "the birthday of %(limit)s years itself passes."
            ),
            evidence=_ages(birth, consents[0]),
            years=completed,
            on=signed_on,
            limit=ADULT_YEARS,
        ),
    )


def _ages(birth: Fact, consent: Fact) -> tuple[Evidence, ...]:
    return (birth.evidence(limit=f"≥ {ADULT_YEARS}"), consent.evidence())


def _consents(facts: Facts) -> list[Fact]:
    """Return the consents signed up to the day, the first one first."""
    signed = [Fact(form, "signed_at", form.answers["signed_at"], on) for on, form in facts.dated("ICF")]
    if len(signed) > 1:
        signed.sort(key=lambda fact: (fact.value, fact.form.id))
    return signed


def judge_consent(facts: Facts) -> Judgement:
    """Return whether consent was signed, in the version in force, before any study-specific procedure."""
    consents = _consents(facts)
    if not consents:
        return facts.absent("ICF", "signed_at")
    judged = all_of([_version(facts, consents[-1]), _order_of_consent(facts, consents[0])])
    return _beside_privacy(judged, consents)


def _beside_privacy(judged: Judgement, consents: Sequence[Fact]) -> Judgement:
    """Return the judgement with a refused consent to the use of personal data said beside it; the verdict stays."""
    for each in reversed(consents):
        privacy = each.form.answers.get("privacy")
        if privacy is not None and privacy.value:
            refused = Fact(each.form, "privacy", privacy, each.on)
            return _refused(judged, refused) if privacy.value == "N" else judged
    return judged


def _refused(judged: Judgement, privacy: Fact) -> Judgement:
    def tell() -> Told:
        refused = sentence(N_("Consent to the use of personal health data was refused on %(on)s."), on=privacy.on or "")
        return Told(
            sentence(N_("%(first)s %(second)s"), first=judged.reason, second=refused),
            (*judged.evidence, privacy.evidence()),
            judged.needs,
        )

    return Untold(judged.verdict, tell, judged.valid_until)


def _in_force(facts: Facts, on: date) -> ConsentVersion | None:
    found: ConsentVersion | None = None
    for each in facts.record.consent_versions:
        is_later = found is None or (each.effective_from, each.version) > (found.effective_from, found.version)
        if each.effective_from <= on and is_later:
            found = each
    return found


def _last_day_in_force(facts: Facts) -> date | None:
    later = [each.effective_from for each in facts.record.consent_versions if each.effective_from > facts.on]
    return min(later) - timedelta(days=1) if later else None


def _version(facts: Facts, consent: Fact) -> Judgement:
    answer = consent.form.answer("version")
    version = answer.value
    if not version:
        return facts.absent("ICF", "version")
    signed_on = consent.on or facts.on
    at_signing, now = _in_force(facts, signed_on), _in_force(facts, facts.on)
    fact = Fact(consent.form, "version", answer, signed_on)
    if at_signing is None or now is None:
        return unknown(
            N_("No version of the consent form is recorded as in force at the site on %(on)s."),
            needs=(Need(crf="ICF", item="version"),),
            evidence=(fact.evidence(),),
            on=signed_on,
        )
    if version == now.version:
        if at_signing.version == version:
            return Untold(
                PASS,
                lambda: told(N_("Version %(version)s is in force."), evidence=(fact.evidence(),), version=version),
                _last_day_in_force(facts),
            )
        return said(
            FAIL,
            N_("Version %(version)s was signed on %(on)s, before it came into force on %(since)s."),
            evidence=(fact.evidence(),),
            version=version,
            on=signed_on,
            since=now.effective_from,
        )
    return _old_version(version, at_signing, now, signed_on, fact=fact)


def _old_version(
    version: str, at_signing: ConsentVersion, now: ConsentVersion, signed_on: date, *, fact: Fact
) -> Judgement:
    if version == at_signing.version:
        return unknown(
            N_(
                "Version %(version)s was signed on %(on)s; version %(now)s is in force since %(since)s and must be signed."
            ),
            needs=(Need(crf="ICF", item="version", not_before=now.effective_from),),
            evidence=(fact.evidence(limit=now.version),),
            version=version,
            on=signed_on,
            now=now.version,
            since=now.effective_from,
        )
    return said(
        FAIL,
        N_("Version %(version)s was signed on %(on)s, but version %(right)s was in force."),
        evidence=(fact.evidence(limit=at_signing.version),),
        version=version,
        on=signed_on,
        right=at_signing.version,
    )


def _order_of_consent(facts: Facts, first: Fact) -> Judgement:
    procedures = [
        Fact(form, "first_procedure_at", answer)
        for form in facts.forms("ICF")
        if (answer := form.answers.get("first_procedure_at")) is not None and answer.value
    ]
    if not procedures:
        return Untold(
            PASS,
            lambda: told(
                N_("Consent was signed at %(at)s; no study-specific procedure is on record."),
                evidence=(first.evidence(),),
                at=first.value,
            ),
        )
    earliest = min(procedures, key=lambda fact: (fact.value, fact.form.id))
    return _ordered(first, earliest)


def _ordered(first: Fact, earliest: Fact) -> Judgement:
    evidence = (first.evidence(), earliest.evidence(on=earliest.value))
    is_before = _is_not_after(first.value, earliest.value)
    if is_before is None:
        return unknown(
            N_("Consent and the first study-specific procedure fall on %(on)s; the times are needed."),
            needs=(Need(crf="ICF", item="first_procedure_at"),),
            evidence=evidence,
            on=first.on or "",
        )
    return said(
        PASS if is_before else FAIL,
        N_("Consent at %(at)s came before the first study-specific procedure at %(procedure)s.")
        if is_before
        else N_("Consent at %(at)s came after the first study-specific procedure at %(procedure)s."),
        evidence=evidence,
        at=first.value,
        procedure=earliest.value,
    )


def _is_not_after(consent: str, procedure: str) -> bool | None:
    consent_on, procedure_on = day_of(consent), day_of(procedure)
    if consent_on is None or procedure_on is None:
        return None
    if consent_on != procedure_on:
        return consent_on < procedure_on
    try:
        has_times = "T" in consent and "T" in procedure
        return datetime.fromisoformat(consent) <= datetime.fromisoformat(procedure) if has_times else None
    except ValueError:
        return None

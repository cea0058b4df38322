"""The corrected QT interval of the latest ECG: each tracing corrected, then the mean."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal

from protocol.facts import Fact, Facts, unknown
from protocol.record import BLANK, Answer, Evidence, FormRecord, Judgement, Need
from protocol.scores import mean, qtc_bazett, qtc_fridericia
from protocol.values import plain
from protocol.words import N_

Row = tuple[str, Mapping[str, Answer]]


@plain()
class QTc:
    """The mean QTc in ms, unrounded, with the tracings it comes from."""

    milliseconds: Decimal
    on: date
    valid_until: date
    form: FormRecord
    rows: tuple[Row, ...]

    @property
    def facts(self) -> tuple[Fact, ...]:
        """The QT interval and the heart rate of each tracing."""
        return tuple(
            Fact(self.form, f"tracings/{key}/{item}", row[item], self.on)
            for key, row in self.rows
            for item in ("qt", "heart_rate")
            if item in row
        )


def qtc_of(facts: Facts, *, days: int) -> QTc | Judgement:
    """Return the QTc (Fridericia) of the latest ECG of the window, or why it is not known."""
    dated = facts.dated("EG")
    since = facts.on - timedelta(days=days)
    if not dated:
        return facts.absent("EG", "performed_on")
    on, form = dated[0]
    rows = tuple(form.rows("tracings"))
    value = mean_qtc(rows, fridericia)
    if on < since:
        return unknown(
            N_("The ECG of %(on)s is older than the %(days)s days before %(day)s; a newer one is needed."),
            needs=(Need(crf="EG", item="performed_on", not_before=since),),
            evidence=_dated_evidence(form, on),
            on=on,
            days=days,
            day=facts.on,
        )
    if value is None:
        return unknown(
            N_("The ECG of %(on)s has no tracing with QT and heart rate, or one that is not complete."),
            needs=(Need(crf="EG", item="tracings"),),
            evidence=_dated_evidence(form, on),
            on=on,
        )
    return QTc(value, on, on + timedelta(days=days), form, rows)


def _dated_evidence(form: FormRecord, on: date) -> tuple[Evidence, ...]:
    return (Fact(form, "performed_on", form.answer("performed_on"), on).evidence(),)


def fridericia(qt: Decimal, rate: Decimal) -> Decimal | None:
    """Return the QTc of one tracing after Fridericia."""
    return qtc_fridericia(qt_ms=qt, heart_rate=rate)


def bazett(qt: Decimal, rate: Decimal) -> Decimal | None:
    """Return the QTc of one tracing after Bazett."""
    return qtc_bazett(qt_ms=qt, heart_rate=rate)


def mean_qtc(rows: Iterable[Row], correct: Callable[[Decimal, Decimal], Decimal | None]) -> Decimal | None:
    """Return the mean over all tracings, unrounded; None without one, or where one is not complete."""
    values = []
    for _, row in rows:
        qt, rate = row.get("qt", BLANK), row.get("heart_rate", BLANK)
        if qt.missing is not None and rate.missing is not None:
            continue  # a tracing declared not done
        if qt.number is None or rate.number is None or qt.unit != "ms" or rate.unit != "/min":
            return None
        value = correct(qt.number, rate.number)
        if value is None:
            return None
        values.append(value)
    return mean(values) if values else None

"""The sentence for whoever meets a freeze or a lock."""

from __future__ import annotations

from audit.decision import YES, Decision, no
from casebook.selectors.standing import Held
from casebook.states import LockKind, LockLevel
from protocol.words import N_

WORDS = {
    (LockKind.FREEZE, LockLevel.FORM): N_("This form is frozen. Ask the data manager to lift the freeze."),
    (LockKind.FREEZE, LockLevel.VISIT): N_("This visit is frozen. Ask the data manager to lift the freeze."),
    (LockKind.FREEZE, LockLevel.SUBJECT): N_("This subject is frozen. Ask the data manager to lift the freeze."),
    (LockKind.FREEZE, LockLevel.SITE): N_("This site is frozen. Ask the data manager to lift the freeze."),
    (LockKind.FREEZE, LockLevel.TRIAL): N_("The trial is frozen. Ask the data manager to lift the freeze."),
    (LockKind.LOCK, LockLevel.FORM): N_("This form is locked. Ask the data manager to unlock it."),
    (LockKind.LOCK, LockLevel.VISIT): N_("This visit is locked. Ask the data manager to unlock it."),
    (LockKind.LOCK, LockLevel.SUBJECT): N_("This subject is locked; two data managers together can unlock it."),
    (LockKind.LOCK, LockLevel.SITE): N_("This site is locked; two data managers together can unlock it."),
    (LockKind.LOCK, LockLevel.TRIAL): N_("The trial is locked; two data managers together can unlock it."),
}

LOCKED_ALREADY = {
    LockLevel.FORM: N_("This form is locked already; a freeze adds nothing."),
    LockLevel.VISIT: N_("This visit is locked already; a freeze adds nothing."),
    LockLevel.SUBJECT: N_("This subject is locked already; a freeze adds nothing."),
    LockLevel.SITE: N_("This site is locked already; a freeze adds nothing."),
    LockLevel.TRIAL: N_("The trial is locked already; a freeze adds nothing."),
}


def may_change(held: tuple[Held, ...]) -> Decision:
    """Whether answers may change under what is held: neither under a freeze nor under a lock."""
    return no(WORDS[held[0].kind, held[0].level]) if held else YES


def may_touch(held: tuple[Held, ...]) -> Decision:
    """Whether cleaning may go on: under a freeze yes, under a lock no."""
    return may_change(tuple(each for each in held if each.kind == LockKind.LOCK))


def may_freeze_under(held: tuple[Held, ...]) -> Decision:
    """Whether a freeze would add anything: not where a lock stands over it, of whatever level."""
    locks = [each.level for each in held if each.kind == LockKind.LOCK]
    return no(LOCKED_ALREADY[locks[0]]) if locks else YES

"""Rules over what people write beside the answers: reasons, questions, explanations."""

from __future__ import annotations

from unicodedata import category, east_asian_width

from audit.decision import YES, Decision, no
from protocol.identifiers import IDENTIFIER, holds_identifier
from protocol.words import N_, has_words

LONGEST = 2000
TOO_LONG = N_("This text has %(count)s characters; at most %(most)s are kept. Shorten it.")
FEWEST = 6  # letters and figures that a reason takes; a Chinese sign says as much as three
TOO_SHORT = N_("This is no reason that another person could follow. Write it out, in a few words at least.")


def says_something(text: str) -> bool:
    """Whether there is anything to read in a text: a stop or a dash is no reason and no question."""
    return has_words(text)


def says_why(text: str) -> bool:
    """Whether a text can be a reason: a few words of several signs, not one sign and not the same one again."""
    signs = [sign for sign in text.casefold() if category(sign).startswith(("L", "N"))]
    weight = sum(3 if east_asian_width(sign) in "WF" else 1 for sign in signs)
    return weight >= FEWEST and len(set(signs)) > 1


def may_reason(text: str, *, otherwise: str) -> Decision:
    """Whether the text may be kept and is a reason that another person can follow."""
    if not (decision := may_say(text, otherwise=otherwise)):
        return decision
    return YES if says_why(text) else no(TOO_SHORT)


def may_say(text: str, *, otherwise: str) -> Decision:
    """Whether the text says something, not too much, and nothing that identifies a person; `otherwise` asks for it."""
    if not says_something(text):
        return no(otherwise)
    # A browser counts a line's end as one character and sends two.
    if (count := len(text.replace("\r\n", "\n"))) > LONGEST:
        return no(TOO_LONG, count=count, most=LONGEST)
    return no(IDENTIFIER) if holds_identifier(text) else YES

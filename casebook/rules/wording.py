"""Rules over what people write beside the answers: reasons, questions, explanations."""

from __future__ import annotations

from unicodedata import category

from audit.decision import YES, Decision, no
from protocol.identifiers import holds_identifier
from protocol.words import N_

IDENTIFIER = N_(
    "This text holds what looks like an identity, telephone or hospital number, a name or an e-mail address. "
    "Remove it: nothing that identifies a person is stored."
)


LONGEST = 2000
TOO_LONG = N_("This text has %(count)s characters; at most %(most)s are kept. Shorten it.")
UNSEEN = ("Z", "Cc", "Cf")  # spaces of every width, none included, and signs that steer the writing


def says_something(text: str) -> bool:
    """Whether there is anything to read in a text."""
    return any(not category(sign).startswith(UNSEEN) for sign in text)


def may_say(text: str, *, otherwise: str) -> Decision:
    """Whether the text says something, not too much, and nothing that identifies a person; `otherwise` asks for it."""
    if not says_something(text):
        return no(otherwise)
    # A browser counts a line's end as one character and sends two.
    if (count := len(text.replace("\r\n", "\n"))) > LONGEST:
        return no(TOO_LONG, count=count, most=LONGEST)
    return no(IDENTIFIER) if holds_identifier(text) else YES

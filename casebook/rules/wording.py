"""Rules over what people write beside the answers: reasons, questions, explanations."""

from __future__ import annotations

from audit.decision import YES, Decision, no
from protocol.identifiers import holds_identifier
from protocol.words import N_

IDENTIFIER = N_(
    "This text holds what looks like an identity number, a mobile number or an e-mail address. "
    "Remove it: nothing that identifies a person is stored."
)


def may_say(text: str, *, otherwise: str) -> Decision:
    """Whether the text says something, and nothing that identifies a person; `otherwise` asks for it."""
    if not text.strip():
        return no(otherwise)
    return no(IDENTIFIER) if holds_identifier(text) else YES

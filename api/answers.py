"""What the API says when it does not do what was asked: one shape, whatever went wrong."""

from __future__ import annotations

import logging
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException
from rest_framework.response import Response

from audit.decision import Refusal
from protocol.words import N_, Param, Sentence, sentence

logger = logging.getLogger(__name__)

# The same for what does not exist and for what is not in sight.
NOTHING_HERE = sentence(N_("There is nothing at this address that you may read."))
BY_STATUS = {
    401: sentence(N_("Log in, or send your token as “Authorization: Bearer” and the token.")),
    403: sentence(N_("Your role does not include this. Ask an administrator if it should.")),
    404: NOTHING_HERE,
    405: sentence(N_("The API is read only: ask with GET. Changes are made on the pages, where they are checked.")),
    406: sentence(N_("The API answers in JSON only.")),
}
NOT_UNDERSTOOD = sentence(N_("This request cannot be understood. Compare it with the page “API”."))
FAULT = sentence(N_("Something went wrong here; it was noted. Try again later, or tell the administrator."))


class Wrong(Exception):
    """A request asks for something that is on no list: answered 400 with the sentence."""

    def __init__(self, message: str, **params: Param) -> None:
        self.sentence = sentence(message, **params)
        super().__init__(self.sentence.english())


def said(why: Sentence) -> dict[str, Any]:
    """Return the body of a refusal: for a person in their language, and for a program what it is made of."""
    return {"sentence": why.rendered(_), **why.to_json()}


def kept(why: dict[str, Any]) -> dict[str, Any]:
    """Return a stored sentence in English, with what it is made of."""
    return {"sentence": Sentence.from_json(why).english(), **why}


def answer(fault: Exception, context: dict[str, Any]) -> Response:
    """Answer any exception of an API view; the only handler there is. No inside of ours leaves the house."""
    match fault:
        case Refusal():
            return Response(said(fault.sentence), status=409)
        case Wrong():
            return Response(said(fault.sentence), status=400)
        case Http404():
            return Response(said(NOTHING_HERE), status=404)
        case PermissionDenied():
            return Response(said(BY_STATUS[403]), status=403)
        case APIException():
            return Response(said(BY_STATUS.get(fault.status_code, NOT_UNDERSTOOD)), status=fault.status_code)
    logger.error("api request failed", exc_info=fault)
    return Response(said(FAULT), status=500)

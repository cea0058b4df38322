"""The web server's entry for tests: the product's own, with passwords as quick to hash as beside it."""

from tests import passwords
from trial_edc.wsgi import application

__all__ = ["application", "passwords"]

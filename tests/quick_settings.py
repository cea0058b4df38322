"""The product's settings, for the programs that tests start: they hash and tidy up as the tests do."""

import gc

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from trial_edc.settings import *  # noqa: F403 -- all of them, and nothing else

# The product's passwords are slow on purpose, more than a second each, at every log-in and every signature.
PBKDF2PasswordHasher.iterations = 1000
# As in conftest: what is imported stays, and need not be gone through again and again.
gc.set_threshold(20_000, 50, 50)

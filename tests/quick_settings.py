"""The product's settings, for the programs that tests start: they hash passwords as fast as the tests do."""

from django.contrib.auth.hashers import PBKDF2PasswordHasher

from trial_edc.settings import *  # noqa: F403 -- all of them, and nothing else

# The product's passwords are slow on purpose, more than a second each, at every log-in and every signature.
PBKDF2PasswordHasher.iterations = 1000

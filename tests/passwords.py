"""Passwords that are quick to hash: the product's are slow on purpose, a second each.

Imported by each process of the tests that meets one: who hashes otherwise than another would hash it anew.
"""

from __future__ import annotations

from django.contrib.auth.hashers import PBKDF2PasswordHasher

PBKDF2PasswordHasher.iterations = 1000

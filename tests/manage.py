"""Runs the project's commands for tests, with passwords as quick to hash as beside it."""

import sys

from django.core.management import execute_from_command_line

from tests import passwords

__all__ = ["passwords"]

if __name__ == "__main__":
    execute_from_command_line(sys.argv)

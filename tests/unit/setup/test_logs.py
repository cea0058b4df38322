"""The log is for operators: one line, a constant message, its keys, and no data."""

from __future__ import annotations

import json
import logging
import sys

from trial_edc.logs import JsonFormatter


def line(message: str, *, exc_info=None, **extra: object) -> str:
    record = logging.LogRecord("edc", logging.INFO, "file", 1, message, (), exc_info)
    record.__dict__.update(extra)
    return JsonFormatter().format(record)


def test_a_message_and_its_keys_are_one_object():
    entry = json.loads(line("form signed", form="F1", event=7))

    assert (entry["message"], entry["form"], entry["event"], entry["level"]) == ("form signed", "F1", "7", "INFO")


def test_a_line_break_in_a_value_starts_no_second_entry():
    written = line("upload refused", file="a\nb\r\n\x1b[31m\u2028c")

    assert len(written.splitlines()) == 1
    assert "\x1b" not in written


def test_the_request_itself_is_never_written():
    assert "request" not in json.loads(line("refused", request="POST with answers"))


def test_a_fault_keeps_its_trace_in_the_same_line():
    try:
        raise ValueError("reason")
    except ValueError:
        written = line("failed", exc_info=sys.exc_info())

    assert "ValueError: reason" in json.loads(written)["trace"]
    assert len(written.splitlines()) == 1

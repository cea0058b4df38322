"""Puts data on paper: one PDF writer, one CSV writer, one plotting module; knows no app."""

"""Visits due, windows, missed visits, reminders, safety and end of study: knows randomization, and nothing above."""

"""Endpoints of each subject and their times, and the counts of the trial's flow: derived, never stored."""

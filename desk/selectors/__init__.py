"""Reads that join the apps for one screen; the number of queries never grows with the number of subjects."""

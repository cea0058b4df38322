"""The trial as plain Python: every number, sentence and rule of NCT05349331 stands here once."""

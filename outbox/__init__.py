"""Messages to people and the jobs that send them: a row in PostgreSQL is the truth, the queue only wakes up."""

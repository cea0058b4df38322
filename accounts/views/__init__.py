"""Pages of administration: who works on the trial, where, and by whose leave."""

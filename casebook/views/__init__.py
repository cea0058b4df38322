"""The pages of one form: entry, history, queries, signature, not done."""

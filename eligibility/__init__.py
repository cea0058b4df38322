"""Determination of criteria: what is known of every subject, criterion by criterion, and what is missing."""

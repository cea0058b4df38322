"""Reads for outcomes: who counts, the endpoints of each, and the flow of all."""

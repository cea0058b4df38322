"""Strata, the sealed list, slots and the allocation: knows eligibility, and nothing that comes after."""

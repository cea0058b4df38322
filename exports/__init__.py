"""Datasets for people and machines: CSV of forms and of the whole trial, the casebook of a subject as PDF."""

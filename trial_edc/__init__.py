"""Composition: settings, addresses, servers and start-up checks; no rule of the trial stands here."""

from trial_edc.celery import app as celery_app

__all__ = ["celery_app"]

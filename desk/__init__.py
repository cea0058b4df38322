"""Screens that join the apps: home, the status grid, the casebook page."""

"""Alerts: their life, who is called when, and the record of who did what."""

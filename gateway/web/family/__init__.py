"""Pages for families: how today is, alerts, their own settings."""

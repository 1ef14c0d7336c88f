"""Pages for care workers: the queue of open alerts, alerts, homes."""

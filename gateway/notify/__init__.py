"""Notify: from outbox rows to people, by whichever channel serves their address."""

"""Backup of the data directory while the gateway runs, and restoring one. Why it is as it is: docs/decisions/012."""

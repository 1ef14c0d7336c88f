"""Pendants and safety alarms told from memory while the disk takes nothing. Nothing here is durable, by design."""

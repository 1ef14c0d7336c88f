"""Recordings: read them, play them to a broker, and back-test rules against them."""

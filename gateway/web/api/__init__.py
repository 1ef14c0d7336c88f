"""The JSON API, with tokens."""

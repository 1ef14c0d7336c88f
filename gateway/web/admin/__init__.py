"""Pages for administrators: people, tokens, who looked at what, export and erasure."""

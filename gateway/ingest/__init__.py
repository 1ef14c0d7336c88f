"""From the broker to the journal: keeps the session, decodes, binds to a home; acknowledges what is durable."""

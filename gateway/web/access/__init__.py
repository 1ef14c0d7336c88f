"""Who may come in and what they may see: people, sessions, links, tokens, and what they looked at."""

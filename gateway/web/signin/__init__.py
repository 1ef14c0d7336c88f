"""Coming in and going out: links, passwords, the organisation's own accounts, one's own page."""

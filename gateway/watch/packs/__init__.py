"""Packs of rules, one TOML file each: `title`, `description`, `builds_on`, and `[[rules]]` as in a home file."""

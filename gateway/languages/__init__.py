"""The texts that people read, one TOML file a language; gateway/speech.py words phrases with them."""

"""rtl_433's decoders: what the fields of their JSON mean, which sensor spoke, and which messages are repeats."""

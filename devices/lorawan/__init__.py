"""LoRaWAN: the envelopes of ChirpStack and The Things Stack, and what the keys of makers' codecs mean."""

"""What devices say: pure decoding of MQTT messages into measurements. No input or output happens in this package."""

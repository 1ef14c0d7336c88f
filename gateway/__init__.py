"""The running service: from an MQTT message to a reading, an alert and a message to a person."""

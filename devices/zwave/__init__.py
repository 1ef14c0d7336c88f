"""What Z-Wave JS UI says of Z-Wave devices: topics, command classes, notifications."""

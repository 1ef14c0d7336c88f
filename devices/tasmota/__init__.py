"""What Tasmota says of its devices: topics, named sensors, inputs, discovery, and the Zigbee devices of a bridge."""

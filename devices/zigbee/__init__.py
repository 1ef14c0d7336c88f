"""What Zigbee2MQTT says of Zigbee devices: properties, the inventory, presses."""

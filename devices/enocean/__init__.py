"""What EnOcean sensors say through enocean-mqtt: profiles, keys, and the installer's mapping."""

"""What a Home Assistant discovery announcement says: its keys, its devices, and its value templates."""

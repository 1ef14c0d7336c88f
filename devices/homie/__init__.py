"""What Homie devices say of themselves, and what their properties mean."""

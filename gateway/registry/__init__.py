"""Where homes, hubs, devices, residents and contacts are registered, and the home file that carries them."""

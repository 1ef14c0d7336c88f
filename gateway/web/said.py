"""What a page says after something was done, by the key in its address: `?done=saved`."""

SAID: dict[str, str] = {
    "saved": "Saved.",
    "signed-out": "You are signed out.",
}

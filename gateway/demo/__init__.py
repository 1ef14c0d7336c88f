"""The demonstration: a simulated street, or a recording, through a real broker and the full gateway, on fast time."""

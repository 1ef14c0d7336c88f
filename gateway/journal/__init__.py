"""The durable log between the broker and everything else, and the group commit in front of it."""

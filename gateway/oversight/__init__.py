"""Oversight: troubles of the gateway itself become alerts, and others can see that it is well, or that it died."""

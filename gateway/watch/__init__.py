"""Rules: from readings and the clock to verdicts. Pure state machines in event time; service.py is the live loop."""

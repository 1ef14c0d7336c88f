"""Tests of dashboards: what they are made of, and every query on a real database."""

"""Simulated homes: seeded, pure, publishing what real devices would publish. For the demonstration and for tests."""

"""What the tests stand on: server processes, recorded homes, and the guard against things left behind."""

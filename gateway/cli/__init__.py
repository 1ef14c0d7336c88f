"""The keepwell command: one file a command or group of commands, all wired in main.py."""

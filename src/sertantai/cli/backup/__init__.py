"""``sertantai backup``: one command a file."""

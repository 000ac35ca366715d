"""``sertantai sync``: one command a file."""

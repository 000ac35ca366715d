"""``sertantai security``: one command a file."""

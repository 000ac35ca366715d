"""``sertantai records``: one command a file."""

"""``sertantai journal``: one command a file."""

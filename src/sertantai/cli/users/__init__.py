"""``sertantai users``: one command a file."""

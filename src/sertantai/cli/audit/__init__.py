"""``sertantai audit``: one command a file."""

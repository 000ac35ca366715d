"""``sertantai organizations``: one command a file. The operator acts as the organization itself."""

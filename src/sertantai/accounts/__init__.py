"""Users, and every way to prove to be one."""

"""Lists: all of them, one of them, and the pages beside one."""

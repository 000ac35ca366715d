"""What somebody may ask for about themselves: to be erased, and not to come back with any restore."""

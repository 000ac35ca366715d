"""What somebody may ask for about themselves: all that is held, and to be erased, whatever is restored."""

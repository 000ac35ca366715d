"""What several people do in one list: suggest and accept, and take away only what they have seen."""

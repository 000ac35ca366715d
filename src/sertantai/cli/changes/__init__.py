"""What happens to lists, for programs."""

"""The second factor: set up, asked for, recovered."""

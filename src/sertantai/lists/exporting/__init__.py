"""A list, or a view of the register, as rows of a file."""

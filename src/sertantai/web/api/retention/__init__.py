"""What is kept, what goes and what is held, for programs of administrators."""

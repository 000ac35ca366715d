"""What is open to those who have no account here: lists that a link leads to."""

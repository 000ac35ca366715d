"""What people do with lists: every action, and every way of looking at a list."""

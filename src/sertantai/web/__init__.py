"""What people and programs see: it knows every room, and no room knows it."""

"""What administrators see: users, mail, security, performance."""

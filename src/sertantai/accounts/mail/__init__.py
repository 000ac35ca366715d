"""Mail to users: what it says, its links, and how it gets out."""

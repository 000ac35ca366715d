"""Keys, and what is signed or sealed with them."""

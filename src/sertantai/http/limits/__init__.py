"""How much anybody may ask for: counted, weighed, refused."""

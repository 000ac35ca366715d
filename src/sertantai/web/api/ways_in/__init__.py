"""Ways into an organization: its domains, and with what its people sign in."""

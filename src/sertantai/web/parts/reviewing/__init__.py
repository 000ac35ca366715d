"""Who answers for laws, and when each is due, on pages and where programs ask for it."""

"""What is kept for how long: policies, legal holds, the plan, and what was done by them."""

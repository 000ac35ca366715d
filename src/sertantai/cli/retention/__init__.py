"""What is kept for how long: the plan, the act, holds, and the certificate."""

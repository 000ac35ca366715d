"""What is held about oneself, and erasing one's account, for programs."""

"""What is held about somebody, and erasing them: for themselves, and for administrators."""

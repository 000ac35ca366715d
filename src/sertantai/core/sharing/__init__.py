"""The fold of what several people do together: who may do what, what they suggest and accept."""

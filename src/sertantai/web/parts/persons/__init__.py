"""What pages of signing in say to somebody who is to be erased."""

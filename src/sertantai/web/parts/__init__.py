"""What many pages share: parts of pages, and how things are worded."""

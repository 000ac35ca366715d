"""What a process is made of: settings, logs, metrics, services in the background, and where data lies."""

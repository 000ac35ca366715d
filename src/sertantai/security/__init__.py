"""Security events: taken from every room without waiting, kept for good, judged by rules, alerted about."""

"""Lengths of time as people say them."""


def span_of_time(seconds: float) -> str:
    """How long, in the words of a person: 1 second, 45 seconds, 10 minutes, 3 hours."""
    if seconds < 90:
        count, unit = max(1, round(seconds)), "second"
    else:
        count, unit = round(seconds / 60), "minute"
    if seconds >= 2 * 60 * 60:
        count, unit = round(seconds / 3600), "hour"
    if seconds >= 2 * 24 * 60 * 60:
        count, unit = round(seconds / 86_400), "day"
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"

"""Start, advance, control, retry and end runs."""

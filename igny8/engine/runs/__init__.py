"""Start, advance, control, retry, rewind and end runs."""

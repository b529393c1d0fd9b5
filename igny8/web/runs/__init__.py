"""The Automation page and the history of runs."""

"""Notifications: store events with the change they report, and deliver each once per channel."""

"""Notifications: store events with the change they tell of, and deliver each once per channel."""

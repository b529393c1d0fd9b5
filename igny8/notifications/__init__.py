"""Messages to people: their text, and sending them by mail, webhook or chat.

This package uses no database; igny8/engine/notifications decides about recipients and times.
"""

from igny8.notifications.message import Event, Message

__all__ = ["Event", "Message"]

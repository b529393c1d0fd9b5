"""Messages to people: their words, and sending them by mail, webhook or chat.

Nothing here knows the database; igny8/engine/notifications decides who is told what and when.
"""

from igny8.notifications.message import Event, Message

__all__ = ["Event", "Message"]

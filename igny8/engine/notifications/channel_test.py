"""Send a test message to a channel and report the error, if any."""

import secrets

from flask import current_app
from sqlalchemy import Row

from igny8 import clock
from igny8.engine.notifications.senders import SENDERS, Route
from igny8.errors import ExternalError
from igny8.models.encryption import DecryptError
from igny8.notifications import Event, Message
from igny8.notifications.message import TEST_TEXT, link
from igny8.outbound.allowlist import Allowlist


def send_test(channel: Row, site: Row, allowed: Allowlist) -> str:
    """Send a test message to a channel (a row); return "" or an error message."""
    base = current_app.config["SETTINGS"].address()
    place = link(base, "automation", site.slug)
    settings = link(base, "notifications", site.slug)
    event = Event("test", TEST_TEXT, place, clock.now())
    message = Message(site.name, site.url, (event,), "", "", "", settings)
    route = Route(channel, f"msg_test_{secrets.token_hex(8)}", allowed)
    try:
        SENDERS[channel.kind](route, message, lambda: None)
    except (ExternalError, DecryptError) as error:
        return str(error)
    return ""

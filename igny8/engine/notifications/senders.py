"""One sending function per kind of channel."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import current_app
from sqlalchemy import Row

from igny8.models.encryption import decrypt
from igny8.models.notification_channel import CHAT, MAIL, WEBHOOK
from igny8.notifications.chat import send_chat
from igny8.notifications.mail import build_mail, send_mail
from igny8.notifications.message import Message
from igny8.outbound.allowlist import Allowlist
from igny8.publishing import webhook
from igny8.publishing.requests import TargetError, make_target_client

NO_MAIL_SERVER = "This installation has no mail server. Ask whoever runs it to set IGNY8_SMTP_HOST."


@dataclass(frozen=True)
class Route:
    """Destination of a message: a channel (a row), a message id and the allowed addresses."""

    channel: Row
    message_id: str
    allowed: Allowlist

    @property
    def secret(self) -> str:
        """Return the secret of the channel; raise DecryptError."""
        return decrypt(self.channel.encrypted_secret)


Sender = Callable[[Route, Message, Callable[[], None]], None]


def _send_mail(route: Route, message: Message, hand_over: Callable[[], None]) -> None:
    settings = current_app.config["SETTINGS"].mail
    if settings is None:
        raise TargetError(NO_MAIL_SERVER, "missing")
    mail = build_mail(
        settings, route.channel.address, message.subject, message.mail_text, route.message_id
    )
    send_mail(settings, mail, hand_over)


def _send_webhook(route: Route, message: Message, hand_over: Callable[[], None]) -> None:
    secret = route.secret
    hand_over()
    with make_target_client(route.allowed) as http:
        webhook.deliver(
            http, _no_log, route.channel.address, secret, route.message_id, message.document
        )


def _send_chat(route: Route, message: Message, hand_over: Callable[[], None]) -> None:
    secret = route.secret
    hand_over()
    with make_target_client(route.allowed) as http:
        send_chat(http, secret, message.subject, message.text)


def _no_log(line: str) -> None:
    """Ignore log lines: the delivery stores the outcome."""


SENDERS: dict[str, Sender] = {MAIL: _send_mail, WEBHOOK: _send_webhook, CHAT: _send_chat}

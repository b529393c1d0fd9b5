"""Send a mail through the mail server of this installation (SMTP, RFC 5321)."""

import re
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from email import policy
from email.message import EmailMessage
from email.utils import format_datetime

from igny8 import clock
from igny8.mail_config import STARTTLS, TLS, MailSettings
from igny8.publishing.requests import TargetError

TIMEOUT_S = 20.0  # per answer of the server
MAX_CAUSE_CHARS = 200


def build_mail(
    settings: MailSettings, to: str, subject: str, text: str, message_id: str
) -> EmailMessage:
    """Return a mail; its Message-ID depends only on the message."""
    mail = EmailMessage()
    mail["From"] = settings.sender
    mail["To"] = to
    mail["Subject"] = subject
    mail["Date"] = format_datetime(clock.now())
    mail["Message-ID"] = f"<{message_id}@{settings.sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(text)
    return mail


def send_mail(settings: MailSettings, mail: EmailMessage, hand_over: Callable[[], None]) -> None:
    """Send a mail; raise TargetError.

    `hand_over` is called right before the text is sent: after that the mail may have arrived, and
    an error says so.
    """
    with _connection(settings) as server:
        with _named_errors(settings, is_unknown=False):
            _expect(server.mail(settings.sender), "the sender")
            _expect(server.rcpt(mail["To"]), "the recipient")
            _expect(server.docmd("DATA"), "the mail")
        hand_over()
        with _named_errors(settings, is_unknown=True):
            server.send(_quoted(mail) + b".\r\n")
            _expect(server.getreply(), "the mail")


@contextmanager
def _connection(settings: MailSettings) -> Iterator[smtplib.SMTP]:
    """Yield an encrypted, authenticated session; closing errors are ignored."""
    server: smtplib.SMTP | None = None
    try:
        with _named_errors(settings, is_unknown=False):
            server = _connect(settings)
            if settings.user:
                server.login(settings.user, settings.password)
            else:
                server.ehlo_or_helo_if_needed()
        yield server
    finally:
        if server is not None:
            server.close()  # without QUIT, whose answer would only be waited for


def _connect(settings: MailSettings) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if settings.security == TLS:
        return smtplib.SMTP_SSL(settings.host, settings.port, timeout=TIMEOUT_S, context=context)
    server = smtplib.SMTP(settings.host, settings.port, timeout=TIMEOUT_S)
    if settings.security == STARTTLS:
        try:
            server.starttls(context=context)
        except BaseException:  # whatever it is, the connection is not left open
            server.close()
            raise
    return server


def _quoted(mail: EmailMessage) -> bytes:
    """Return the mail with CRLF line ends and dot-stuffing (RFC 5321, 4.5.2)."""
    text = mail.as_bytes(policy=policy.SMTP)
    text = re.sub(rb"(?m)^\.", b"..", text)
    return text if text.endswith(b"\r\n") else text + b"\r\n"


def _expect(answer: tuple[int, bytes], what: str) -> None:
    """Raise TargetError unless the server accepted a command."""
    code, text = answer
    if code == 421 or code < 200:
        raise smtplib.SMTPServerDisconnected("the server is closing the connection")
    if code >= 400:
        raise TargetError(
            f"The mail server refused {what}: {code} {text.decode('utf-8', 'replace')}"[:400],
            "refused",
            permanent=code >= 500,
            status=code,
        )


@contextmanager
def _named_errors(settings: MailSettings, is_unknown: bool) -> Iterator[None]:
    """Translate errors in the block to TargetError with their cause."""
    where = f"{settings.host}:{settings.port}"
    try:
        yield
    except socket.gaierror as error:
        text = f"The mail server {settings.host} was not found. Check IGNY8_SMTP_HOST."
        raise TargetError(text, "connection") from error
    except ssl.SSLCertVerificationError as error:
        text = f"The certificate of {where} is not valid ({error.verify_message})."
        raise TargetError(text, "connection") from error
    except ssl.SSLError as error:
        text = f"No encryption with {where} ({error.reason}). Check IGNY8_SMTP_SECURITY."
        raise TargetError(text, "connection", is_unknown=is_unknown) from error
    except smtplib.SMTPNotSupportedError as error:
        text = f"The mail server {where} cannot do what is asked: {error}"
        raise TargetError(f"{text} Check IGNY8_SMTP_SECURITY.", "refused") from error
    except smtplib.SMTPAuthenticationError as error:
        text = f"The mail server refused the user name or password ({error.smtp_code})."
        raise TargetError(f"{text} Check IGNY8_SMTP_USER and its password.", "auth") from error
    except (smtplib.SMTPException, OSError) as error:
        cause = str(error)[:MAX_CAUSE_CHARS] or type(error).__name__
        text = (
            f"The connection to {where} broke off before the mail was confirmed ({cause})."
            if is_unknown
            else f"The mail server {where} does not answer as it should ({cause})."
        )
        raise TargetError(text, "connection", is_unknown=is_unknown) from error

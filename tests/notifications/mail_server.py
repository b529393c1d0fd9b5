"""A real SMTP server (aiosmtpd) that keeps what it took, and refuses or breaks off on request."""

import email
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from igny8.mail_config import MailSettings
from tests.servers import free_port

USER, PASSWORD = "igny8", "correct-horse"


class MailServer:
    """`kept` are the mails it took. `refuse_rcpt` and `refuse_data` are answers instead of 250.

    With `cut` it breaks off after the text: "kept" before it answers, "lost" without keeping it.
    """

    def __init__(self):
        self.kept, self.refuse_rcpt, self.refuse_data, self.cut, self.port = [], "", "", "", 0

    def settings(self, **changes) -> MailSettings:
        values = {"host": "localhost", "port": self.port, "security": "none"}
        return MailSettings(**values | {"sender": "igny8@example.com"} | changes)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse_rcpt:
            return self.refuse_rcpt
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if self.cut != "lost" and not self.refuse_data:
            self.kept.append(
                email.message_from_bytes(envelope.content, policy=email.policy.default)
            )
        if self.cut:
            server.transport.abort()
        return self.refuse_data or "250 kept"


@contextmanager
def serving_mail(**options) -> Iterator[MailServer]:
    """Serve mail on a free port of this machine."""
    handler = MailServer()
    controller = Controller(handler, hostname="localhost", port=free_port(), **options)
    controller.start()
    handler.port = controller.port
    try:
        yield handler
    finally:
        controller.stop(no_assert=True)


def check_password(server, session, envelope, mechanism, auth) -> AuthResult:
    """Let in whoever has the password."""
    is_right = isinstance(auth, LoginPassword) and auth.password == PASSWORD.encode()
    return AuthResult(success=is_right, handled=False)


def certificate_for(name: str, folder: Path) -> tuple[Path, ssl.SSLContext]:
    """Return a self-signed certificate's file, and the context of a server with it."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(pem))
    secret.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, secret)
    return certificate, context

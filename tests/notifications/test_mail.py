"""Mails are sent whole, encrypted and signed in; what goes wrong is named."""

import pytest

from igny8.mail_config import load
from igny8.notifications.mail import build_mail, send_mail
from igny8.publishing.requests import TargetError
from tests.notifications.mail_server import (
    PASSWORD,
    USER,
    certificate_for,
    check_password,
    serving_mail,
)

TEXT = "First line\n.\n..dots\nGrüße\n"


@pytest.fixture
def server():
    with serving_mail() as server:
        yield server


def send(settings, to="anna@example.com", handed=None) -> None:
    mail = build_mail(settings, to, "Gärten: fertig", TEXT, "msg_1")
    send_mail(settings, mail, lambda: None if handed is None else handed.append(True))


def test_mail_arrives_complete_with_its_id(server):
    send(server.settings())
    [mail] = server.kept
    assert mail["Message-ID"] == "<msg_1@example.com>" and mail["Subject"] == "Gärten: fertig"
    assert mail["To"] == "anna@example.com" and mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content().splitlines() == TEXT.splitlines()


def test_line_break_in_a_header_is_refused(server):
    with pytest.raises(ValueError):
        build_mail(server.settings(), "a@example.com\nBcc: b@example.com", "S", "T", "msg_1")


def test_starttls_checks_the_certificate_and_signs_in(tmp_path, monkeypatch):
    certificate, context = certificate_for("localhost", tmp_path)
    options = {"authenticator": check_password, "auth_required": True, "require_starttls": True}
    with serving_mail(tls_context=context, **options) as server:
        settings = server.settings(security="starttls", user=USER, password=PASSWORD)
        with pytest.raises(TargetError, match="certificate of localhost.*not valid"):
            send(settings)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        send(settings)
        with pytest.raises(TargetError, match="refused the user name or password") as refused:
            send(server.settings(security="starttls", user=USER, password="wrong"))
    assert len(server.kept) == 1 and not refused.value.permanent


def test_server_without_starttls_is_not_used_unencrypted(server):
    with pytest.raises(TargetError, match="IGNY8_SMTP_SECURITY"):
        send(server.settings(security="starttls"))
    assert server.kept == []


@pytest.mark.parametrize(
    ("answer", "permanent"), [("550 no such user", True), ("450 try later", False)]
)
def test_refused_recipient_is_permanent_or_not(server, answer, permanent):
    server.refuse_rcpt, handed = answer, []
    with pytest.raises(TargetError, match=f"refused the recipient: {answer}") as error:
        send(server.settings(), handed=handed)
    assert error.value.permanent is permanent and not error.value.is_unknown and handed == []


def test_answer_that_is_cut_off_after_the_text_leaves_the_outcome_unknown(server):
    server.cut, handed = "kept", []
    with pytest.raises(TargetError, match="broke off before the mail was confirmed") as error:
        send(server.settings(), handed=handed)
    assert error.value.is_unknown and handed == [True]


def test_missing_server_is_named(server):
    with pytest.raises(TargetError, match="localhost:1 does not answer") as error:
        send(server.settings(port=1))
    assert not error.value.is_unknown and not error.value.permanent


BASE = {"IGNY8_SMTP_HOST": "smtp.example.com", "IGNY8_MAIL_FROM": "igny8@example.com"}


def test_settings_come_from_the_environment():
    assert load({}) is None
    assert load(BASE).port == 587 and load(BASE | {"IGNY8_SMTP_SECURITY": "TLS"}).port == 465
    settings = load(BASE | {"IGNY8_SMTP_USER": "u", "IGNY8_SMTP_PASSWORD": "hidden-password"})
    assert settings.password == "hidden-password" and "hidden" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("IGNY8_MAIL_FROM", "igny8"),
        ("IGNY8_SMTP_PORT", "99999"),
        ("IGNY8_SMTP_SECURITY", "ssl"),
        ("IGNY8_SMTP_HOST", "https://smtp.example.com"),
    ],
)
def test_wrong_setting_is_named(name, value):
    with pytest.raises(Exception, match=name):
        load(BASE | {name: value})


def test_password_is_never_sent_unencrypted_over_a_network():
    with pytest.raises(Exception, match="IGNY8_SMTP_SECURITY"):
        load(BASE | {"IGNY8_SMTP_SECURITY": "none", "IGNY8_SMTP_USER": "u"})

"""Everybody who sees a site chooses how to hear about it; secrets go in and never come out."""

from dataclasses import replace

import pytest
from sqlalchemy import select

from igny8.extensions import db
from igny8.models import NotificationChannel
from igny8.models.encryption import decrypt
from igny8.notifications.event_kinds import EVENT_KINDS
from igny8.notifications.message import PATHS
from igny8.publishing.webhook import new_secret
from tests.factories import make_user, sign_in
from tests.notifications.mail_server import serving_mail
from tests.publishing.http_server import Reply, serving

PAGE = "/sites/green-garden/settings/notifications"
SECRET = new_secret()
CHOICES = {
    "event_review": "1",
    "event_blocked": "1",
    "review_count": "3",
    "digest": "day",
    "digest_time": "07:30",
    "quiet_from": "22:00",
    "quiet_until": "06:00",
}
MAIL = CHOICES | {"address": "anna@example.com"}
HOOK = CHOICES | {"address": "http://127.0.0.1:9/in", "secret": SECRET}
SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def stored():
    db.session.rollback()
    return db.session.execute(select(NotificationChannel.__table__)).all()


@pytest.fixture
def server(app):
    with serving_mail() as server:
        app.config["SETTINGS"] = replace(app.config["SETTINGS"], mail=server.settings())
        yield server


def test_viewer_adds_a_mail_address_and_changes_it(stranger, site):
    anna = sign_in(stranger, make_user("anna", green_garden="viewer"))
    assert anna.post(f"{PAGE}/new/mail", data=MAIL).status_code == 303
    [row] = stored()
    assert row.events == ["review", "blocked"] and (row.review_count, row.digest) == (3, "day")
    anna.post(f"{PAGE}/{row.id}", data=MAIL | {"address": "b@example.com", "quiet_from": ""})
    assert stored()[0].address == "anna@example.com"  # one of two quiet times is an error
    anna.post(f"{PAGE}/{row.id}", data=MAIL | {"address": "b@example.com"})
    assert stored()[0].address == "b@example.com" and "b@example.com" in anna.get(PAGE).text
    assert anna.post(f"{PAGE}/{row.id}/remove").status_code == 303 and stored() == []


def test_channel_of_another_person_is_not_found(client, stranger, site):
    client.post(f"{PAGE}/new/mail", data=MAIL)
    [row] = stored()
    other = sign_in(stranger, make_user("anna", green_garden="administrator"))
    for path in ("", "/test", "/remove"):
        assert other.post(f"{PAGE}/{row.id}{path}", data=MAIL).status_code == 404
    assert other.get(f"{PAGE}/{row.id}").status_code == 404 and len(stored()) == 1
    assert "anna@example.com" not in other.get(PAGE).text


def test_secrets_of_channels_are_never_shown(client, site):
    client.post(f"{PAGE}/new/webhook", data=HOOK)
    client.post(f"{PAGE}/new/chat", data=CHOICES | {"secret": SLACK})
    hook, chat = stored()
    assert decrypt(hook.encrypted_secret) == SECRET and decrypt(chat.encrypted_secret) == SLACK
    assert chat.address == "Slack"
    for path in (PAGE, f"{PAGE}/{hook.id}", f"{PAGE}/{chat.id}"):
        assert SECRET not in client.get(path).text and SLACK not in client.get(path).text
    client.post(f"{PAGE}/{chat.id}", data=CHOICES | {"secret": ""})
    assert decrypt(stored()[1].encrypted_secret) == SLACK


def test_webhook_that_moves_to_another_origin_needs_a_new_secret(client, site):
    client.post(f"{PAGE}/new/webhook", data=HOOK)
    moved = HOOK | {"secret": "", "address": "http://127.0.0.1:8/in"}
    answer = client.post(f"{PAGE}/{stored()[0].id}", data=moved)
    assert answer.status_code == 422 and 'id="e-secret"' in answer.text


@pytest.mark.parametrize(
    ("kind", "data", "field"),
    [
        ("mail", MAIL | {"address": "anna@example.com, b@example.com"}, "address"),
        ("mail", MAIL | {"address": "anna@example.com\nBcc: b@example.com"}, "address"),
        ("mail", MAIL | {"event_review": "", "event_blocked": ""}, "event_review"),
        ("mail", MAIL | {"digest_time": "25:00"}, "digest_time"),
        ("webhook", HOOK | {"address": "http://169.254.169.254/"}, "address"),
        ("webhook", HOOK | {"secret": "short"}, "secret"),
        ("chat", CHOICES | {"secret": "json://127.0.0.1/"}, "secret"),
    ],
)
def test_wrong_value_is_named_and_nothing_is_stored(client, site, kind, data, field):
    answer = client.post(f"{PAGE}/new/{kind}", data=data)
    assert answer.status_code == 422 and f'id="e-{field}"' in answer.text and stored() == []


def test_test_message_reports_the_cause_of_an_error(client, site, server):
    client.post(f"{PAGE}/new/mail", data=MAIL)
    page = f"{PAGE}/{stored()[0].id}/test"
    assert "The test message was sent." in client.post(page).text
    assert "This is a test" in server.kept[0].get_content()
    server.refuse_rcpt = "550 no such user"
    assert "550 no such user" in client.post(page).text


def test_test_of_a_webhook_names_a_refusal(client, site):
    with serving(lambda request: Reply(401)) as url:
        client.post(f"{PAGE}/new/webhook", data=HOOK | {"address": url})
        answer = client.post(f"{PAGE}/{stored()[0].id}/test")
    assert "same secret" in answer.text


def test_mail_page_shows_the_settings_and_whether_mail_works(client, site, server):
    page = client.get("/admin/mail").text
    assert f"localhost:{server.port}" in page and "IGNY8_PUBLIC_URL" in page
    answer = client.post("/admin/mail", data={"address": "anna@example.com"})
    assert "The mail server took the mail" in answer.text and len(server.kept) == 1


def test_mail_page_without_a_server_says_what_to_set(client, site):
    assert "IGNY8_SMTP_HOST" in client.get("/admin/mail").text


def test_every_link_of_a_message_leads_to_a_page(app):
    routes = app.url_map.bind("localhost")
    for path in PATHS.values():
        address = path.format(slug="green", run="a" * 32, subject=1).partition("?")[0]
        assert routes.match(address)


def test_form_of_a_new_channel_has_every_event_ticked(client, site):
    page = client.get(f"{PAGE}/new/mail").text
    assert page.count(" checked") == len(EVENT_KINDS)

"""Publishing targets as their owner sets them; secrets go in and never come out."""

import re

import pytest
from sqlalchemy import select

from igny8.extensions import db
from igny8.models import PublishingTarget
from igny8.models.encryption import decrypt
from igny8.publishing.webhook import new_secret
from tests.publishing.http_server import Reply, serving
from tests.publishing.wordpress_site import PASSWORD, USER, Site

PAGE = "/sites/green-garden/settings/publishing"
SECRET = new_secret()
HOOK = {
    "on_approval": "nothing",
    "target_name": "My automation",
    "target_url": "http://127.0.0.1:9/in?key=1",
    "secret": SECRET,
    "concurrent": "2",
}


def stored():
    db.session.rollback()
    return db.session.execute(select(PublishingTarget.__table__)).all()


@pytest.fixture
def hook(client, site) -> int:
    assert client.post(f"{PAGE}/new/webhook", data=HOOK).status_code == 303
    return stored()[0].id


def test_target_is_added_and_its_secret_is_never_shown(client, site, hook):
    [row] = stored()
    assert (row.kind, row.url, row.hint) == ("webhook", HOOK["target_url"], SECRET[-4:])
    assert decrypt(row.encrypted_secret) == SECRET
    for page in (PAGE, f"{PAGE}/{hook}"):
        assert SECRET not in client.get(page).text and "My automation" in client.get(page).text


def test_new_webhook_is_suggested_a_fresh_secret(client, site):
    found = [re.search(r"whsec_[\w+/=]+", client.get(f"{PAGE}/new/webhook").text) for _ in range(2)]
    assert found[0].group() != found[1].group()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("target_name", ""),
        ("target_url", ""),
        ("target_url", "ftp://x"),
        ("target_url", "http://169.254.169.254/in"),
        ("secret", "whsec_short"),
        ("secret", ""),
        ("concurrent", "0"),
    ],
)
def test_wrong_value_is_named_and_nothing_is_stored(client, site, name, value):
    answer = client.post(f"{PAGE}/new/webhook", data=HOOK | {name: value})
    assert answer.status_code == 422 and f'id="e-{name}"' in answer.text
    assert stored() == []


def test_empty_secret_keeps_the_stored_one_for_the_same_origin(client, site, hook):
    client.post(f"{PAGE}/{hook}", data=HOOK | {"secret": "", "target_name": "Other"})
    assert decrypt(stored()[0].encrypted_secret) == SECRET and stored()[0].name == "Other"
    moved = HOOK | {"secret": "", "target_url": "http://127.0.0.1:8/in"}
    page = client.post(f"{PAGE}/{hook}", data=moved, follow_redirects=True).text
    assert stored()[0].encrypted_secret is None and "enter it again" in page


def test_target_names_are_unique_per_site(client, site, hook):
    taken = HOOK | {"target_name": "my AUTOMATION"}
    assert client.post(f"{PAGE}/new/webhook", data=taken).status_code == 422


def test_test_message_is_sent_and_its_result_shown(client, site, hook):
    assert "cannot be reached" in client.post(f"{PAGE}/{hook}/test").text
    got = []

    def answer(request):
        got.append(request)
        return Reply(401 if len(got) == 1 else 200)

    with serving(answer) as url:
        client.post(f"{PAGE}/{hook}", data=HOOK | {"target_url": url})
        assert "same secret" in client.post(f"{PAGE}/{hook}/test").text
        assert "accepted the test" in client.post(f"{PAGE}/{hook}/test").text
    assert b'"type": "test"' in got[1].body and "webhook-signature" in got[1].headers


def test_target_of_another_site_is_not_found(client, site, hook):
    client.post("/sites", data={"name": "Other", "language": "en"})
    other = "/sites/other/settings/publishing"
    assert client.get(f"{other}/{hook}").status_code == 404
    for verb in ("", "/test", "/remove"):
        assert client.post(f"{other}/{hook}{verb}", data=HOOK).status_code == 404


def test_target_is_removed_with_its_secret(client, site, hook):
    assert client.post(f"{PAGE}/{hook}/remove").status_code == 303 and stored() == []


WORDPRESS = {
    "on_approval": "nothing",
    "target_name": "My blog",
    "username": USER,
    "secret": PASSWORD,
    "concurrent": "2",
    "format": "blocks",
    "tags": "1",
}


def test_wordpress_site_is_added_and_tested(client, site):
    wordpress = Site()
    with serving(wordpress) as url:
        wordpress.url = url
        client.post(f"{PAGE}/new/wordpress", data=WORDPRESS | {"target_url": url})
        [row] = stored()
        assert decrypt(row.encrypted_secret) == PASSWORD.replace(" ", "")
        assert row.options == {
            "format": "blocks",
            "categories": False,
            "tags": True,
        }
        wordpress.role = "contributor"
        assert "may not publish posts" in client.post(f"{PAGE}/{row.id}/test").text
        wordpress.role = "editor"
        assert "“Anna” may publish" in client.post(f"{PAGE}/{row.id}/test").text
        assert stored()[0].facts == {"root": f"{url}/wp-json/", "seo": ""}


@pytest.mark.parametrize(
    ("name", "value"),
    [("username", ""), ("secret", ""), ("format", ""), ("target_url", "a.b/?x")],
)
def test_invalid_value_of_a_wordpress_site_is_named(client, site, name, value):
    data = WORDPRESS | {"target_url": "http://127.0.0.1:9", name: value}
    answer = client.post(f"{PAGE}/new/wordpress", data=data)
    assert answer.status_code == 422 and f'id="e-{name}"' in answer.text
    assert stored() == []

"""A refused form shows what was typed, leads back to its page, and shows no secret."""

import pytest
from sqlalchemy.exc import OperationalError

from igny8.models import Site

EDIT = "/sites/green-garden/review/1/edit"
TYPED = 'Typed <with> care & "quotes"'


def shown(answer) -> bool:
    return "Typed &lt;with&gt; care &amp; &#34;quotes&#34;</textarea>" in answer.text


def test_ended_session_shows_the_text_and_a_sign_in_link(stranger, garden):
    answer = stranger.post(EDIT, data={"title": "New", "html": TYPED})
    assert answer.status_code == 401 and shown(answer)
    assert f'href="/login?next={EDIT}"' in answer.text


def test_text_and_form_are_shown_without_a_database(client, garden, monkeypatch):
    def fail(*_):
        raise OperationalError("INSERT", {}, Exception("gone"))

    monkeypatch.setattr(Site, "create_with_free_slug", fail)
    answer = client.post("/sites", data={"name": TYPED, "language": "en"})
    assert answer.status_code == 503 and shown(answer)
    assert 'href="/sites/new">Back to the form' in answer.text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}]
)
def test_text_of_another_website_is_not_shown(client, garden, headers):
    answer = client.post(EDIT, data={"html": TYPED}, headers=headers)
    assert answer.status_code == 403 and "Typed" not in answer.text


def test_key_of_a_model_server_is_not_shown(stranger, garden):
    sent = {"server_name": TYPED, "base_url": "https://models.example", "key": "sk-secret"}
    answer = stranger.post("/sites/green-garden/settings/models/servers/new", data=sent)
    assert answer.status_code == 401 and shown(answer) and "sk-secret" not in answer.text


def test_password_is_not_shown(stranger, garden):
    answer = stranger.post("/account/password", data={"password": TYPED, "old": TYPED})
    assert answer.status_code >= 400 and "Typed" not in answer.text


@pytest.mark.parametrize(("draft", "noted"), [("0123456789ab", True), ("<script>", False)])
def test_only_a_saved_draft_is_named_in_the_next_page(client, garden, draft, noted):
    client.post("/sites", data={"name": "", "language": "en", "draft": "ffffffffffff"})
    client.post("/sites", data={"name": "New", "language": "en", "draft": draft})
    page = client.get("/account").text
    assert (f'<meta name="saved-drafts" content="{draft}">' in page) is noted
    assert "ffffffffffff" not in page

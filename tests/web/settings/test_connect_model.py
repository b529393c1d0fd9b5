"""A model is connected in four clicks: vendor, key, models, use for everything."""

from dataclasses import replace

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from igny8.extensions import db
from igny8.models import ProviderEndpoint, SiteSettings
from igny8.models.encryption import decrypt
from igny8.providers import presets
from igny8.web.settings import connect_model
from tests.factories import make_user, sign_in
from tests.providers.openai_compatible.server import Say, chat, model_server

PAGE = "/sites/green-garden/settings/models/connect"
KEY = "sk-very-secret-key-0123456789"
LISTED = Say(
    {
        "data": [
            {"id": name}
            for name in (
                "gpt-5-mini",
                "gpt-5",
                "gpt-image-1",
                "text-embedding-3-small",
                "whisper-1",
            )
        ]
    }
)
CHOSEN = {"chat_model": "gpt-5-mini", "image_model": "", "embedding_model": ""}


@pytest.fixture
def vendor(monkeypatch):
    """Let OpenAI be a server of this machine."""
    with model_server() as there:
        own = tuple(
            replace(preset, base_url=there.url) if preset.key == "openai" else preset
            for preset in presets.PRESETS
        )
        monkeypatch.setattr(presets, "PRESETS", own)
        monkeypatch.setattr(connect_model, "PRESETS", own)
        yield there


def stored(table):
    db.session.rollback()
    return db.session.execute(select(table.__table__)).all()


def paste(client, vendor, key=KEY):
    return client.post(f"{PAGE}/openai", data={"base_url": vendor.url, "key": key})


def choices(answer, name) -> list[str]:
    page = BeautifulSoup(answer.text, "html.parser")
    return [option.text for option in page.select(f"#f-{name} option")]


def test_pasted_key_shows_the_models_with_suggestions(client, site, vendor):
    vendor.will(LISTED)
    answer = paste(client, vendor)
    assert choices(answer, "chat_model") == ["Choose…", "gpt-5", "gpt-5-mini"]
    assert choices(answer, "image_model") == ["None", "gpt-image-1"]
    chosen = BeautifulSoup(answer.text, "html.parser").select("option[selected]")
    assert [one.text for one in chosen] == [
        "gpt-5-mini",
        "gpt-image-1",
        "text-embedding-3-small",
    ]
    [row] = stored(ProviderEndpoint)
    assert row.name == "OpenAI" and decrypt(row.encrypted_key) == KEY and KEY not in answer.text


def test_chosen_models_are_tried_and_used_for_everything(client, site, vendor):
    vendor.will(LISTED)
    paste(client, vendor)
    [row] = stored(ProviderEndpoint)
    vendor.will(LISTED, chat('{"word": "hello"}'))
    answer = client.post(f"{PAGE}/servers/{row.id}", data=CHOSEN | {"image_model": "gpt-image-1"})
    assert answer.status_code == 303
    providers = stored(SiteSettings)[0].engines
    assert set(providers) == {"cluster", "ideate", "write", "describe", "draw"}
    assert {choice["endpoint"] for choice in providers.values()} == {row.id}
    assert stored(ProviderEndpoint)[0].chat_model == "gpt-5-mini"


def test_images_are_unchanged_without_an_image_model(client, site, vendor):
    vendor.will(LISTED)
    paste(client, vendor)
    vendor.will(LISTED, chat('{"word": "hello"}'))
    client.post(f"{PAGE}/servers/{stored(ProviderEndpoint)[0].id}", data=CHOSEN)
    assert "draw" not in stored(SiteSettings)[0].engines


def test_refused_key_is_named_and_the_next_one_replaces_it(client, site, vendor):
    vendor.will(Say({"error": {"message": "bad key"}}, 401))
    answer = paste(client, vendor, "sk-wrong-key-000000000000")
    assert answer.status_code == 422 and 'id="e-key"' in answer.text
    assert stored(SiteSettings)[0].engines == {}
    vendor.will(LISTED)
    paste(client, vendor)
    [row] = stored(ProviderEndpoint)
    assert decrypt(row.encrypted_key) == KEY
    vendor.will(LISTED)
    assert paste(client, vendor, "").status_code == 200  # the stored key is used again


def test_model_that_does_not_answer_is_named_and_the_choice_is_kept(client, site, vendor):
    vendor.will(LISTED)
    paste(client, vendor)
    [row] = stored(ProviderEndpoint)
    vendor.will(LISTED, Say({"error": {"message": "no such model"}}, 404))
    answer = client.post(f"{PAGE}/servers/{row.id}", data=CHOSEN)
    assert answer.status_code == 422 and "Use it anyway" in answer.text
    chosen = BeautifulSoup(answer.text, "html.parser").select("option[selected]")
    assert [one.text for one in chosen][:1] == ["gpt-5-mini"]
    assert stored(SiteSettings)[0].engines == {}
    vendor.will(LISTED, Say({"error": {"message": "no such model"}}, 404))
    client.post(f"{PAGE}/servers/{row.id}", data=CHOSEN | {"do": "anyway"})
    assert set(stored(SiteSettings)[0].engines) == {"cluster", "ideate", "write", "describe"}


def test_private_address_is_for_administrators_of_the_installation(stranger, site):
    anna = sign_in(stranger, make_user("anna", green_garden="administrator"))
    sent = {"base_url": "http://192.168.7.7:11434/v1", "allow": "192.168.7.7:11434"}
    answer = anna.post(f"{PAGE}/ollama", data=sent)
    assert answer.status_code == 422 and "administrator" in answer.text.lower()
    assert stored(ProviderEndpoint) == []


def test_empty_key_and_unknown_vendor_are_refused(client, site, vendor):
    assert 'id="e-key"' in paste(client, vendor, "").text
    assert client.get(f"{PAGE}/nobody").status_code == 404
    assert client.post(f"{PAGE}/servers/99", data=CHOSEN).status_code == 404

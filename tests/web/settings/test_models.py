"""Model servers, prompts, prices and caps as their owner sets them; keys go in and never come out."""

import json
import re
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select

from igny8.engine.billing.providers import find_access
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import Price, Prompt, ProviderEndpoint, Run, SiteSettings
from igny8.models.encryption import decrypt
from igny8.providers.prompts import prompts
from igny8.stages.provider_choice import resolve_providers
from tests.providers.openai_compatible.server import Say, chat, model_server

PAGE = "/sites/green-garden/settings/models"
KEY = "sk-very-secret-key-0123456789"
SERVER = {
    "server_name": "Mine",
    "base_url": "http://127.0.0.1:9/v1",
    "key": KEY,
    "chat_model": "small",
    "image_model": "",
    "concurrent": "3",
    "per_minute": "60",
}
STAGES = {f"provider_{key}": "" for key in ("cluster", "ideate", "write", "describe", "draw")}


def stored(table):
    db.session.rollback()
    return db.session.execute(select(table.__table__)).all()


@pytest.fixture
def server(client, site):
    """Return the id of a stored model server."""
    assert client.post(f"{PAGE}/servers/new", data=SERVER).status_code == 303
    return stored(ProviderEndpoint)[0].id


def test_key_is_stored_encrypted_and_never_shown(client, site, server, file, app):
    [row] = stored(ProviderEndpoint)
    assert KEY not in json.dumps([str(value) for value in row]) and row.hint == "6789"
    assert decrypt(row.encrypted_key) == KEY
    for page in (PAGE, f"{PAGE}/servers/{server}"):
        assert KEY not in client.get(page).text
    if isinstance(file, Path):
        assert KEY.encode() not in file.read_bytes()


def test_embedding_model_is_stored_shown_and_used(client, site, server):
    client.post(f"{PAGE}/servers/{server}", data=SERVER | {"key": "", "embedding_model": "compare"})
    assert (
        'value="compare"' in client.get(f"{PAGE}/servers/{server}").text
        and "compare" in client.get(PAGE).text
    )
    client.post(
        PAGE, data=STAGES | {"provider_cluster": str(server), "provider_write": str(server)}
    )
    with read_transaction() as tx:
        providers = resolve_providers(tx, site).providers
    assert providers["cluster"]["embedding"] == "compare" and "embedding" not in providers["write"]


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("https://api.openai.com", "https://api.openai.com/v1"),
        ("https://openrouter.ai/api/v1/chat/completions", "https://openrouter.ai/api/v1"),
        ("https://garden.openai.azure.com/", "https://garden.openai.azure.com/openai/v1"),
        (
            "https://garden.openai.azure.com/openai/deployments/gpt/",
            "https://garden.openai.azure.com/openai/deployments/gpt",
        ),
    ],
)
def test_pasted_endpoint_url_is_shortened_to_the_server(client, site, typed, kept):
    client.post(f"{PAGE}/servers/new", data=SERVER | {"base_url": typed})
    assert [row.base_url for row in stored(ProviderEndpoint)] == [kept]


def test_preset_fills_in_the_form(client, site):
    page = client.get(f"{PAGE}/servers/new?preset=ollama").text
    assert 'value="http://localhost:11434/v1"' in page and "LM Studio" in page
    assert "Replace NAME" in client.get(f"{PAGE}/servers/new?preset=azure").text


def test_server_deadline_and_effort_reach_its_requests(client, site, server):
    choices = {"key": "", "deadline_s": "900", "reasoning_effort": "low"}
    client.post(f"{PAGE}/servers/{server}", data=SERVER | choices)
    client.post(PAGE, data=STAGES | {"provider_write": str(server)})
    with read_transaction() as tx:
        choice = resolve_providers(tx, site).providers["write"]
        endpoint = find_access(tx, site, choice).endpoint
    assert (endpoint.deadline_s, endpoint.reasoning_effort) == (900, "low")


def test_empty_key_field_keeps_the_key_of_the_same_address(client, site, server):
    client.post(f"{PAGE}/servers/{server}", data=SERVER | {"key": "", "chat_model": "large"})
    assert (
        decrypt(stored(ProviderEndpoint)[0].encrypted_key) == KEY
        and stored(ProviderEndpoint)[0].chat_model == "large"
    )
    answer = client.post(
        f"{PAGE}/servers/{server}",
        data=SERVER | {"key": "", "base_url": "http://evil.example/v1"},
        follow_redirects=True,
    )
    assert (
        stored(ProviderEndpoint)[0].encrypted_key is None and "enter the key again" in answer.text
    )


def test_key_can_be_removed(client, site, server):
    client.post(f"{PAGE}/servers/{server}", data=SERVER | {"key": "", "forget_key": "1"})
    assert stored(ProviderEndpoint)[0].encrypted_key is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server_name", ""),
        ("base_url", "ftp://x/v1"),
        ("base_url", "http://user:pass@host/v1"),
        ("base_url", "host/v1"),
        ("base_url", "http://h/v1?x=1"),
        ("base_url", "http://h:99999/v1"),
        ("key", "two words"),
        ("key", "x" * 501),
        ("concurrent", "0"),
        ("per_minute", "-1"),
        ("deadline_s", "5"),
        ("reasoning_effort", "huge"),
    ],
)
def test_invalid_server_value_is_named_and_not_stored(client, site, name, value):
    answer = client.post(f"{PAGE}/servers/new", data=SERVER | {name: value})
    assert answer.status_code == 422 and f'id="e-{name}"' in answer.text
    assert stored(ProviderEndpoint) == [] and KEY not in answer.text


def test_server_names_are_unique_per_site(client, site, server):
    assert (
        client.post(f"{PAGE}/servers/new", data=SERVER | {"server_name": "mine"}).status_code == 422
    )


def test_stage_returns_to_the_default_when_its_server_is_removed(client, site, server):
    client.post(
        PAGE,
        data=STAGES
        | {"provider_write": str(server), "model_write": "large", "provider_draw": "built-in"},
    )
    assert stored(SiteSettings)[0].providers == {
        "write": {"provider": "openai-compatible", "endpoint": server, "model": "large"},
        "draw": {"provider": "built-in"},
    }
    client.post(f"{PAGE}/servers/{server}/remove")
    assert (
        stored(SiteSettings)[0].providers == {"draw": {"provider": "built-in"}}
        and stored(ProviderEndpoint) == []
    )


def test_server_of_another_site_is_not_found(client, site, server):
    client.post("/sites", data={"name": "Other", "language": "en"})
    other = "/sites/other/settings/models"
    assert client.get(f"{other}/servers/{server}").status_code == 404
    for verb in ("", "/test", "/remove"):
        assert client.post(f"{other}/servers/{server}{verb}", data=SERVER).status_code == 404
    assert client.post(other, data=STAGES | {"provider_write": str(server)}).status_code == 422


def test_connection_test_names_the_cause(client, site, server):
    answer = client.post(f"{PAGE}/servers/{server}/test")
    assert "Nothing listens at 127.0.0.1:9" in answer.text
    with model_server() as there:
        there.will(
            Say({"data": [{"id": "small"}, {"id": "<b>odd</b>"}]}), chat('{"word": "hello"}')
        )
        client.post(f"{PAGE}/servers/{server}", data=SERVER | {"base_url": there.url})
        page = client.post(f"{PAGE}/servers/{server}/test").text
        assert "The connection works" in page and "&lt;b&gt;odd" in page
        assert there.asked[0]["path"] == "/v1/models" and there.asked[1]["key"] == f"Bearer {KEY}"


def test_server_without_a_model_lists_its_models(client, site):
    with model_server() as there:
        there.will(Say({"data": [{"id": "small"}, {"id": "large"}]}))
        added = client.post(
            f"{PAGE}/servers/new",
            data=SERVER | {"base_url": there.url, "chat_model": ""},
            follow_redirects=True,
        )
        assert "No model selected yet" in added.text
        page = BeautifulSoup(
            client.post(f"{PAGE}/servers/{stored(ProviderEndpoint)[0].id}/test").text, "html.parser"
        )
    assert "The connection works. It offers 2 models." in page.text
    assert [option["value"] for option in page.select("#models option")] == ["large", "small"]


def test_stage_cannot_use_a_server_without_a_model(client, site, server):
    answer = client.post(PAGE, data=STAGES | {"provider_draw": str(server)})
    assert answer.status_code == 422 and 'id="e-model_draw"' in answer.text
    client.post(PAGE, data=STAGES | {"provider_write": str(server)})
    answer = client.post(f"{PAGE}/servers/{server}", data=SERVER | {"key": "", "chat_model": ""})
    assert answer.status_code == 422 and "Stage 4 uses this server" in answer.text
    assert stored(ProviderEndpoint)[0].chat_model == "small"


def test_refused_form_links_to_its_invalid_fields(client, site):
    answer = client.post(
        f"{PAGE}/servers/new", data=SERVER | {"server_name": "", "concurrent": "0"}
    )
    said = BeautifulSoup(answer.text, "html.parser").select_one("[role=alert]")
    assert " ".join(said.text.split()) == "Not saved. Please check Name and Parallel requests."
    assert [link["href"] for link in said.select("a")] == ["#f-server_name", "#f-concurrent"]


def test_prompt_is_changed_previewed_and_reset(client, site):
    page, text = "/sites/green-garden/settings/prompts", prompts()["opening"].text + " Be brief."
    shown = client.post(f"{page}/opening", data={"text": text, "do": "preview"})
    assert (
        "How to Prune Blueberries"
        in BeautifulSoup(shown.text, "html.parser").select_one("pre").text
    )
    assert stored(Prompt) == []
    client.post(f"{page}/opening", data={"text": text, "do": "save"})
    client.post(f"{page}/opening", data={"text": text, "do": "save"})
    assert [(p.name, p.version) for p in stored(Prompt)] == [("opening", 1)]
    assert "opening@site-1" in client.get(page).text
    client.post(f"{page}/opening/reset")
    assert Prompt.fetch_changed(db.session, site) == {} and len(stored(Prompt)) == 2
    assert "opening@3" in client.get(page).text


def test_prompt_without_a_placeholder_is_refused_and_kept_in_the_field(client, site):
    answer = client.post(
        "/sites/green-garden/settings/prompts/opening", data={"text": "Write it.", "do": "save"}
    )
    assert answer.status_code == 422 and "Write it." in answer.text and "{title}" in answer.text
    assert (
        client.post("/sites/green-garden/settings/prompts/nothing", data={"text": "x"}).status_code
        == 404
    )


def test_price_is_set_changed_and_removed(client, site):
    page = "/sites/green-garden/settings/prices"
    client.post(
        page, data={"pattern": "llama*", "tokens_in": "0", "tokens_out": "0.000001", "image": "0,5"}
    )
    row = {p.pattern: p for p in stored(Price)}["llama*"]
    assert (row.tokens_in, row.tokens_out, row.image) == (0, 1, 500_000)
    assert "$0.000001" in client.get(page).text
    assert client.post(page, data={"pattern": "x", "tokens_in": "-1"}).status_code == 422
    client.post(f"{page}/remove", data={"pattern": "llama*"})
    assert "llama*" not in {p.pattern for p in stored(Price)}


def test_cap_is_raised_from_the_page(client, garden, site):
    with write_transaction() as tx:
        run_id = tx.execute(select(Run.id).order_by(Run.id.desc())).scalar()
        tx.execute(
            Run.__table__.update()
            .where(Run.id == run_id)
            .values(
                state="blocked",
                block_kind="budget",
                status_reason="The cap is reached.",
                credits_cap=10,
                bar_remaining=0.5,
                finished_at=None,
            )
        )
    page = client.get("/sites/green-garden/automation").text
    assert "The cap is reached." in page and "Raise and continue" in page
    [version] = re.findall(r'name="version" value="(\d+)"', page)
    for wrong in ("", "0", "-5", "1e9", "9" * 20, "²", "nan"):
        data = {"dollars": wrong, "version": version}
        answer = client.post("/sites/green-garden/automation/raise", data=data)
        assert answer.status_code == 422
    for _ in range(2):  # a double click
        data = {"dollars": "0.009", "version": version}
        client.post("/sites/green-garden/automation/raise", data=data)
    [row] = [r for r in stored(Run) if r.id == run_id]
    assert (row.credits_cap, row.block_kind) == (100, None) and row.state != "blocked"

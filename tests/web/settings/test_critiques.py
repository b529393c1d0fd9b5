"""Critiques are chosen on the page of the models, with their price; an article shows its outline."""

import pytest
from sqlalchemy import select, update

from igny8.critiques import ALWAYS, NEVER, ON_FINDINGS
from igny8.extensions import db, write_transaction
from igny8.models import Content, Price, ProviderEndpoint, RunSettings
from tests.web.settings.test_models import PAGE, SERVER, STAGES

OUTLINE = {
    "planned": [{"heading": "Tools twice", "points": [], "keywords": []}],
    "sections": [{"heading": "Shears", "points": [], "keywords": ["pruning shears"], "role": ""}],
    "findings": ["“Tools twice” repeats “Tools”: the two were joined."],
    "changes": ["The tools have a name now."],
}


def choices(site_id: int) -> tuple[str, str]:
    db.session.rollback()
    settings = RunSettings.load(db.session, site_id)
    return settings.outline_critique, settings.text_critique


def test_choices_are_stored_and_a_form_without_them_keeps_them(client, site):
    assert choices(site) == (ON_FINDINGS, ON_FINDINGS)
    sent = {"outline_critique": ALWAYS, "text_critique": NEVER}
    assert client.post(PAGE, data=STAGES | sent).status_code == 303
    assert choices(site) == (ALWAYS, NEVER)
    assert client.post(PAGE, data=STAGES).status_code == 303
    assert choices(site) == (ALWAYS, NEVER)
    assert client.post(PAGE, data=STAGES | {"text_critique": "often"}).status_code == 422
    assert choices(site) == (ALWAYS, NEVER)


def test_price_stands_beside_each_choice(client, site):
    assert client.get(PAGE).text.count("No model writes yet") == 2
    client.post(f"{PAGE}/servers/new", data=SERVER)
    server = db.session.scalar(select(ProviderEndpoint.id))
    with write_transaction() as tx:
        Price.set(tx, "small", 2_500_000, 10_000_000, 0)
    client.post(PAGE, data=STAGES | {"provider_write": str(server)})
    page = client.get(PAGE).text
    assert "About $0.011 per article." in page and "About $0.015 per article." in page


@pytest.mark.parametrize("view", ["content", "review"])
def test_article_shows_its_outline_before_and_after(client, garden, view):
    with write_transaction() as tx:
        tx.execute(update(Content).values(outline=OUTLINE))
    page = client.get(f"/sites/green-garden/{view}/1").text
    for text in ("Tools twice", "Shears", "pruning shears", *OUTLINE["changes"]):
        assert text in page
    assert "the two were joined" in page


def test_untouched_outline_is_not_shown(client, garden):
    with write_transaction() as tx:
        tx.execute(update(Content).values(outline=OUTLINE | {"findings": [], "changes": []}))
    assert 'id="outline"' not in client.get("/sites/green-garden/content/1").text

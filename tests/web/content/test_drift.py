"""The page of an article shows what a person changed on the site, with three decisions."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update

from igny8.extensions import db, write_transaction
from igny8.models import AuditEntry, Content, Publication, PublishingTarget

PAGE = "/sites/green-garden/content/1"
API = "/api/v1/publishing/changed/1"
SITE = "?site_id=green-garden"
THEIRS = {
    "fingerprint": "f" * 64,
    "changed_at": "2026-12-01T10:00:00",
    "title": "Their <title>",
    "excerpt": "Soon.",
    "html": "<p>Another text, by a person.</p>",
}


@pytest.fixture
def target(garden) -> int:
    """Return a target at which a person changed the first article."""
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="approved"))
        target = PublishingTarget.create(
            tx, garden, "webhook", None, name="Blog", url="https://b.example"
        )
        Publication.request(tx, garden, 1, target, "anna")
        changed = {"state": "outdated", "changed_there": True, "theirs": THEIRS}
        tx.execute(update(Publication).values(reason="Changed by a person.", **changed))
    return target


def stored():
    db.session.rollback()
    return db.session.execute(select(Publication)).scalar_one()


def decide(client, verb, target, seen=THEIRS["fingerprint"]):
    sent = {"target_id": target, "seen": seen}
    return client.post(f"{PAGE}/changed/{verb}", data=sent, follow_redirects=True)


def test_both_versions_are_side_by_side_with_the_decisions(client, target):
    page = BeautifulSoup(client.get(PAGE).text, "html.parser")
    card = page.find(id=f"changed-{target}")
    ours, theirs = card.select(".sides")[0].find_all("div", recursive=False)
    assert ours.find("del") and not ours.find("ins")
    assert theirs.find("ins") and "<title>" in theirs.get_text() and not theirs.find("del")
    assert "Another" in card.select(".sides")[-1].get_text()
    buttons = [button.get_text() for button in card.find_all("button")]
    assert buttons == ["Keep theirs", "Take theirs in", "Send ours"]
    assert page.find(id="publications").find("a", href=f"{PAGE}#changed-{target}")


def test_change_without_different_words_says_so(client, target):
    row = db.session.execute(select(Content).where(Content.id == 1)).scalar_one()
    same = THEIRS | {name: getattr(row, name) for name in ("title", "excerpt", "html")}
    with write_transaction() as tx:
        tx.execute(update(Publication).values(theirs=same))
    assert "No difference in the words" in client.get(PAGE).text


@pytest.mark.parametrize(
    ("verb", "state", "told"),
    [
        ("keep", "published", "was kept"),
        ("take", "published", "Taken in as a new version"),
        ("send", "queued", "Queued"),
    ],
)
def test_repeated_click_on_a_decision_has_no_effect(client, target, verb, state, told):
    assert told in decide(client, verb, target).text
    assert stored().state == state
    version = db.session.scalar(select(Content.version).where(Content.id == 1))
    assert "Nothing was done" in decide(client, verb, target).text
    assert db.session.scalar(select(Content.version).where(Content.id == 1)) == version
    assert f'id="changed-{target}"' not in client.get(PAGE).text
    actions = db.session.execute(select(AuditEntry.action)).scalars().all()
    assert actions.count(f"text changed on the site: {verb}") == 2


def test_text_taken_in_is_measured_and_named_in_the_versions(client, target):
    decide(client, "take", target)
    row = db.session.execute(select(Content).where(Content.id == 1)).scalar_one()
    assert (row.title, row.words) == ("Their <title>", 5)
    page = client.get("/sites/green-garden/review/1/versions").text
    assert "edited by" in page and "a person on Blog" in page


def test_decision_about_an_outdated_text_changes_nothing(client, target):
    assert "Nothing was done" in decide(client, "take", target, "0" * 64).text
    assert stored().state == "outdated"


def test_empty_text_and_rejected_article_are_refused(client, target):
    with write_transaction() as tx:
        tx.execute(update(Publication).values(theirs=THEIRS | {"html": "<p> </p>"}))
    assert decide(client, "take", target).status_code == 409
    with write_transaction() as tx:
        tx.execute(update(Publication).values(theirs=THEIRS))
        tx.execute(update(Content).values(status="rejected"))
    for verb in ("take", "send"):
        assert decide(client, verb, target).status_code == 409
    assert "Send ours" not in client.get(PAGE).text and stored().state == "outdated"


def test_unknown_target_and_article_are_404(client, target):
    for wrong in ("", "x", "999"):
        assert decide(client, "keep", wrong).status_code == 404
    sent = {"target_id": target, "seen": THEIRS["fingerprint"]}
    page = "/sites/green-garden/content/999/changed/keep"
    assert client.post(page, data=sent).status_code == 404


def test_api_shows_both_texts_and_takes_the_decision_once(client, target):
    shown = client.get(f"{API}/{SITE}").json
    [theirs] = shown["changed"]
    assert theirs["html"] == THEIRS["html"] and theirs["target_id"] == target
    assert shown["ours"]["title"] != theirs["title"]
    sent = {"target_id": target, "fingerprint": theirs["fingerprint"]}
    assert client.post(f"{API}/take/{SITE}", json=sent).json["changed"] is True
    assert client.post(f"{API}/take/{SITE}", json=sent).json["changed"] is False
    assert client.get(f"{API}/{SITE}").json["changed"] == []


def test_api_names_missing_values_and_objects(client, target):
    assert client.post(f"{API}/keep/{SITE}", json={"target_id": target}).status_code == 400
    assert client.post(f"{API}/keep/{SITE}", json={"fingerprint": "x"}).status_code == 400
    wrong = {"target_id": 99, "fingerprint": "x"}
    assert client.post(f"{API}/keep/{SITE}", json=wrong).status_code == 404
    assert client.get(f"/api/v1/publishing/changed/99/{SITE}").status_code == 404

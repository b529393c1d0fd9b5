"""Two people on one record: the second is told what the first did, and nothing is lost."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update

from igny8.extensions import db
from igny8.models import Content, Idea
from tests.factories import make_user, sign_in

SITE = "/sites/green-garden"
TEXTS = ("title", "meta_title", "meta_description", "excerpt", "html")


@pytest.fixture
def anna(app, garden):
    """Return a client that another reviewer is signed in with."""
    return sign_in(app.test_client(), make_user("anna", green_garden="reviewer"))


def fields(client, path: str, form: str) -> dict[str, str]:
    """Return the fields of a form of a page as a browser would send them unchanged."""
    page = BeautifulSoup(client.get(f"{SITE}/{path}").text, "html.parser")
    found = page.select_one(f"form[action^='{SITE}/{form}']")
    sent = {each["name"]: each.get("value", "") for each in found.select("input[name]")}
    return sent | {each["name"]: each.text for each in found.select("textarea[name]")}


def article():
    db.session.remove()
    table = Content.__table__
    return db.session.execute(select(table).where(table.c.id == 1)).one()


def edit_text(client) -> None:
    text = fields(client, "review/1/edit", "review/1/edit")
    text["html"] += "<p>A new paragraph.</p>"
    assert client.post(f"{SITE}/review/1/edit", data=text).status_code == 303


@pytest.mark.parametrize("verb", ["approve", "send_back", "reject"])
def test_decision_about_a_text_that_was_changed_meanwhile_is_refused(client, anna, garden, verb):
    read = fields(client, "review/1", f"review/1/{verb}") | {"reason": "Too short, please."}
    edit_text(anna)
    refused = client.post(f"{SITE}/review/1/{verb}", data=read)
    assert refused.status_code == 409 and "anna changed this text" in refused.text
    assert article().status == "review"
    page = BeautifulSoup(refused.text, "html.parser")
    assert "A new paragraph." in page.select_one("article").text
    if verb != "approve":
        assert page.select_one(f"#why-{verb}").text == "Too short, please."
    again = fields(client, "review/1", f"review/1/{verb}") | {"reason": "Too short, please."}
    assert client.post(f"{SITE}/review/1/{verb}", data=again).status_code == 303
    assert article().status != "review" and article().decided_by == "owner"


def test_second_decision_names_the_first_and_keeps_the_note(client, anna, garden):
    read = fields(client, "review/1", "review/1/reject")
    anna.post(f"{SITE}/review/1/approve", data=fields(anna, "review/1", "review/1/approve"))
    late = client.post(
        f"{SITE}/review/1/reject", data=read | {"reason": "Off topic"}, follow_redirects=True
    )
    assert "anna approved" in late.text and "Your reason: Off topic" in late.text
    assert (article().status, article().decided_by) == ("approved", "anna")
    assert "by <bdi>anna</bdi>" in client.get(f"{SITE}/content/1").text


def test_idea_that_was_edited_meanwhile_is_not_overwritten(client, garden):
    with db.engine.begin() as tx:
        tx.execute(update(Content.__table__).values(status="sent_back"))
    mine = fields(client, "ideas/1/edit", "ideas/1/edit") | {"format": "guide", "angle": "Mine"}
    theirs = fields(client, "ideas/1/edit", "ideas/1/edit") | {"format": "list", "angle": "Theirs"}
    assert client.post(f"{SITE}/ideas/1/edit", data=theirs).status_code == 303
    refused = client.post(f"{SITE}/ideas/1/edit", data=mine)
    assert refused.status_code == 409 and "Somebody else changed this idea" in refused.text
    assert BeautifulSoup(refused.text, "html.parser").select_one("#f-angle").text == "Mine"
    angle = select(Idea.angle).where(Idea.id == 1)
    assert db.session.execute(angle).scalar_one() == "Theirs"
    seen = BeautifulSoup(refused.text, "html.parser").select_one("input[name=seen]")["value"]
    assert client.post(f"{SITE}/ideas/1/edit", data=mine | {"seen": seen}).status_code == 303
    db.session.remove()
    assert db.session.execute(angle).scalar_one() == "Mine"


def test_client_is_told_that_the_text_was_changed(client, stranger, garden):
    made = client.post(
        f"{SITE}/settings/client-review",
        data={"link_name": "Ada", "days": "7", "may_decide": "1", "article": ""},
    )
    path = BeautifulSoup(made.text, "html.parser").select_one("code").text.split("localhost")[-1]
    page = BeautifulSoup(stranger.get(f"{path}/1").text, "html.parser")
    version = page.select_one("input[name=version]")["value"]
    edit_text(client)
    sent = {"author": "Ada", "text": "Lovely", "version": version}
    refused = stranger.post(f"{path}/1/approve", data=sent)
    assert refused.status_code == 409 and "was changed while you read it" in refused.text
    assert "Lovely" in refused.text and article().status == "review"

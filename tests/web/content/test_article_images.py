"""The page of an article's images: prompts before they are paid for, and single redraws."""

from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update

from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, ContentVersion, GateDecision, Image, ImageRedraw, Run
from tests.factories import change_settings
from tests.web.content.test_edit import stored

PAGE = "/sites/green-garden/content/1/images"


def rows(model, **where):
    with read_transaction() as tx:
        return tx.execute(select(model.__table__).filter_by(**where)).all()


def image() -> object:
    return rows(Image, content_id=1)[0]


def page(client) -> BeautifulSoup:
    return BeautifulSoup(client.get(PAGE).text, "html.parser")


def typed(client, **texts) -> dict[str, str]:
    """Return what the form of the first image holds, with other texts."""
    form = page(client).select_one(f"#image-{image().id} form:has(textarea)")
    seen = form.select_one("input[name=seen]")["value"]
    held = {
        "prompt": form.select_one("textarea").text,
        "alt": form.select_one("[name=alt]")["value"],
    }
    return {"seen": seen} | held | texts


@pytest.fixture
def pending(garden, site):
    """Let a person decide about the first article's images before a model draws them."""
    change_settings(
        site,
        providers={"draw": {"provider": "demonstration"}},
        gates={"5": {"mode": "every", "amount": 0}},
    )
    with write_transaction() as tx:
        tx.execute(update(Image).where(Image.content_id == 1).values(status="pending", path=None))
        tx.execute(update(Content).values(status="draft", handed_over=False))


def test_prompt_is_shown_edited_and_approved_in_one_click(client, pending):
    form = typed(client, prompt="A quiet greenhouse", alt="A greenhouse")
    assert client.post(f"{PAGE}/{image().id}/approve", data=form).status_code == 303
    kept = image()
    assert (kept.prompt, kept.alt, kept.status) == ("A quiet greenhouse", "A greenhouse", "pending")
    [decision] = rows(GateDecision)
    assert (decision.subject_id, decision.stage, decision.decision) == (kept.id, 6, "approved")
    assert decision.decided_by == kept.edited_by != ""
    shown = page(client).select_one(f"#image-{kept.id}").text
    assert f"approved by {kept.edited_by}" in shown and "Approve" not in shown.split("Save")[0]


def test_dropped_image_is_not_drawn(client, pending):
    client.post(f"{PAGE}/{image().id}/reject", data={"reason": "too dull"})
    assert (image().status, image().note) == ("failed", "rejected: too dull")


@pytest.mark.parametrize(
    ("verb", "texts", "code", "words"),
    [
        ("save", {"prompt": " "}, 422, "Enter a prompt."),
        ("save", {"prompt": "Mine", "seen": "0000"}, 409, "Somebody changed this prompt"),
        ("approve", {"prompt": "Mine", "seen": "0000"}, 409, "Somebody changed this prompt"),
    ],
)
def test_refused_form_shows_what_was_typed(client, pending, verb, texts, code, words):
    before = image()
    form = typed(client, alt="My alt text") | texts
    answer = client.post(f"{PAGE}/{before.id}/{verb}", data=form)
    assert answer.status_code == code and words in answer.text and "My alt text" in answer.text
    assert image() == before and rows(GateDecision) == []


def test_approving_a_prompt_of_several_lines_edits_nothing(client, pending):
    with write_transaction() as tx:
        tx.execute(update(Image).values(prompt="A greenhouse\n\nin the rain"))
    sent = {name: value.replace("\n", "\r\n") for name, value in typed(client).items()}
    assert client.post(f"{PAGE}/{image().id}/approve", data=sent).status_code == 303
    assert (image().prompt, image().edited_by) == ("A greenhouse\n\nin the rain", "")


def test_drawn_prompt_is_not_edited(client, pending):
    form = typed(client, prompt="Mine")
    with write_transaction() as tx:
        tx.execute(update(Image).values(status="generated"))
    answer = client.post(f"{PAGE}/{image().id}/save", data=form)
    assert answer.status_code == 409 and "not waiting to be drawn any more" in answer.text


@pytest.fixture
def proposed(app, client, garden, site):
    """Return the redraw that a model has proposed for the first image, with its file."""
    change_settings(site, providers={"draw": {"provider": "demonstration"}})
    with write_transaction() as tx:
        tx.execute(update(Content).values(run_id=select(Run.id).limit(1).scalar_subquery()))
    form = typed(client, prompt="A quiet greenhouse")
    for _ in range(2):  # a double click
        assert client.post(f"{PAGE}/{image().id}/redraw", data=form).status_code == 303
    [redraw] = rows(ImageRedraw)
    assert "hx-trigger" in client.get(f"{PAGE}/redraws/{redraw.id}").text
    path = f"{garden}/1/new.webp"
    file = Path(app.config["SETTINGS"].images, path)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"RIFF")
    drawn = {"path": path, "mime": "image/webp", "width": 1200, "height": 630, "bytes": 4}
    with write_transaction() as tx:
        tx.execute(update(ImageRedraw).values(state="proposed", model="small", **drawn))
    return rows(ImageRedraw)[0]


def file_of(app, path: str) -> Path:
    return Path(app.config["SETTINGS"].images, path)


def test_new_image_is_shown_beside_the_old_and_replaces_it_when_accepted(app, client, proposed):
    before = image()
    shown = page(client)
    assert len(shown.select(f"#redraw-{proposed.id} img")) == 2
    assert "hx-trigger" not in str(shown.select_one(f"#redraw-{proposed.id}"))
    assert client.get(f"{PAGE}/redraws/{proposed.id}/file").data == b"RIFF"
    assert client.post(f"{PAGE}/redraws/{proposed.id}/accept").status_code == 303
    after = image()
    assert (after.path, after.prompt, after.bytes) == (proposed.path, "A quiet greenhouse", 4)
    assert after.edited_by and after.status == "generated"
    assert file_of(app, after.path).exists() and not file_of(app, before.path).exists()
    text = stored()
    assert (text.version, text.version_kind, text.person_only) == (2, "rewrite", "edited")
    assert [kept.number for kept in rows(ContentVersion)] == [1]
    assert client.post(f"{PAGE}/redraws/{proposed.id}/accept").status_code == 409
    assert client.get(f"{PAGE}/redraws/{proposed.id}/file").status_code == 404


def test_dropped_new_image_leaves_the_old_one(app, client, proposed):
    before = image()
    client.post(f"{PAGE}/redraws/{proposed.id}/drop")
    assert image() == before and file_of(app, before.path).exists()
    assert not file_of(app, proposed.path).exists() and stored().version == 1
    assert rows(ImageRedraw)[0].state == "dropped"


@pytest.mark.parametrize("status", ["approved", "sent_back", "rejected"])
def test_images_of_a_decided_article_do_not_change(client, proposed, status):
    before = image()
    with write_transaction() as tx:
        tx.execute(update(Content).values(status=status))
    for path in (f"redraws/{proposed.id}/accept", f"{before.id}/redraw"):
        answer = client.post(f"{PAGE}/{path}", data={"prompt": "Mine", "alt": ""})
        assert answer.status_code == 409 and "not waiting for review" in answer.text
    assert image() == before and rows(ImageRedraw)[0].state == "proposed"


def test_image_that_changed_since_is_not_replaced(client, proposed):
    with write_transaction() as tx:
        tx.execute(update(Image).where(Image.id == proposed.image_id).values(path="1/1/other.webp"))
    answer = client.post(f"{PAGE}/redraws/{proposed.id}/accept")
    assert answer.status_code == 409 and "changed in the meantime" in answer.text
    assert image().path == "1/1/other.webp" and rows(ImageRedraw)[0].state == "proposed"


def test_new_image_without_its_file_is_not_accepted(app, client, proposed):
    file_of(app, proposed.path).unlink()
    answer = client.post(f"{PAGE}/redraws/{proposed.id}/accept")
    assert answer.status_code == 409 and "not there any more" in answer.text


def test_redraw_needs_an_image_model(client, garden):
    with write_transaction() as tx:
        tx.execute(update(Content).values(run_id=select(Run.id).limit(1).scalar_subquery()))
    answer = client.post(f"{PAGE}/{image().id}/redraw", data={"prompt": "Mine", "alt": ""})
    assert answer.status_code == 409 and "Choose an image model" in answer.text
    assert "does not read the prompts" in client.get(PAGE).text

"""The gate: the queue, the decisions, and what is shown of a text."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select, update

from igny8 import clock
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import Content, Image, Run, Task

SITE = "/sites/green-garden"


def status(content_id: int) -> str:
    db.session.rollback()
    return db.session.execute(select(Content.status).where(Content.id == content_id)).scalar_one()


def test_oldest_article_comes_first_with_its_position(client, garden):
    soup = BeautifulSoup(client.get(f"{SITE}/review").text, "html.parser")
    assert soup.select_one(".doc h1").text == "How to start seeds indoors in winter"
    assert "1 of 4" in soup.select_one(".place").text
    assert soup.select_one('[data-key="j"]')["href"] == f"{SITE}/review/2"


def test_approving_shows_the_next_article(client, garden):
    answer = client.post(f"{SITE}/review/2/approve")
    assert answer.headers["Location"] == f"{SITE}/review/3"
    assert status(2) == "approved"


def test_deciding_the_last_shows_the_previous_article(client, garden):
    assert client.post(f"{SITE}/review/4/approve").headers["Location"] == f"{SITE}/review/3"


def test_sending_back_keeps_the_note_and_queues_the_task(client, garden):
    client.post(f"{SITE}/review/1/send_back", data={"reason": "Say more about light."})
    assert status(1) == "sent_back"
    assert db.session.execute(select(Task.status, Task.note).where(Task.id == 1)).one() == (
        "queued",
        "Say more about light.",
    )


def test_sending_back_keeps_the_images_until_they_are_replaced(client, garden):
    before = db.session.execute(select(func.count()).where(Image.content_id == 1)).scalar_one()
    client.post(f"{SITE}/review/1/send_back", data={"reason": "More."})
    db.session.rollback()
    assert (
        db.session.execute(select(func.count()).where(Image.content_id == 1)).scalar_one()
        == before
        > 0
    )


@pytest.mark.parametrize("verb", ["approve", "reject", "send_back"])
def test_decision_is_undone_with_one_click(client, garden, verb):
    with write_transaction() as tx:
        tx.execute(update(Run).values(state="completed", finished_at=clock.now()))
    client.post(f"{SITE}/review/2/{verb}", data={"reason": "Because."})
    assert status(2) != "review"
    page = BeautifulSoup(client.get(f"{SITE}/review").text, "html.parser")
    client.post(page.select_one("form.said")["action"])
    assert status(2) == "review"
    assert (
        db.session.execute(
            select(Task.status).join(Content, Content.task_id == Task.id).where(Content.id == 2)
        ).scalar_one()
        == "completed"
    )
    assert (
        "2 of 4"
        in BeautifulSoup(client.get(f"{SITE}/review/2").text, "html.parser")
        .select_one(".place")
        .text
    )


def test_waiting_decision_cannot_be_undone(client, garden):
    client.post(f"{SITE}/review/2/reopen")
    assert "could not be undone" in client.get(f"{SITE}/review/2").text


def test_reason_is_kept_whole_or_refused(client, garden):
    whole = "First line\n" + "é" * 1989
    answer = client.post(f"{SITE}/review/1/reject", data={"reason": whole + "!"})
    assert answer.status_code == 400 and "2,000 characters; it has 2,001" in answer.text
    client.post(f"{SITE}/review/1/reject", data={"reason": whole.replace("\n", "\r\n")})
    with read_transaction() as tx:
        assert tx.execute(select(Content.decision_reason).where(Content.id == 1)).scalar() == whole


def test_rejecting_needs_a_reason(client, garden):
    assert client.post(f"{SITE}/review/1/reject", data={"reason": " "}).status_code == 400
    assert status(1) == "review"


def test_second_decision_changes_nothing(client, garden):
    client.post(f"{SITE}/review/1/approve")
    client.post(f"{SITE}/review/1/reject", data={"reason": "late"})
    assert status(1) == "approved"


def test_empty_queue_is_shown(client, site):
    assert "Nothing to review" in client.get(f"{SITE}/review").text


def test_decision_is_shown_on_the_article_page(client, garden):
    client.post(f"{SITE}/review/1/approve")
    assert client.get(f"{SITE}/review/1").headers["Location"] == f"{SITE}/content/1"


def test_images_are_shown_at_their_headings_with_alt_text(client, garden):
    soup = BeautifulSoup(client.get(f"{SITE}/content/1").text, "html.parser")
    assert soup.select_one(".doc h2 + figure img")["alt"] == "Picture of When to begin"
    assert soup.select_one("img.hero")["alt"].startswith("Picture of How")


def test_stored_text_is_sanitised_again_when_shown(client, garden):
    hostile = (
        '<h2 onclick="x()" class="a" hx-get="/x">H</h2><script>bad()</script><img src="https://e.example/i">'
        '<a href="javascript:bad()">l</a><p style="color:red">p</p><iframe src="//e"></iframe><form></form>'
    )
    with write_transaction() as tx:
        tx.execute(
            update(Content)
            .where(Content.id == 1)
            .values(html=hostile, title=hostile, excerpt=hostile)
        )
    body = BeautifulSoup(client.get(f"{SITE}/content/1").text, "html.parser").select_one(".doc")
    assert not body.select(
        "script, iframe, form, [onclick], [style], [hx-get], [href^=javascript], .body [class]"
    )
    assert not [i for i in body.select("img") if i["src"].startswith("http")]


def test_image_is_served_with_its_mime_type(client, garden):
    answer = client.get(f"{SITE}/images/1/p0.webp")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert client.get(f"{SITE}/images/1/other.webp").status_code == 404


def test_articles_that_pass_all_checks_are_approved_and_reopened_together(client, garden):
    with write_transaction() as tx:
        good = [{"name": "title", "ok": True, "text": "Fine"}]
        bad = [*good, {"name": "length", "ok": False, "text": "Short"}]
        for content_id in (1, 2, 3, 4):
            checks = bad if content_id == 3 else good
            tx.execute(update(Content).where(Content.id == content_id).values(checks=checks))
    page = BeautifulSoup(client.get(f"{SITE}/review?only=passing").text, "html.parser")
    assert "1 of 3" in page.select_one(".place").text
    client.post(f"{SITE}/review/approve-passing")
    assert [status(n) for n in (1, 2, 3, 4)] == ["approved", "approved", "review", "approved"]
    toast = BeautifulSoup(client.get(f"{SITE}/review").text, "html.parser").select_one(".toast")
    ids = [field["value"] for field in toast.select("[name=ids]")]
    client.post(toast["action"], data={"ids": ids})
    assert [status(n) for n in (1, 2, 3, 4)] == ["review"] * 4


def test_queue_is_sorted_by_value_and_stays_so(client, garden):
    with write_transaction() as tx:
        tx.execute(update(Task).values(priority=Task.id))
    page = BeautifulSoup(client.get(f"{SITE}/review?sort=value").text, "html.parser")
    first, second = (link["href"] for link in page.select(".q > a")[:2])
    assert first.startswith(f"{SITE}/review/4?")
    approve = page.select_one(".bar2 form")["action"]
    assert client.post(approve).headers["Location"] == second


def test_palette_finds_pages_and_titles_of_all_kinds(client, garden):
    def found(text):
        page = BeautifulSoup(client.get(f"{SITE}/find?q={text}").text, "html.parser")
        return [option["href"] for option in page.select(".found a")]

    assert f"{SITE}/settings/prompts" in found("prompts")
    kinds = {address.removeprefix(f"{SITE}/").split("/")[0] for address in found("seeds")}
    assert kinds >= {"content", "ideas"}

"""Publishing from the pages: one article, all approved ones, and by hand."""

import re

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update

from igny8.engine.publications import worker
from igny8.extensions import db, write_transaction
from igny8.models import Content, Idea, Keyword, Publication, PublishingTarget, Run
from igny8.publishing.webhook import new_secret
from tests.publishing.http_server import Reply, serving

LIST = "/sites/green-garden/content"


@pytest.fixture
def ids(garden) -> list[int]:
    """Return four articles; the first two are approved."""
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.slug.in_(("t1", "t2"))).values(status="approved"))
        return list(tx.execute(select(Content.id).order_by(Content.id)).scalars())


@pytest.fixture
def target(site, ids):
    with serving(lambda request: Reply(200, b'{"url": "https://green.example/p"}')) as url:
        with write_transaction() as tx:
            row = PublishingTarget.create(tx, site, "webhook", new_secret(), name="Hook", url=url)
        yield row


def states() -> dict:
    db.session.rollback()
    rows = db.session.execute(select(Publication.content_id, Publication.state))
    return {row.content_id: row.state for row in rows}


def test_article_is_published_from_its_page(client, ids, target):
    page = f"{LIST}/{ids[0]}"
    assert "Send as draft" in client.get(page).text
    client.post(f"{page}/publish", data={"target_id": target, "wanted": "publish"})
    waiting = client.get(page).text
    assert "Queued" in waiting and 'hx-trigger="every 2s"' in waiting
    worker.publish_next()
    done = client.get(page).text
    assert "Published" in done and "https://green.example/p" in done
    assert "every 2s" not in done and "Update" in done
    assert "Published" in client.get(LIST).text


def test_open_page_receives_only_changes(client, ids, target):
    page = f"{LIST}/{ids[0]}"
    client.post(f"{page}/publish", data={"target_id": target, "wanted": "draft"})
    live = client.get(f"{page}/publications")
    tag = live.text.split("?v=")[1].split('"')[0]
    assert client.get(f"{page}/publications?v={tag}").status_code == 204
    worker.publish_next()
    assert "Sent as draft" in client.get(f"{page}/publications?v={tag}").text


def test_article_that_is_not_approved_has_no_button_and_is_refused(client, ids, target):
    page = f"{LIST}/{ids[2]}"
    assert "Send as draft" not in client.get(page).text
    answer = client.post(f"{page}/publish", data={"target_id": target, "wanted": "publish"})
    assert answer.status_code == 409 and states() == {}


def test_all_approved_articles_are_queued_once(client, ids, target):
    data = {"target_id": target, "wanted": "publish"}
    first = client.post(f"{LIST}/publish-approved", data=data, follow_redirects=True)
    assert "2 articles queued for Hook." in first.text
    assert states() == {ids[0]: "queued", ids[1]: "queued"}
    again = client.post(f"{LIST}/publish-approved", data=data, follow_redirects=True)
    assert "already, or on their way" in again.text


def test_article_is_marked_as_published_by_hand(client, ids):
    page = f"{LIST}/{ids[0]}"
    assert client.post(f"{page}/published", data={"url": "nowhere"}).status_code == 400
    client.post(f"{page}/published", data={"url": "https://green.example/seeds"})
    shown = client.get(page).text
    assert "By hand" in shown and "https://green.example/seeds" in shown
    assert states() == {ids[0]: "published"}
    assert (
        client.post(f"{LIST}/{ids[2]}/published", data={"url": "https://a.example"}).status_code
        == 409
    )


def test_edit_after_an_undone_approval_makes_it_outdated(client, ids, target):
    page, review = f"{LIST}/{ids[0]}", f"/sites/green-garden/review/{ids[0]}"
    client.post(f"{page}/publish", data={"target_id": target, "wanted": "publish"})
    worker.publish_next()
    client.post(f"{review}/reopen")
    client.post(f"{review}/approve")
    assert states() == {ids[0]: "published"}
    client.post(f"{review}/reopen")
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(f"{review}/edit").text).group(1)
    form = {"title": "New", "meta_title": "New", "html": "<p>New</p>", "seen": seen}
    assert client.post(f"{review}/edit", data=form).status_code == 303
    assert states() == {ids[0]: "outdated"}
    client.post(f"{review}/approve")
    assert states() == {ids[0]: "outdated"}


def test_target_of_another_site_is_404(client, ids, target):
    client.post("/sites", data={"name": "Other", "language": "en"})
    data = {"target_id": target, "wanted": "publish"}
    assert client.post("/sites/other/content/publish-approved", data=data).status_code == 404
    for wrong in ("", "x", "999"):
        sent = {"target_id": wrong, "wanted": "publish"}
        assert client.post(f"{LIST}/{ids[0]}/publish", data=sent).status_code == 404


def test_article_is_scheduled_moved_and_taken_back(client, ids, target):
    page = f"{LIST}/{ids[0]}"
    past = {"target_id": target, "publish_at": "2020-01-01T09:00"}
    assert client.post(f"{page}/schedule", data=past).status_code == 400
    for day in ("2031-05-04T09:00", "2031-05-05T10:30"):
        client.post(f"{page}/schedule", data={"target_id": target, "publish_at": day})
    shown = client.get(page).text
    assert "Scheduled" in shown and "5 May 2031 10:30" in shown and "Move…" in shown
    client.post(f"{page}/unpublish", data={"target_id": target})
    assert states() == {ids[0]: "removed"}
    assert "Publish again" in client.get(page).text


def test_published_article_can_be_removed_after_reopening(client, ids, target):
    page = f"{LIST}/{ids[0]}"
    client.post(f"{page}/publish", data={"target_id": target, "wanted": "publish"})
    worker.publish_next()
    assert "Remove…" in client.get(page).text
    client.post(f"/sites/green-garden/review/{ids[0]}/reopen")
    assert "Remove…" in client.get(page).text
    client.post(f"{page}/unpublish", data={"target_id": target})
    assert "Being removed" in client.get(page).text
    worker.publish_next()
    assert states() == {ids[0]: "removed"}


def test_approval_publishes_where_the_target_is_set_to(client, ids, target):
    with write_transaction() as tx:
        tx.execute(update(PublishingTarget).values(on_approval="publish"))
    client.post(f"/sites/green-garden/review/{ids[2]}/approve")
    assert states() == {ids[2]: "queued"}


def test_article_marked_by_hand_is_unmarked(client, ids):
    page = f"{LIST}/{ids[0]}"
    client.post(f"{page}/published", data={"url": "https://green.example/seeds"})
    target_id = db.session.execute(select(PublishingTarget.id)).scalar()
    client.post(f"{page}/unpublish", data={"target_id": target_id})
    assert states() == {ids[0]: "removed"}


def test_next_step_counts_approved_articles_until_they_are_published(client, ids, target):
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.status != "approved").values(status="rejected"))
        tx.execute(update(Keyword).values(disabled=True))
        tx.execute(update(Idea).values(disabled=True))
        tx.execute(update(Run).values(dismissed=True))
    page = BeautifulSoup(client.get("/sites/green-garden/automation").text, "html.parser")
    assert page.select_one("#step-card .then").text == "Publish 2 →"
    assert "Publish it" in page.select_one(".first-steps").text
    client.post(f"{LIST}/publish-approved", data={"target_id": target, "wanted": "publish"})
    while worker.publish_next():
        pass
    page = BeautifulSoup(client.get("/sites/green-garden/automation").text, "html.parser")
    assert page.select_one("#step-card .then").text == "Import keywords"
    assert page.select_one(".first-steps") is None


def test_list_of_a_site_without_a_target_leads_to_its_connection(client, ids):
    page = BeautifulSoup(client.get(LIST).text, "html.parser")
    [connect] = [link for link in page.select(".actions a") if link.text == "Connect your website"]
    assert connect["href"] == "/sites/green-garden/settings/publishing"

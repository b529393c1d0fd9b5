"""The rule that approves articles: its setting, what pages and JSON say, and who objects how."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update

from igny8 import clock
from igny8.article_parts import split_parts
from igny8.engine.reviews.approval_rule import approve_due
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ApprovalRule, AuditEntry, ClientLink, Content, PartChange
from tests.web.content.test_edit import EDIT, GOOD, seen, stored  # noqa: F401 - seen is a fixture

SITE = "/sites/green-garden"
SETTINGS = f"{SITE}/settings/approval"
FORM = {f"mode_{n}": "off" for n in range(1, 7)} | {"reading_limit": ""}
BY_RULE = "Approved by rule after 24 h"


@pytest.fixture
def rule(garden):
    with write_transaction() as tx:
        ApprovalRule.change(tx, garden, 24)


def words_of(client, path: str, selector: str = "main") -> str:
    page = BeautifulSoup(client.get(f"{SITE}/{path}").text, "html.parser")
    return " ".join(" ".join(each.text for each in page.select(selector)).split())


def test_rule_changes_are_audited(client, garden):
    assert client.post(SETTINGS, data=FORM | {"rule_hours": "24"}).status_code == 303
    assert 'value="24"' in client.get(SETTINGS).text
    client.post(SETTINGS, data=FORM | {"rule_hours": "24"})
    client.post(SETTINGS, data=FORM | {"rule_hours": ""})
    with read_transaction() as tx:
        assert ApprovalRule.find(tx, garden) is None
        details = tx.execute(select(AuditEntry.detail).order_by(AuditEntry.id)).scalars().all()
    assert details == ["approve by rule: after 24 h", "", "approve by rule: off"]


@pytest.mark.parametrize("hours", ["0", "721", "1.5", "soon"])
def test_invalid_hours_are_refused_at_their_field(client, garden, hours):
    answer = client.post(SETTINGS, data=FORM | {"rule_hours": hours})
    assert answer.status_code == 422 and "Please check" in answer.text
    with read_transaction() as tx:
        assert ApprovalRule.find(tx, garden) is None


def test_review_says_when_the_rule_approves_or_why_a_person_must(client, rule):
    assert "Approved by rule" in words_of(client, "review/1", ".side")
    assert "a rule approves what passes after 24 h" in words_of(client, "review/1", ".head")
    assert "not all checks pass" in words_of(client, "review/2", ".side")
    client.post(f"{SITE}/review/3/approve")
    client.post(f"{SITE}/review/3/reopen")
    assert "a decision about it was undone" in words_of(client, "review/3", ".side")


def test_review_without_a_rule_mentions_only_people(client, garden):
    assert "nothing is published without your approval" in words_of(client, "review/1", ".head")
    assert "rule" not in words_of(client, "review/1", ".side")


def test_decision_by_rule_is_marked_on_pages_and_in_json(client, rule, hours_later):
    hours_later(25 * 3600)
    assert approve_due() == 3
    assert BY_RULE in words_of(client, "content/1", ".head")
    assert "nobody objected" in words_of(client, "content/1", ".notice")
    assert words_of(client, "content").count(BY_RULE) == 3
    assert words_of(client, "content?decided=rule", "tbody").count(BY_RULE) == 3
    assert "0 articles match" in words_of(client, "content?decided=person")
    assert BY_RULE in words_of(client, "ideas") and BY_RULE in words_of(client, "clusters/1")
    listed = client.get("/api/v1/articles/?site_id=green-garden").json["articles"]
    assert [each["rule_hours"] for each in listed] == [24, 24, None, 24]
    one = client.get("/api/v1/articles/1/?site_id=green-garden").json["article"]
    assert (one["rule_hours"], one["decided_by"], one["person_only"]) == (24, "rule", "")


def test_edit_keeps_the_article_for_a_person(client, rule, seen, hours_later):  # noqa: F811
    client.post(EDIT, data=GOOD | seen)
    assert stored().person_only == "edited"
    hours_later(25 * 3600)
    approve_due()
    assert stored().status == "review"


def test_comment_of_a_client_keeps_the_article_for_a_person(client, stranger, rule, garden):
    with write_transaction() as tx:
        ends_at = clock.now() + timedelta(days=7)
        token = ClientLink.create(tx, garden, "Acme", "owner", ends_at, 1)
    comment = {"author": "Carla", "quote": "", "text": "Ten weeks, rather."}
    assert stranger.post(f"/client/{token}/1/comment", data=comment).status_code == 303
    assert stored().person_only == "commented"
    assert "a client commented on it" in words_of(client, "review/1", ".side")


def test_asking_for_a_change_of_a_part_keeps_the_article_for_a_person(garden):
    part = next(part for part in split_parts(stored().html) if part.heading)
    with write_transaction() as tx:
        assert PartChange.request(tx, stored(), part, "shorter", "anna")
    assert stored().person_only == "changing"


def test_approval_of_several_that_is_undone_keeps_them_for_a_person(client, rule):
    client.post(f"{SITE}/review/approve-passing")
    client.post(f"{SITE}/review/reopen", data={"ids": ["1", "3"]})
    with read_transaction() as tx:
        marks = tx.execute(select(Content.person_only).order_by(Content.id)).scalars().all()
    assert marks == ["reopened", "", "reopened", ""]


def test_empty_queue_says_who_approves(client, rule):
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="approved"))
    assert "A rule approves what passes after 24 h" in words_of(client, "review")


def test_decision_after_the_rule_is_reported(client, rule, hours_later):
    hours_later(25 * 3600)
    approve_due()
    late = client.post(f"{SITE}/review/1/reject", data={"reason": "No"}, follow_redirects=True)
    assert "The rule of 24 h approved" in late.text and stored().status == "approved"

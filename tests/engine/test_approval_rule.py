"""A rule approves what nobody objected to, once, and only with good checks and sourced claims."""

import threading
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from igny8.engine.reviews import approval_rule
from igny8.engine.reviews.approval_rule import approve_due
from igny8.engine.reviews.decisions import decide
from igny8.engine.runs import start_run
from igny8.extensions import read_transaction, write_transaction
from igny8.jobs import WorkerProcess
from igny8.models import (
    ApprovalRule,
    AuditEntry,
    ClientComment,
    ClientLink,
    Content,
    ContentVersion,
    Image,
    Publication,
    PublicationEvent,
    PublishingTarget,
    Run,
    RunEvent,
)
from igny8.models.queries import articles, review_queue
from igny8.progress.snapshot.queries import site_columns
from tests.factories import change_settings, make_keywords
from tests.web.conftest import fill

FAILED_CHECK = 2  # the article of `fill` with a check that fails
H = 3600


@pytest.fixture
def waiting(app, site) -> list[int]:
    """Return the ids of three articles in review that pass their checks; a rule of 24 h is set."""
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        ApprovalRule.change(tx, site.id, 24)
        ids = list(tx.execute(select(Content.id).order_by(Content.id)).scalars())
    return [n for n in ids if n != ids[FAILED_CHECK - 1]]


def row(content_id: int):
    with read_transaction() as tx:
        return tx.execute(select(Content.__table__).where(Content.id == content_id)).one()


def statuses() -> list[str]:
    with read_transaction() as tx:
        return list(tx.execute(select(Content.status).order_by(Content.id)).scalars())


def count(table, *where) -> int:
    with read_transaction() as tx:
        return tx.execute(select(func.count()).select_from(table).where(*where)).scalar_one()


def change(content_id: int, **values) -> None:
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == content_id).values(**values))


def test_rule_approves_passing_articles_after_its_hours(waiting, hours_later):
    hours_later(23.9 * H)
    assert approve_due() == 0
    hours_later(0.2 * H)
    assert approve_due() == 3 and approve_due() == 0
    assert statuses() == ["approved", "review", "approved", "approved"]
    one = row(waiting[0])
    assert (one.rule_hours, one.decided_by) == (24, "rule")
    assert one.decision_reason.startswith("approved by rule after 24 h")


def test_approval_by_rule_is_logged_and_audited(site, waiting, hours_later):
    with write_transaction() as tx:
        tx.execute(update(Run).values(state="running"))
        version = tx.execute(select(Run.version)).scalar_one()
    hours_later(25 * H)
    approve_due()
    with read_transaction() as tx:
        lines = tx.execute(select(RunEvent.message).where(RunEvent.kind == "by_rule")).scalars()
        entries = tx.execute(select(AuditEntry.__table__)).all()
        assert all(line.endswith("was approved by rule after 24 h") for line in lines.all())
        assert tx.execute(select(Run.version)).scalar_one() > version
    assert count(RunEvent, RunEvent.kind == "by_rule") == 3
    told = {(e.who, e.action, e.site, e.detail) for e in entries}
    first = f"content_id {waiting[0]}, approved by rule after 24 h"
    assert len(told) == 3 and ("rule", "content: approve by rule", site.slug, first) in told


def test_counts_of_the_queue_the_list_and_the_page_agree(site, waiting, hours_later):
    def counted() -> tuple[int, int, int]:
        with read_transaction() as tx:
            head = tx.execute(select(*site_columns(site.id))).one()
            filters = {"q": "", "status": "approved", "kind": "", "decided": "rule"}
            by_rule = tx.execute(articles.LIST.matching_ids(site.id, filters)).all()
            return review_queue.count(tx, site.id), head.approved, len(by_rule)

    assert counted() == (4, 0, 0)
    hours_later(25 * H)
    approve_due()
    assert counted() == (1, 3, 3)


def test_hours_of_a_rule_count_from_when_it_is_set(site, waiting, hours_later):
    with write_transaction() as tx:
        assert ApprovalRule.change(tx, site.id, None)
    hours_later(1000 * H)
    assert approve_due() == 0
    with write_transaction() as tx:
        assert ApprovalRule.change(tx, site.id, 10) and not ApprovalRule.change(tx, site.id, 10)
    assert approve_due() == 0
    hours_later(10.1 * H)
    assert approve_due() == 3


def edit(tx, site, content_id):
    html = {"html": "<p>Mine.</p>"}
    assert ContentVersion.replace(tx, site.id, content_id, "person", "anna", None, **html)


def comment(tx, site, content_id):
    soon = row(content_id).handed_over_at + timedelta(days=99)
    ClientLink.create(tx, site.id, "Acme", "anna", soon)
    link = tx.execute(select(ClientLink.id)).scalar_one()
    ClientComment.add(tx, content_id, link, "Carla", "Ten weeks, rather.")


def reopen(tx, site, content_id):
    assert decide(tx, site.id, content_id, "approved", by="anna")
    assert Content.reopen(tx, site.id, content_id)


def send_back(tx, site, content_id):
    assert decide(tx, site.id, content_id, "sent_back", "Shorter.", "anna")
    # as stage 4 and stage 7 leave it after the rewrite
    rewritten = {"status": "review", "decided_at": None, "decision_reason": ""}
    tx.execute(update(Content).where(Content.id == content_id).values(**rewritten))


@pytest.mark.parametrize(
    ("object_to", "why"),
    [
        (edit, "edited"),
        (comment, "commented"),
        (reopen, "reopened"),
        (send_back, "sent_back"),
    ],
)
def test_article_with_an_objection_waits_for_a_person(site, waiting, hours_later, object_to, why):
    with write_transaction() as tx:
        object_to(tx, site, waiting[0])
    hours_later(25 * H)
    assert approve_due() == 2
    assert (row(waiting[0]).status, row(waiting[0]).person_only) == ("review", why)
    with write_transaction() as tx:
        assert decide(tx, site.id, waiting[0], "approved", by="anna")
    assert (row(waiting[0]).rule_hours, row(waiting[0]).decided_by) == (None, "anna")


def test_undone_approval_by_rule_waits_for_a_person(site, waiting, hours_later):
    hours_later(25 * H)
    approve_due()
    with write_transaction() as tx:
        assert Content.reopen(tx, site.id, waiting[0])
    hours_later(25 * H)
    assert approve_due() == 0
    assert (row(waiting[0]).status, row(waiting[0]).rule_hours) == ("review", None)


CLAIM = "<p>A study found that 45 % of gardeners saved money in 2024.</p>"


def test_article_with_an_unsourced_claim_waits_for_a_person(waiting, hours_later, monkeypatch):
    change(waiting[0], kind="article", html=CLAIM)
    change(waiting[1], kind="article", html="<p>Seeds like light.</p>")
    hours_later(25 * H)
    assert approve_due() == 2
    assert (row(waiting[0]).status, row(waiting[0]).person_only) == ("review", "unsourced")
    monkeypatch.setattr(approval_rule, "claims_in", lambda tx, row: pytest.fail("read again"))
    assert approve_due() == 0


@pytest.mark.parametrize(
    "values", [{"checks": []}, {"handed_over": False}, {"person_only": "earlier"}]
)
def test_unfinished_article_is_not_approved(waiting, hours_later, values):
    change(waiting[0], **values)
    hours_later(25 * H)
    assert approve_due() == 2 and row(waiting[0]).status == "review"


def test_article_without_its_image_is_not_approved(waiting, hours_later):
    with write_transaction() as tx:
        of_first = (Image.content_id == waiting[0]) & (Image.position == 1)
        tx.execute(update(Image).where(of_first).values(status="failed"))
    hours_later(25 * H)
    assert approve_due() == 2 and row(waiting[0]).status == "review"


def between(monkeypatch, act) -> None:
    """Let something happen after an article was read and before it is decided about."""
    read, done = approval_rule.claims_in, []

    def then(tx, row):
        found = read(tx, row)
        tx.rollback()
        if not done:
            done.append(True)
            with write_transaction() as other:
                act(other)
        return found

    monkeypatch.setattr(approval_rule, "claims_in", then)


def test_last_moment_objection_prevents_the_approval(site, waiting, hours_later, monkeypatch):
    hours_later(25 * H)
    between(monkeypatch, lambda tx: comment(tx, site, waiting[0]))
    assert approve_due() == 2 and row(waiting[0]).status == "review"


def test_rule_turned_off_at_the_last_moment_approves_nothing(
    site, waiting, hours_later, monkeypatch
):
    hours_later(25 * H)
    between(monkeypatch, lambda tx: ApprovalRule.change(tx, site.id, None))
    assert approve_due() == 0 and statuses() == ["review"] * 4


def test_text_changed_after_it_was_read_is_not_approved(site, waiting, hours_later, monkeypatch):
    hours_later(25 * H)
    between(monkeypatch, lambda tx: edit_without_mark(tx, waiting[0]))
    assert approve_due() == 2 and row(waiting[0]).status == "review"


def edit_without_mark(tx, content_id) -> None:
    newer = {"version": Content.version + 1, "html": CLAIM}
    tx.execute(update(Content).where(Content.id == content_id).values(**newer))


def test_two_workers_approve_each_article_once(app, site, waiting, hours_later):
    with write_transaction() as tx:
        options = {"format": "plain"}
        target = PublishingTarget.create(tx, site.id, "folder", None, name="Files", options=options)
        held = {"on_approval": "publish", "hold_hours": 3}
        tx.execute(update(PublishingTarget).where(PublishingTarget.id == target).values(**held))
    hours_later(25 * H)
    start, counts, troubles = threading.Barrier(3), [], []

    def work() -> None:
        with app.app_context():
            start.wait()
            try:
                counts.append(approve_due())
            except Exception as trouble:
                troubles.append(trouble)

    workers = [threading.Thread(target=work) for _ in range(3)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert (sum(counts), troubles) == (3, [])
    assert count(AuditEntry) == count(RunEvent, RunEvent.kind == "by_rule") == 3
    assert count(Publication, Publication.state == "scheduled") == 3
    assert count(PublicationEvent, PublicationEvent.who == "approval") == 3


def test_publications_after_an_approval_by_rule_are_held(site, waiting, hours_later):
    with write_transaction() as tx:
        target = PublishingTarget.create(tx, site.id, "folder", None, name="Files")
        held = {"on_approval": "publish", "hold_hours": 3}
        tx.execute(update(PublishingTarget).where(PublishingTarget.id == target).values(**held))
    hours_later(25 * H)
    approve_due()
    with read_transaction() as tx:
        found = tx.execute(select(Publication.__table__)).all()
    decided = row(waiting[0]).decided_at
    assert len(found) == 3
    assert all(timedelta(hours=2.9) < p.publish_at - decided < timedelta(hours=3.1) for p in found)


def test_worker_approves_due_articles(app, waiting, hours_later):
    hours_later(25 * H)
    worker = WorkerProcess(app, 1)
    loops = {name: call for name, _, call in worker._publishing_loops()}
    worker.stopping.set()
    loops["approvals by rule"]()
    assert statuses() == ["review"] * 4
    worker.stopping.clear()
    loops["approvals by rule"]()
    assert statuses().count("approved") == 3


def test_objection_outlasts_a_rewrite(site, drain, hours_later):
    change_settings(site.id, images_per_article=0)
    with write_transaction() as tx:
        ApprovalRule.change(tx, site.id, 24)
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    first = row(1)
    with write_transaction() as tx:
        assert decide(tx, site.id, first.id, "sent_back", "Shorter.", "anna")
    start_run.start_run(site.id)
    drain()
    again = row(first.id)
    assert (again.status, again.version, again.person_only) == ("review", 2, "sent_back")
    change(first.id, checks=[{"ok": True, "text": "Title"}])
    hours_later(25 * H)
    approve_due()
    assert row(first.id).status == "review"


def test_approval_by_a_person_replaces_the_mark_of_the_rule(site, waiting, hours_later):
    hours_later(25 * H)
    approve_due()
    with write_transaction() as tx:
        assert Content.edit_approved(tx, site.id, waiting[0], "ben", None, "anna", html="<p>.</p>")
    one = row(waiting[0])
    assert (one.rule_hours, one.decided_by, one.person_only) == (None, "anna", "edited")
    assert one.decision_reason == ""

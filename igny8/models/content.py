"""Content written for a task: a brief or an article, and its review decision."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, ScalarSelect, select, update

from igny8 import clock
from igny8.extensions import UtcDateTime, db
from igny8.models.base import Model, changed_one, created_column, site_column, usage_column
from igny8.models.run import Run
from igny8.models.task import Task


@dataclass(frozen=True, slots=True)
class Expense:
    """Cost of something: credits, money (millionths of the currency) and tokens."""

    credits: int = 0
    money: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    def __add__(self, other: "Expense") -> "Expense":
        return Expense(
            self.credits + other.credits,
            self.money + other.money,
            self.tokens_in + other.tokens_in,
            self.tokens_out + other.tokens_out,
        )


DECIDED_STATUSES = ("approved", "rejected", "sent_back")
# Why only a person may approve an article: what happened to it → words after "because".
PERSON_ONLY = {
    "reopened": "a decision about it was undone",
    "sent_back": "it was sent back",
    "commented": "a client commented on it",
    "edited": "a person edited it",
    "changing": "a person asked a model to change a part",
    "redrawing": "a person asked for another image",
    "unsourced": "a claim in it has no source",
    "earlier": "it is older than approval by rule",
}


class Content(Model):
    """`status`: draft → review → approved, rejected or sent_back (its task is queued again).

    `credits`, tokens and `money` (millionths) are the cost of text, image prompts and images so
    far. `citations` are the sources that `html` cites: a list of {title, address, passages} in
    numeric order. `outline` is what became of the planned outline before the text was written:
    {planned, sections, findings, changes}, empty where nobody reviewed it. `model` and `prompt`
    (with its version) produced the current text, which is version `version` of kind `version_kind`
    (content_version.py). `rule_hours` are those of the rule that approved it (approval_rule.py),
    None for a person. `person_only` is a key of PERSON_ONLY, or empty if a rule may approve it.
    """

    __tablename__ = "content"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    task_id = db.Column(
        db.Integer, db.ForeignKey("task.id", ondelete="CASCADE"), nullable=False, unique=True
    )
    cluster_id = db.Column(
        db.Integer, db.ForeignKey("cluster.id", ondelete="CASCADE"), nullable=False
    )
    kind = db.Column(db.String(8), nullable=False)
    provider = db.Column("engine", db.String(120), key="provider", nullable=False)
    title = db.Column(db.Text, nullable=False)
    slug = db.Column(db.String(200), nullable=False)
    meta_title = db.Column(db.Text, nullable=False)
    meta_description = db.Column(db.Text, nullable=False)
    excerpt = db.Column(db.Text, nullable=False, default="")
    primary_phrase = db.Column(db.Text, nullable=False)
    html = db.Column(db.Text, nullable=False)
    words = db.Column(db.Integer, nullable=False)
    headings = db.Column(db.JSON, nullable=False)
    checks = db.Column(db.JSON, nullable=False)
    citations = db.Column(db.JSON, nullable=False, default=list, server_default="[]")
    outline = db.Column(db.JSON, nullable=False, default=dict, server_default="{}")
    model = db.Column(db.String(120), nullable=False, default="", server_default="")
    prompt = db.Column(db.String(120), nullable=False, default="", server_default="")
    credits = db.Column(db.Integer, nullable=False, default=0)
    tokens_in = usage_column()
    tokens_out = usage_column()
    money = usage_column(db.BigInteger)
    status = db.Column(db.String(12), nullable=False, default="draft")
    handed_over = db.Column(db.Boolean, nullable=False, default=False)
    handed_over_at = db.Column(UtcDateTime)
    decision_reason = db.Column(db.Text, nullable=False, default="")
    decided_at = db.Column(UtcDateTime)
    decided_by = db.Column(db.String(80), nullable=False, default="", server_default="")
    rule_hours = db.Column(db.Integer)
    person_only = db.Column(db.String(12), nullable=False, default="", server_default="")
    edited_by = db.Column(db.String(80), nullable=False, default="", server_default="")
    edited_at = db.Column(UtcDateTime)
    version = db.Column(db.Integer, nullable=False, default=1, server_default="1")
    version_kind = db.Column(
        db.String(8), nullable=False, default="machine", server_default="machine"
    )
    run_id = db.Column(db.Integer, db.ForeignKey("automation_run.id", ondelete="SET NULL"))
    created_at = created_column()

    __table_args__ = (
        db.Index(
            "ix_content_site_status", "site_id", "status", "handed_over", "handed_over_at", "id"
        ),
        db.Index("ix_content_cluster", "cluster_id"),
        # covers the list page, so that it does not read the long texts
        db.Index("ix_content_list", "site_id", "words", "kind", "title", "id"),
        db.CheckConstraint(
            "status IN ('draft', 'review', 'approved', 'rejected', 'sent_back')", name="status"
        ),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def spend(tx: Connection, content_id: int | ScalarSelect, spent: Expense) -> None:
        """Add an expense to a content; `content_id` is an id or a subquery for one."""
        table = Content.__table__
        tx.execute(
            update(table)
            .where(table.c.id == content_id)
            .values(
                credits=table.c.credits + spent.credits,
                money=table.c.money + spent.money,
                tokens_in=table.c.tokens_in + spent.tokens_in,
                tokens_out=table.c.tokens_out + spent.tokens_out,
            )
        )

    @staticmethod
    def edit(
        tx: Connection,
        site_id: int,
        content_id: int,
        by: str,
        seen_at: datetime | None,
        **values: Any,
    ) -> bool:
        """Store a reviewer's changes to a content in review.

        `seen_at` is the time of the last edit that the reviewer saw, None if there was none. Return
        False if the content left review or was edited since.
        """
        is_as_seen = Content.edited_at.is_not_distinct_from(seen_at)
        own = update(Content).where(_is_in_review(site_id, content_id), is_as_seen)
        facts = {"edited_by": by, "edited_at": clock.now(), "person_only": "edited"}
        return changed_one(tx, own.values(**facts, **values))

    @staticmethod
    def require_person(tx: Connection, content_id: int, why: str) -> None:
        """Allow only a person to approve a content from now on; `why` is a key of PERSON_ONLY."""
        tx.execute(update(Content).where(Content.id == content_id).values(person_only=why))

    @staticmethod
    def edit_approved(
        tx: Connection,
        site_id: int,
        content_id: int,
        editor: str,
        seen_at: datetime | None,
        by: str,
        **values: Any,
    ) -> bool:
        """Store changes of `editor` to an approved content; it stays approved, by `by`.

        Return False if it is not approved, or was edited since `seen_at`.
        """
        own = update(Content).where(
            Content.id == content_id,
            Content.site_id == site_id,
            Content.status == "approved",
            Content.edited_at.is_not_distinct_from(seen_at),
        )
        now = clock.now()
        made = {"edited_by": editor, "edited_at": now, "decided_by": by, "decided_at": now}
        made |= {"rule_hours": None, "decision_reason": "", "person_only": "edited"}
        return changed_one(tx, own.values(**made, **values))

    @staticmethod
    def decide(
        tx: Connection,
        site_id: int,
        content_id: int,
        verdict: str,
        reason: str = "",
        by: str = "",
        version: int | None = None,
        rule_hours: int | None = None,
    ) -> bool:
        """Decide about a content in review; `verdict` is approved, rejected or sent_back.

        sent_back queues its task again with the reason as a note; text and images stay until the
        next run replaces them. Return False, changing nothing, if it is not in review, if it has
        another `version` than the one that was read, or if a rule (`rule_hours`) decides about
        content that needs a person.
        """
        Run.lock_open_run(tx, site_id)
        waits = update(Content).where(_is_in_review(site_id, content_id))
        if version is not None:
            waits = waits.where(Content.version == version)
        if rule_hours is not None:
            waits = waits.where(Content.person_only == "")
        made = {"decision_reason": reason, "decided_at": clock.now(), "decided_by": by}
        made |= {"rule_hours": rule_hours}
        if verdict == "sent_back":
            made |= {"person_only": "sent_back"}
        if not changed_one(tx, waits.values(status=verdict, **made)):
            return False
        Run.touch_open_run(tx, site_id)
        Run.recheck_wait(tx, site_id, "reading")
        if verdict == "sent_back":
            task = db.select(Content.task_id).where(Content.id == content_id).scalar_subquery()
            tx.execute(update(Task).where(Task.id == task).values(status="queued", note=reason))
        return True

    @staticmethod
    def reject_unfinished(tx: Connection, site_id: int, ids: list[int], reason: str) -> None:
        """Reject contents that are not in review yet."""
        tx.execute(
            update(Content)
            .where(
                Content.site_id == site_id,
                Content.id.in_(ids),
                Content.status.in_(("draft", "review")),
                Content.handed_over.is_(False),
            )
            .values(status="rejected", decision_reason=reason, decided_at=clock.now())
        )

    @staticmethod
    def reopen(tx: Connection, site_id: int, content_id: int) -> bool:
        """Undo a decision: return the content to review at its previous position.

        Return False, changing nothing, if it is not decided, or if it was sent back and an open
        run may be rewriting it.
        """
        Run.lock_open_run(tx, site_id)
        own = (Content.id == content_id) & (Content.site_id == site_id)
        row = tx.execute(select(Content.status, Content.task_id).where(own)).first()
        if row is None or row.status not in DECIDED_STATUSES:
            return False
        if row.status == "sent_back":
            if Run.find_open(tx, site_id) is not None:
                return False
            queued = update(Task).where(Task.id == row.task_id, Task.status == "queued")
            tx.execute(queued.values(status="completed", note=""))
        Run.touch_open_run(tx, site_id)
        decided = update(Content).where(Content.id == content_id, Content.status == row.status)
        undecided = {"decision_reason": "", "decided_at": None, "decided_by": ""}
        undecided |= {"rule_hours": None, "person_only": "reopened"}
        back = decided.values(status="review", **undecided)
        return changed_one(tx, back)


def _is_in_review(site_id: int, content_id: int) -> ColumnElement[bool]:
    """Return the SQL condition that a content of a site is in review."""
    own = (Content.id == content_id) & (Content.site_id == site_id)
    return own & (Content.status == "review") & Content.handed_over.is_(True)

"""Coverage: the most similar page of the website for each keyword, cluster and idea."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, delete, func, select, update

from igny8.extensions import db
from igny8.models.base import Executor, Model, insert_if_absent, site_column
from igny8.models.gate import GateDecision
from igny8.models.idea import Idea
from igny8.models.keyword import Keyword
from igny8.models.run import Run
from igny8.models.site_page import READ, SitePage

KEYWORD, CLUSTER, IDEA = "keyword", "cluster", "idea"
COVERED, NEAR, FREE = "covered", "near", "free"
# similarity from which a page covers a text, and from which it is near; by what compares them
THRESHOLDS = {
    "encoder": (0.80, 0.60),
    "multilingual": (0.70, 0.50),
    "table": (0.70, 0.50),
    "lexical": (0.55, 0.40),
}
PLAN_STAGE = 3  # the stage whose approval lets an idea be written anyway
ROWS = 1_000  # per INSERT


class Found(NamedTuple):
    """The page most similar to a subject; `verdict` is covered, near or free."""

    kind: str
    subject_id: int
    page_id: int
    score: float
    verdict: str


class Coverage(Model):
    """One row per subject; each comparison replaces the rows of a site."""

    __tablename__ = "coverage"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    kind = db.Column(db.String(8), nullable=False)
    subject_id = db.Column(db.Integer, nullable=False)
    page_id = db.Column(
        db.Integer, db.ForeignKey("site_page.id", ondelete="CASCADE"), nullable=False
    )
    score = db.Column(db.Float, nullable=False)
    verdict = db.Column(db.String(8), nullable=False)

    __table_args__ = (
        db.UniqueConstraint("kind", "subject_id"),
        db.Index("ix_coverage_site", "site_id", "kind", "verdict"),
        db.Index("ix_coverage_page", "page_id"),
        db.CheckConstraint("verdict IN ('covered', 'near', 'free')", name="verdict"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def replace(tx: Connection, site_id: int, found: Sequence[Found]) -> None:
        """Store a comparison of a whole site, and hold the new ideas that pages cover."""
        table = Coverage.__table__
        Run.lock_open_run(tx, site_id)
        tx.execute(delete(table).where(table.c.site_id == site_id))
        tx.execute(
            update(Idea)
            .where(Idea.site_id == site_id, Idea.covered != "", Idea.status == "new")
            .values(covered="")
        )
        Coverage.add(tx, site_id, found)

    @staticmethod
    def add(tx: Connection, site_id: int, found: Sequence[Found]) -> None:
        """Store the results for some subjects, replacing earlier ones."""
        table = Coverage.__table__
        for start in range(0, len(found), ROWS):
            part = found[start : start + ROWS]
            for kind in {each.kind for each in part}:
                ids = [each.subject_id for each in part if each.kind == kind]
                tx.execute(delete(table).where(table.c.kind == kind, table.c.subject_id.in_(ids)))
            rows = [each._asdict() | {"site_id": site_id} for each in part]
            tx.execute(insert_if_absent(tx, table), rows)  # another process was quicker
        _hold_ideas(tx, site_id, [each for each in found if each.kind == IDEA])

    @staticmethod
    def hold_covered(tx: Connection, site_id: int, idea_ids: Sequence[int]) -> None:
        """Hold new ideas whose primary keyword a page covers, unless people approved them."""
        table, idea = Coverage.__table__, Idea.__table__
        query = (
            select(idea.c.id, table.c.page_id, table.c.score)
            .join(table, (table.c.subject_id == idea.c.primary_keyword_id))
            .where(
                table.c.kind == KEYWORD,
                table.c.verdict == COVERED,
                idea.c.site_id == site_id,
                idea.c.id.in_(idea_ids),
                idea.c.covered == "",
                ~GateDecision.approval_condition(PLAN_STAGE, idea.c.id),
            )
        )
        rows = tx.execute(query).all()
        _hold_ideas(tx, site_id, [Found(IDEA, r.id, r.page_id, r.score, COVERED) for r in rows])

    @staticmethod
    def counts(tx: Executor, site_id: int, kind: str = KEYWORD) -> dict[str, int]:
        """Return how many subjects of a kind are covered, near and free."""
        table = Coverage.__table__
        of_kind = (table.c.site_id == site_id) & (table.c.kind == kind)
        query = select(table.c.verdict, func.count()).where(of_kind).group_by(table.c.verdict)
        found = {row[0]: row[1] for row in tx.execute(query)}
        return dict.fromkeys((COVERED, NEAR, FREE), 0) | found

    @staticmethod
    def close_pages(tx: Executor, cluster_ids: Sequence[int]) -> list[Row[Any]]:
        """Return (cluster_id, address, title, score, near) of live pages close to clusters.

        They are those most similar to a keyword of the cluster (`near`) and count as pages of the
        site, ordered by cluster, then by similarity.
        """
        table, page, keyword = Coverage.__table__, SitePage.__table__, Keyword.__table__
        query = (
            select(
                keyword.c.cluster_id,
                page.c.address,
                page.c.title,
                table.c.score,
                keyword.c.phrase.label("near"),
            )
            .join(keyword, (table.c.kind == KEYWORD) & (table.c.subject_id == keyword.c.id))
            .join(page, page.c.id == table.c.page_id)
            .where(
                keyword.c.cluster_id.in_(cluster_ids),
                table.c.verdict.in_((COVERED, NEAR)),
                page.c.state == READ,
                page.c.counts.is_(True),
            )
        )
        order = (keyword.c.cluster_id, table.c.score.desc(), page.c.address, keyword.c.phrase)
        return list(tx.execute(query.order_by(*order)))

    @staticmethod
    def of_subjects(tx: Executor, kind: str, ids: Sequence[int]) -> dict[int, Any]:
        """Return {subject id: row with score, verdict, address and title of the page}."""
        table, page = Coverage.__table__, SitePage.__table__
        columns = (table.c.subject_id, table.c.score, table.c.verdict, page.c.address, page.c.title)
        query = select(*columns).join(page, page.c.id == table.c.page_id)
        rows = tx.execute(query.where(table.c.kind == kind, table.c.subject_id.in_(ids)))
        return {row.subject_id: row for row in rows}


def verdict_of(method: str, score: float) -> str:
    """Return whether a page of this similarity covers a text, is near it, or leaves it free."""
    covered, near = THRESHOLDS[method]
    return COVERED if score >= covered else NEAR if score >= near else FREE


def _hold_ideas(tx: Connection, site_id: int, found: Sequence[Found]) -> None:
    """Hold new ideas that a page covers, and store the reason."""
    for each in found:
        if each.verdict != COVERED:
            continue
        address = tx.execute(select(SitePage.address).where(SitePage.id == each.page_id)).scalar()
        path = "/" + str(address).split("/", 3)[3]
        tx.execute(
            update(Idea)
            .where(Idea.id == each.subject_id, Idea.site_id == site_id, Idea.status == "new")
            .values(covered=f"Your page {path} covers this ({each.score:.2f}).")
        )

"""Tasks: ideas that were accepted for writing."""

from igny8.extensions import db
from igny8.models.base import Model, created_column, site_column


class Task(Model):
    """`status` is queued or completed; a higher `priority` is written earlier."""

    __tablename__ = "task"

    id = db.Column(db.Integer, primary_key=True)
    site_id = site_column()
    idea_id = db.Column(
        db.Integer, db.ForeignKey("idea.id", ondelete="CASCADE"), nullable=False, unique=True
    )
    cluster_id = db.Column(
        db.Integer, db.ForeignKey("cluster.id", ondelete="CASCADE"), nullable=False
    )
    priority = db.Column(db.Integer, nullable=False, default=0)
    status = db.Column(db.String(12), nullable=False, default="queued")
    note = db.Column(db.Text, nullable=False, default="")
    created_at = created_column()

    __table_args__ = (
        db.Index(
            "ix_task_waiting",
            "site_id",
            sqlite_where=db.text("status = 'queued'"),
            postgresql_where=db.text("status = 'queued'"),
        ),
        db.Index("ix_task_cluster", "cluster_id"),
        db.CheckConstraint("status IN ('queued', 'completed')", name="status"),
        {"sqlite_autoincrement": True},
    )

"""The log of a publication: changes of state, and requests with their outcomes."""

from sqlalchemy import Connection, insert

from igny8.extensions import db
from igny8.models.base import Model, created_column


class PublicationEvent(Model):
    """A line in the log of a publication: a change of state, or a request with its outcome."""

    __tablename__ = "publication_event"

    id = db.Column(db.Integer, primary_key=True)
    publication_id = db.Column(
        db.Integer, db.ForeignKey("publication.id", ondelete="CASCADE"), nullable=False
    )
    kind = db.Column(db.String(8), nullable=False)
    who = db.Column(db.String(80), nullable=False)
    source = db.Column(db.String(12), nullable=False, default="")
    state = db.Column(db.String(12), nullable=False, default="")
    text = db.Column(db.Text, nullable=False, default="")
    created_at = created_column()

    __table_args__ = (
        db.Index("ix_publication_event", "publication_id", "id"),
        {"sqlite_autoincrement": True},
    )

    @staticmethod
    def log_request(tx: Connection, publication_id: int, text: str) -> None:
        """Log a request to a target with its outcome; the text must contain no secret."""
        PublicationEvent.add(tx, publication_id, "request", "worker", text=text)

    @staticmethod
    def log_transition(
        tx: Connection, publication_id: int, who: str, source: str, state: str, why: str = ""
    ) -> None:
        """Log a change of state by `who`; `source` is "" for a new publication."""
        PublicationEvent.add(tx, publication_id, "state", who, source, state, why)

    @staticmethod
    def add(
        tx: Connection,
        publication_id: int,
        kind: str,
        who: str,
        source: str = "",
        state: str = "",
        text: str = "",
    ) -> None:
        """Add a line to the log of a publication; `kind` is state or request."""
        values = {"kind": kind, "who": who[:80], "source": source, "state": state, "text": text}
        tx.execute(insert(PublicationEvent).values(publication_id=publication_id, **values))

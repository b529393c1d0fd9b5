"""An answer kept before it is used, so that a crash never asks (or pays) twice. Written once."""

import json
import zlib

from sqlalchemy import select

from igny8.extensions import db
from igny8.models.base import Model, created_column, insert_new


class KeptAnswer(Model):
    """`name` says what was asked within the stage: "plan" for the clustering of a whole run."""

    __tablename__ = "kept_answer"

    id = db.Column(db.Integer, primary_key=True)
    run_id = db.Column(db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), nullable=False)
    stage = db.Column(db.SmallInteger, nullable=False)
    name = db.Column(db.String(40), nullable=False)
    payload = db.Column(db.LargeBinary, nullable=False)
    created_at = created_column()

    __table_args__ = (db.UniqueConstraint("run_id", "stage", "name"),)

    @staticmethod
    def keep(tx, run_id: int, stage: int, name: str, value) -> None:
        """Store a JSON value; if somebody was quicker, theirs stands."""
        payload = zlib.compress(json.dumps(value, separators=(",", ":")).encode())
        tx.execute(insert_new(tx, KeptAnswer.__table__),
                   {"run_id": run_id, "stage": stage, "name": name, "payload": payload})

    @staticmethod
    def of(tx, run_id: int, stage: int, name: str):
        """Return the stored value, or None."""
        table = KeptAnswer.__table__
        payload = tx.execute(select(table.c.payload).where(
            table.c.run_id == run_id, table.c.stage == stage, table.c.name == name)).scalar()
        return None if payload is None else json.loads(zlib.decompress(payload))

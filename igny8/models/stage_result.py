"""Stored results of stage computations, so that a crash never repeats them or their cost."""

import json
import zlib
from typing import Any

from sqlalchemy import Connection, delete, func, select

from igny8.errors import ExternalError
from igny8.extensions import db
from igny8.models.base import Executor, Model, changed_one, created_column, insert_if_absent


class StageResult(Model):
    """One result; `name` identifies it within the stage, such as "plan" for the clustering."""

    __tablename__ = "kept_answer"
    ERROR_SUFFIX = "!"  # ends the name of the final error
    FAILURE_MARK = "~"  # precedes the number of a failed attempt

    id = db.Column(db.Integer, primary_key=True)
    run_id = db.Column(
        db.Integer, db.ForeignKey("automation_run.id", ondelete="CASCADE"), nullable=False
    )
    stage = db.Column(db.SmallInteger, nullable=False)
    name = db.Column(db.String(40), nullable=False)
    payload = db.Column(db.LargeBinary, nullable=False)
    created_at = created_column()

    __table_args__ = (db.UniqueConstraint("run_id", "stage", "name"),)

    @staticmethod
    def persist(tx: Connection, run_id: int, stage: int, name: str, value: Any) -> bool:
        """Store a JSON value; return False, changing nothing, if there is one already."""
        payload = zlib.compress(json.dumps(value, separators=(",", ":")).encode())
        values = {"run_id": run_id, "stage": stage, "name": name, "payload": payload}
        return changed_one(tx, insert_if_absent(tx, StageResult.__table__).values(values))

    @staticmethod
    def record_error(
        tx: Connection, run_id: int, stage: int, name: str, error: ExternalError, most: int
    ) -> bool:
        """Store a failed attempt; return whether it is final: permanent, or the `most`th one.

        A final error is stored for later callers.
        """
        before = tx.execute(
            select(func.count()).where(
                StageResult.run_id == run_id,
                StageResult.stage == stage,
                StageResult.name.startswith(name + StageResult.FAILURE_MARK),
            )
        ).scalar_one()
        failure = {"text": str(error), "kind": error.kind}
        StageResult.persist(
            tx, run_id, stage, f"{name}{StageResult.FAILURE_MARK}{before + 1}", failure
        )
        is_over = error.permanent or before + 1 >= most
        if is_over:
            StageResult.persist(tx, run_id, stage, name + StageResult.ERROR_SUFFIX, failure)
        return is_over

    @staticmethod
    def delete_errors(tx: Connection, run_id: int, stage: int) -> None:
        """Delete the errors of a stage, so that a retry computes again."""
        tx.execute(
            delete(StageResult).where(
                StageResult.run_id == run_id,
                StageResult.stage == stage,
                StageResult.name.endswith(StageResult.ERROR_SUFFIX)
                | StageResult.name.contains(StageResult.FAILURE_MARK),
            )
        )

    @staticmethod
    def fetch(tx: Executor, run_id: int, stage: int, name: str) -> Any:
        """Return the stored value, or None."""
        table = StageResult.__table__
        own = (table.c.run_id == run_id) & (table.c.stage == stage) & (table.c.name == name)
        payload = tx.execute(select(table.c.payload).where(own)).scalar()
        return None if payload is None else json.loads(zlib.decompress(payload))

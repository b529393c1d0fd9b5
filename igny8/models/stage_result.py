"""An answer kept before it is used, so that a crash never asks (or pays) twice. Written once."""

import json
import zlib

from sqlalchemy import delete, func, select

from igny8.extensions import db
from igny8.models.base import Model, created_column, insert_if_absent


class StageResult(Model):
    """`name` says what was asked within the stage: "plan" for the clustering of a whole run."""

    __tablename__ = "kept_answer"
    ERROR_SUFFIX = "!"  # ends the name under which the final error is kept
    FAILURE_MARK = "~"  # stands before the number of a try that failed

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
    def persist(tx, run_id: int, stage: int, name: str, value) -> bool:
        """Store a JSON value; False when somebody was quicker: theirs stands."""
        payload = zlib.compress(json.dumps(value, separators=(",", ":")).encode())
        return (
            tx.execute(
                insert_if_absent(tx, StageResult.__table__),
                {"run_id": run_id, "stage": stage, "name": name, "payload": payload},
            ).rowcount
            == 1
        )

    @staticmethod
    def record_error(tx, run_id: int, stage: int, name: str, error, most: int) -> bool:
        """Note that asking failed; return whether this ends it, by its nature or as the `most`-th time.

        What ends it is kept for whoever asks later.
        """
        before = tx.execute(
            select(func.count()).where(
                StageResult.run_id == run_id,
                StageResult.stage == stage,
                StageResult.name.startswith(name + StageResult.FAILURE_MARK),
            )
        ).scalar_one()
        told = {"text": str(error), "kind": error.kind}
        StageResult.persist(
            tx, run_id, stage, f"{name}{StageResult.FAILURE_MARK}{before + 1}", told
        )
        is_over = error.permanent or before + 1 >= most
        if is_over:
            StageResult.persist(tx, run_id, stage, name + StageResult.ERROR_SUFFIX, told)
        return is_over

    @staticmethod
    def delete_errors(tx, run_id: int, stage: int) -> None:
        """Forget the errors of a stage, so that a retry asks anew."""
        tx.execute(
            delete(StageResult).where(
                StageResult.run_id == run_id,
                StageResult.stage == stage,
                StageResult.name.endswith(StageResult.ERROR_SUFFIX)
                | StageResult.name.contains(StageResult.FAILURE_MARK),
            )
        )

    @staticmethod
    def fetch(tx, run_id: int, stage: int, name: str):
        """Return the stored value, or None."""
        table = StageResult.__table__
        payload = tx.execute(
            select(table.c.payload).where(
                table.c.run_id == run_id, table.c.stage == stage, table.c.name == name
            )
        ).scalar()
        return None if payload is None else json.loads(zlib.decompress(payload))

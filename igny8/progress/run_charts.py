"""The charts on the page of a run: data here, and a template named after each key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, func, select

from igny8 import clock
from igny8.extensions import read_transaction
from igny8.models import RunItem
from igny8.models.queries.runs import stages_of

item = RunItem.__table__
MAX_ITEMS_PER_LANE = 200  # items drawn in the lane of a stage


@dataclass(frozen=True, slots=True)
class RunChart:
    """A chart of a run; `load` takes the run (a row) and its snapshot; it may return None."""

    key: str
    load: Callable[[Row[Any], dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class RunTimeSpan:
    """Start and end of a run in seconds since 1970; bars are shares of the time between."""

    begin: float
    end: float

    @classmethod
    def of(cls, run: Row[Any]) -> "RunTimeSpan":
        """Return the time from the start of a run to its end, or to now."""
        end = run.finished_at or clock.now()
        return cls((run.started_at or run.created_at).timestamp(), end.timestamp())

    def bar(self, begin: float | None, end: float | None) -> dict[str, float]:
        """Return the start and length of a bar, 0 … 1; None is the start or end of the run."""
        seconds = max(self.end - self.begin, 0.001)
        first = ((begin or self.begin) - self.begin) / seconds
        last = ((end or self.end) - self.begin) / seconds
        first = min(1.0, max(0.0, first))
        return {"begin": first, "length": min(1.0, max(first, last)) - first}


def load(run: Row[Any], snap: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return (key, data) of the charts of a run that have data."""
    loaded = [(chart.key, chart.load(run, snap)) for chart in CHARTS]
    return [(key, data) for key, data in loaded if data is not None]


def _timeline(run: Row[Any], snap: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the bar and times of each stage, and the bars of its items."""
    time = RunTimeSpan.of(run)
    with read_transaction() as tx:
        stages = stages_of(tx, run.id)
        items = tx.execute(_longest_items(run.id, time.end)).all()
    return [_line(stage, time, items) for stage in stages]


def _line(stage: Row[Any], time: RunTimeSpan, items: Sequence[Row[Any]]) -> dict[str, Any]:
    """Return the data of one stage's line."""
    return {
        **time.bar(_seconds(stage.started_at), _seconds(stage.finished_at)),
        "number": stage.number,
        "shown": stage.started_at is not None,
        "started_at": stage.started_at,
        "finished_at": stage.finished_at,
        "item_bars": [
            time.bar(row.started_at, row.finished_at) | {"state": row.state}
            for row in items
            if row.stage == stage.number
        ],
    }


def _longest_items(run_id: int, now: float) -> Select[Any]:
    """Return the query of the longest items, MAX_ITEMS_PER_LANE per stage."""
    took = func.coalesce(item.c.finished_at, now) - item.c.started_at
    place = func.row_number().over(partition_by=item.c.stage, order_by=(took.desc(), item.c.id))
    columns = (item.c.stage, item.c.state, item.c.started_at, item.c.finished_at)
    begun = (item.c.run_id == run_id) & item.c.started_at.is_not(None)
    rows = select(*columns, place.label("place")).where(begun).subquery()
    return select(rows).where(rows.c.place <= MAX_ITEMS_PER_LANE).order_by(rows.c.started_at)


def _seconds(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _cost(run: Row[Any], snap: dict[str, Any]) -> dict[str, Any] | None:
    """Return the stages with costs, and the highest cost; None if there are none."""
    stages = [s for s in snap["stages"] if s["requests"] or s["credits_used"]]
    most = max((stage["money"] for stage in stages), default=0)
    return {"stages": stages, "most": max(most, 1)} if stages else None


CHARTS: tuple[RunChart, ...] = (RunChart("timeline", _timeline), RunChart("cost", _cost))

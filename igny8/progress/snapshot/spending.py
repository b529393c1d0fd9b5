"""The money of a run: spent, possibly billed, reserved, and free below its cap."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row

from igny8.models.price import MICROS_PER_CREDIT


def run_money(run: Row[Any], stages: Sequence[Row[Any]]) -> dict[str, Any] | None:
    """Return the money of a run in millionths of a dollar; None if nothing costs any.

    `stages` are rows of queries.STAGES_QUERY. cap = spent + maybe_billed + reserved + free; `free`
    is negative if the last request cost more than was left, and None without a cap. `unanswered`
    counts the requests that may have been billed although no answer arrived.
    """
    account = stages[0]
    if account.billed is None and run.credits_cap is None:
        return None
    spent, maybe, reserved = account.billed or 0, account.maybe_billed or 0, account.in_flight or 0
    cap = None if run.credits_cap is None else run.credits_cap * MICROS_PER_CREDIT
    return {
        "cap": cap,
        "spent": spent,
        "maybe_billed": maybe,
        "unanswered": sum(stage.unanswered for stage in stages),
        "reserved": reserved,
        "free": None if cap is None else cap - spent - maybe - reserved,
    }

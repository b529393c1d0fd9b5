"""P5 and P6: settle a claim. Effects, items, counters, bar, credits and log in one transaction."""

import logging
import random
from dataclasses import dataclass

from sqlalchemy import bindparam, select, update

from igny8 import clock
from igny8.engine.billing import credits
from igny8.engine.billing.providers import find_access
from igny8.engine.fault_injection import fault_point
from igny8.engine.runs.active_time import elapsed
from igny8.errors import ExternalError, Igny8Error
from igny8.extensions import write_transaction
from igny8.forecast import (
    MIN_ITEMS_FOR_ETA,
    EstimateRange,
    SpeedFactor,
    advance_bar,
    apply_speed_factor,
    is_still_accurate,
    time_left,
)
from igny8.formatting import format_duration_range
from igny8.models import Run, RunEvent, RunItem, RunStage
from igny8.models.base import insert_if_absent
from igny8.models.run_event import INSERT
from igny8.stages import get_stage, next_stage
from igny8.stages.base import MAX_ATTEMPTS, Batch, Output, PersistResult
from igny8.stages.learned_rates import run_rates

run, item, run_stage = Run.__table__, RunItem.__table__, RunStage.__table__
LONGEST_DELAY, LONGEST_REST = 60.0, 60.0
ETA_HOLDS = 30.0
# kind of the error → why the run is blocked
BLOCKS = {
    "budget": "budget",
    "money": "money",
    "auth": "credentials",
    "address": "address",
    "unknown_model": "model",
}
log = logging.getLogger(__name__)

# Built once: see claims.py.
RUN = (
    select(
        run.c.id,
        run.c.desired_state,
        run.c.bar_remaining,
        run.c.history,
        run.c.active_seconds,
        run.c.active_since,
        run.c.eta_low,
        run.c.eta_mid,
        run.c.eta_high,
        run.c.eta_at,
        run.c.eta_logged,
        run.c.pace,
        run.c.pace_since,
        run.c.pace_work,
        run.c.pace_claims,
        run.c.block_kind,
        run.c.rewind_to_stage,
    )
    .where(run.c.id == bindparam("of_run"))
    .with_for_update()
)
STAGE_ROWS = (
    select(
        run_stage.c.input,
        run_stage.c.queued,
        run_stage.c.active,
        run_stage.c.done,
        run_stage.c.failed,
        run_stage.c.skipped,
        run_stage.c.forwarded,
        run_stage.c.credits,
        run_stage.c.work_seconds,
        run_stage.c.planning_progress,
    )
    .where(run_stage.c.run_id == bindparam("of_run"))
    .order_by(run_stage.c.number)
)
MINE = update(item).where(item.c.token == bindparam("by"), item.c.state == "active")
DONE = MINE.where(item.c.id.in_(bindparam("ids", expanding=True))).values(
    state="done", token=None, seconds=bindparam("each"), finished_at=bindparam("now")
)
PAID = update(item).where(item.c.id == bindparam("one")).values(credits=bindparam("price"))
ENDED = MINE.where(item.c.id == bindparam("one")).values(
    state=bindparam("fate"),
    error=bindparam("why"),
    error_kind=bindparam("kind"),
    token=None,
    seconds=bindparam("each"),
    finished_at=bindparam("now"),
)
AGAIN = MINE.where(item.c.id == bindparam("one")).values(
    state="queued",
    token=None,
    retry_order=1,
    error=bindparam("why"),
    error_kind=bindparam("kind"),
    not_before=bindparam("due"),
)
SPARED = MINE.where(item.c.id == bindparam("one")).values(
    state="queued",
    token=None,
    attempt=item.c.attempt - 1,
    started_at=None,
    not_before=bindparam("due"),
)
COUNT = (
    update(run_stage)
    .where(run_stage.c.run_id == bindparam("of_run"), run_stage.c.number == bindparam("at"))
    .values(
        {
            column: column + bindparam(f"more_{column.name}")
            for column in (
                run_stage.c.input,
                run_stage.c.active,
                run_stage.c.queued,
                run_stage.c.done,
                run_stage.c.failed,
                run_stage.c.skipped,
                run_stage.c.made,
                run_stage.c.forwarded,
                run_stage.c.credits,
                run_stage.c.filled,
                run_stage.c.work_seconds,
            )
        }
    )
)
NO_MORE = {
    f"more_{name}": 0
    for name in (
        "input",
        "active",
        "queued",
        "done",
        "failed",
        "skipped",
        "made",
        "forwarded",
        "credits",
        "filled",
        "work_seconds",
    )
}
MOVE_BAR = (
    update(run)
    .where(run.c.id == bindparam("of_run"))
    .values(
        bar_remaining=bindparam("rest"),
        credits_used=run.c.credits_used + bindparam("price"),
        version=run.c.version + 1,
        **{
            name: bindparam(f"new_{name}")
            for name in ("pace", "pace_since", "pace_work", "pace_claims")
        },
    )
)
MOVE_BAR_AND_ETA = MOVE_BAR.values(
    {
        c: bindparam(f"new_{c.name}")
        for c in (run.c.eta_low, run.c.eta_mid, run.c.eta_high, run.c.eta_at, run.c.eta_logged)
    }
)


class ClaimLost(Igny8Error):
    """The claim is not ours any more: somebody gave its items back. Nothing was written."""


@dataclass(slots=True)
class Outcomes:
    """What became of the items of a batch, by item id."""

    done: list
    skipped: dict
    failed: dict
    again: dict
    spared: dict

    @property
    def queued(self) -> int:
        return len(self.again) + len(self.spared)


def settle_claim(batch: Batch, answers: dict, seconds: float) -> bool:
    """Write down what became of a batch; return whether the run may now move on.

    `answers` maps subject ids to answers or OutsideErrors; `seconds` is the working time of the
    whole batch. Raises Fenced, with everything rolled back, when the token does not hold.
    """
    stage_module = get_stage(batch.stage)
    fault_point("answered")
    with write_transaction() as tx:
        row = tx.execute(RUN, {"of_run": batch.run_id}).first()
        if row is None:
            raise ClaimLost("the run is gone")
        stages = tx.execute(STAGE_ROWS, {"of_run": batch.run_id}).all()
        errors = {s: a for s, a in answers.items() if isinstance(a, ExternalError)}
        good = {s: a for s, a in answers.items() if s not in errors}
        kept = (
            stage_module.persist(
                tx, batch.narrowed_to([i for i in batch.items if i.subject_id in good]), good
            )
            if good
            else PersistResult()
        )
        fates = _fates(batch, errors, kept)
        if fates.failed and hasattr(stage_module, "mark_failed"):
            lost = {i.subject_id: errors[i.subject_id] for i in batch.items if i.id in fates.failed}
            kept.outputs += stage_module.mark_failed(tx, batch, lost)
        kept.credits = _charge(tx, batch, stage_module, fates)
        _write_items(tx, batch, fates, kept, seconds / len(batch.items))
        forwarded = _enrol(tx, batch, kept.outputs)
        _write_counters(tx, batch, row, stages, fates, kept, forwarded, seconds)
        _write_events(tx, batch, fates, kept)
        _block(tx, batch, fates)
        fault_point("settling")
    fault_point("settled")
    ours = stages[batch.stage - 1]
    return (
        row.desired_state != "go"
        or row.block_kind is not None
        or row.rewind_to_stage is not None
        or bool(fates.spared)
        or ours.queued + ours.active - len(batch.items) + fates.queued <= 0
    )


def _charge(tx, batch: Batch, stage_module, fates: Outcomes) -> dict[int, int]:
    """Settle what done items took, release what the ended others did; return credits by subject."""
    if stage_module.KEY not in batch.settings.engines:
        return {}
    done, lost = [], []
    for i in batch.items:
        if i.id in fates.failed or i.id in fates.skipped:
            lost.append(i.subject_id)
        elif i.id not in fates.again and i.id not in fates.spared:
            done.append(i.subject_id)
    paid = credits.capture(tx, batch, done, lost)
    if hasattr(stage_module, "add_cost"):
        for subject, spent in paid.items():
            stage_module.add_cost(tx, subject, spent)
    return {subject: spent.credits for subject, spent in paid.items() if spent.credits}


def _block(tx, batch: Batch, fates: Outcomes) -> None:
    """Stop handing out items where one came back for a reason that lies outside of it."""
    for error in fates.spared.values():
        kind = BLOCKS.get(error.kind)
        if kind is None:
            continue
        until = gate = None
        if error.kind == "budget" and error.retry_after:
            until = clock.now().timestamp() + error.retry_after
        if (
            error.kind == "auth"
        ):  # a person who resumes has mended it: the gate lets the next request through
            way = find_access(
                tx, batch.site_id, batch.settings.engines.get(get_stage(batch.stage).KEY)
            )
            gate = way.breaker_key if way else None
        Run.block(tx, batch.run_id, kind, str(error), until, gate)


def release(batch: Batch) -> None:
    """Give a claim back unharmed: its items are queued again at once."""
    free(batch.run_id, batch.stage, batch.token)


def free(run_id: int, number: int, token: str) -> int:
    """Queue the items of a claim again as if they had not been tried; return how many."""
    with write_transaction() as tx:
        Run.lock(tx, run_id)
        given = tx.execute(
            update(item)
            .where(item.c.token == token, item.c.state == "active")
            .values(state="queued", token=None, attempt=item.c.attempt - 1, started_at=None)
        ).rowcount
        count_requeued(tx, run_id, number, given)
    return given


def count_requeued(tx, run_id: int, number: int, count: int) -> None:
    """Count items of a stage as queued that were active."""
    tx.execute(
        update(run_stage)
        .where(run_stage.c.run_id == run_id, run_stage.c.number == number)
        .values(active=run_stage.c.active - count, queued=run_stage.c.queued + count)
    )
    tx.execute(update(run).where(run.c.id == run_id).values(version=run.c.version + 1))


def _fates(batch: Batch, errors: dict, kept: PersistResult) -> Outcomes:
    fates = Outcomes([], {}, {}, {}, {})
    for i in batch.items:
        error = errors.get(i.subject_id)
        if error is not None and error.is_external_fault:
            fates.spared[i.id] = error
        elif error is not None:
            final = error.permanent or i.attempt >= MAX_ATTEMPTS + i.crashes
            (fates.failed if final else fates.again)[i.id] = error
        elif i.subject_id in kept.skipped:
            fates.skipped[i.id] = kept.skipped[i.subject_id]
        else:
            fates.done.append(i.id)
    return fates


def _write_items(tx, batch: Batch, fates: Outcomes, kept: PersistResult, seconds: float) -> None:
    """Close the items under the token; a row that does not hold it any more undoes everything."""
    now = clock.now().timestamp()
    end = {"by": batch.token, "each": seconds, "now": now}
    written = 0
    if fates.done:
        written += tx.execute(DONE, end | {"ids": fates.done}).rowcount
    for i in batch.items:
        if kept.credits.get(i.subject_id):
            tx.execute(PAID, {"one": i.id, "price": kept.credits[i.subject_id]})
    for item_id, reason in fates.skipped.items():
        written += tx.execute(
            ENDED, end | {"one": item_id, "fate": "skipped", "why": reason, "kind": "skipped"}
        ).rowcount
    for item_id, error in fates.failed.items():
        written += tx.execute(
            ENDED, end | {"one": item_id, "fate": "failed", "why": str(error), "kind": error.kind}
        ).rowcount
    attempts = {i.id: i.attempt for i in batch.items}
    for item_id, error in fates.again.items():
        written += tx.execute(
            AGAIN,
            {
                "by": batch.token,
                "one": item_id,
                "why": str(error),
                "kind": error.kind,
                "due": now + _delay(attempts[item_id], error.retry_after),
            },
        ).rowcount
    for item_id, error in fates.spared.items():
        written += tx.execute(
            SPARED,
            {
                "by": batch.token,
                "one": item_id,
                "due": now + min(error.retry_after, LONGEST_REST)
                if error.kind == "rate_limit" and error.retry_after
                else None,
            },
        ).rowcount
    if written != len(batch.items):
        raise ClaimLost(f"{len(batch.items) - written} of {len(batch.items)} items were given back")


def _delay(attempt: int, retry_after: float | None) -> float:
    """Return the seconds until the next try: full jitter, at least what the other side asked for."""
    jitter = random.uniform(0.0, min(LONGEST_DELAY, 2.0**attempt))  # noqa: S311 - when to try again is no secret # nosec B311
    return max(jitter, min(retry_after or 0.0, 15 * 60.0))


def _enrol(tx, batch: Batch, outputs: list[Output]) -> int:
    """Enrol outputs as items of the run's next stage; return how many were new there."""
    number = next_stage(batch.stage, batch.settings)
    if not outputs or number is None:
        return 0
    return tx.execute(
        insert_if_absent(tx, item),
        [
            {
                "run_id": batch.run_id,
                "stage": number,
                "subject_id": o.subject_id,
                "title": o.title,
                "rank": o.rank,
            }
            for o in outputs
        ],
    ).rowcount


def _write_counters(
    tx,
    batch: Batch,
    row,
    stages,
    fates: Outcomes,
    kept: PersistResult,
    forwarded: int,
    seconds: float,
) -> None:
    ended = len(fates.done) + len(fates.skipped) + len(fates.failed)
    known = run_rates(batch.settings, row.history, stages)
    before = [s.queued + s.active for s in stages]
    processed = [s.done + s.failed + s.skipped for s in stages]
    q = advance_bar(row.bar_remaining, batch.stage - 1, ended, known, processed, before)
    credits_spent = sum(kept.credits.values())
    counts = [
        {
            "of_run": batch.run_id,
            "at": batch.stage,
            "more_input": 0,
            "more_active": -len(batch.items),
            "more_queued": fates.queued,
            "more_done": len(fates.done),
            "more_failed": len(fates.failed),
            "more_skipped": len(fates.skipped),
            "more_made": kept.made,
            "more_forwarded": forwarded,
            "more_credits": credits_spent,
            "more_filled": row.bar_remaining - q,
            "more_work_seconds": seconds,
        }
    ]
    remaining = list(before)
    remaining[batch.stage - 1] -= ended
    if forwarded:
        following = next_stage(batch.stage, batch.settings)
        remaining[following - 1] += forwarded
        counts.append(
            NO_MORE
            | {
                "of_run": batch.run_id,
                "at": following,
                "more_input": forwarded,
                "more_queued": forwarded,
            }
        )
    tx.execute(COUNT, counts)
    work = ended * known[batch.stage - 1].seconds_left / batch.settings.parallelism
    update_progress(
        tx,
        row,
        q,
        work,
        time_left(known, remaining, batch.settings.parallelism),
        credits_spent,
        bool(row.history) or sum(processed) + ended >= MIN_ITEMS_FOR_ETA,
    )


def update_progress(
    tx, row, q: float, work: float, left: EstimateRange, credits_spent: int, is_sure: bool
) -> None:
    """Write the new rest of the bar, the pace after so much work, and the time left where it is to change."""
    spent = elapsed(row, clock.now())
    pace = SpeedFactor(row.pace, row.pace_since, row.pace_work, row.pace_claims).after(spent, work)
    eta = _eta(tx, row, apply_speed_factor(left, pace.factor), spent) if is_sure else {}
    tx.execute(
        MOVE_BAR_AND_ETA if eta else MOVE_BAR,
        {
            "of_run": row.id,
            "rest": q,
            "price": credits_spent,
            "new_pace": pace.factor,
            "new_pace_since": pace.since,
            "new_pace_work": pace.work,
            "new_pace_claims": pace.claims,
        }
        | eta,
    )


def _eta(tx, row, fresh: EstimateRange, spent: float) -> dict:
    """Return the time left to show as new values, when the shown one does not hold any more.

    What changes the words is logged, at most once in half a minute.
    """
    logged = row.eta_logged
    if row.eta_at is not None:
        gone = spent - row.eta_at
        shown = EstimateRange(row.eta_low - gone, row.eta_mid - gone, row.eta_high - gone)
        holds = is_still_accurate(shown, fresh)
        if gone < ETA_HOLDS and holds:
            return {}
        words = format_duration_range(fresh.low, fresh.high)
        is_new = words != format_duration_range(row.eta_low, row.eta_high)
        if is_new and (logged is None or spent - logged >= ETA_HOLDS):
            cause = "30 s passed" if holds else "the estimate left the shown range"
            RunEvent.log(
                tx, row.id, "forecast", f"Time left: {words}, because {cause}", level="debug"
            )
            logged = spent
    return {
        "new_eta_low": fresh.low,
        "new_eta_mid": fresh.mid,
        "new_eta_high": fresh.high,
        "new_eta_at": spent,
        "new_eta_logged": logged,
    }


def _write_events(tx, batch: Batch, fates: Outcomes, kept: PersistResult) -> None:
    lines = []
    if fates.done:
        only = fates.done[0] if len(fates.done) == 1 else None
        lines.append(("info", "done", kept.message, only, sum(kept.credits.values())))
    by_id = {i.id: i for i in batch.items}
    for item_id, reason in fates.skipped.items():
        lines.append(
            ("warning", "skipped", f"Skipped “{by_id[item_id].title}” · {reason}", item_id, 0)
        )
    for item_id, error in fates.failed.items():
        tries = by_id[item_id].attempt
        lines.append(
            (
                "error",
                "failed",
                f"Failed “{by_id[item_id].title}” · {error}"
                + (f", {tries} tries" if tries > 1 else ""),
                item_id,
                0,
            )
        )
    for item_id, error in fates.again.items():
        lines.append(
            ("debug", "retry", f"Will try “{by_id[item_id].title}” again · {error}", item_id, 0)
        )
    if lines:
        tx.execute(
            INSERT,
            [
                {
                    "run_id": batch.run_id,
                    "at": clock.now(),
                    "level": level,
                    "kind": kind,
                    "stage": batch.stage,
                    "message": message,
                    "item_id": item_id,
                    "credits": credits_spent,
                }
                for level, kind, message, item_id, credits_spent in lines
            ],
        )

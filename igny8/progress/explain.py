"""Explain every figure of the Automation page: what it counts, and its formula with values.

docs/progress.md defines the figures; here they are explained from the snapshot that the page shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from igny8.formatting import format_duration
from igny8.progress.stage_labels import stage_name
from igny8.stages.units import count_of


@dataclass(frozen=True)
class Figure:
    """One figure: its name and value on the page, what it counts, how it is computed."""

    name: str
    value: str
    counts: str
    formula: str


@dataclass(frozen=True)
class Explanation:
    """The figures of one part of the page; `anchor` is its fragment in the address."""

    anchor: str
    title: str
    figures: Sequence[Figure]


def explain(snap: dict[str, Any], bar_remaining: float | None = None) -> list[Explanation]:
    """Return the explanations of a snapshot; `bar_remaining` is the rest of its run's bar."""
    if snap["run"] is None:
        return [_forecast(snap["idle"]), *map(_waiting_stage, snap["stages"])]
    parts = [_whole_run(snap, bar_remaining or 0.0)]
    if snap["idle"] and snap["idle"]["waiting_items"]:
        parts.append(_forecast(snap["idle"]))
    return parts + [
        _stage(stage, snap["stages"][place - 1] if place else None)
        for place, stage in enumerate(snap["stages"])
    ]


def _whole_run(snap: dict[str, Any], rest: float) -> Explanation:
    g, m, stages = snap["global_progress"], snap["metrics"], snap["stages"]
    done = " + ".join(str(stage["processed_count"]) for stage in stages)
    totals = " + ".join(str(stage["input_count"]) for stage in stages)
    expected = " + ".join(str(stage["expected_count"]) for stage in stages)
    figures = [
        Figure(
            "Overall progress",
            f"{g['percentage']} %",
            "How much of all work of the run is done. Whatever is left of the bar is shared over "
            "whatever work is left, so it never falls. 100 % only when the run has ended well.",
            f"100 × (1 − rest {rest:.4f}), rounded down = {g['percentage']}",
        ),
        Figure(
            "Items processed",
            _n(g["completed_items"]),
            "Items that are done, failed or skipped, over all seven stages. A keyword that becomes "
            "an article is an item in each stage.",
            f"{done} = {_n(g['completed_items'])}",
        ),
        Figure(
            "Items in all",
            _n(g["total_items"]),
            "Items that are known by now, and those that are still expected to arrive in later "
            "stages.",
            f"known {totals} = {_n(g['known_items'])}; expected {expected} = "
            f"{_n(g['expected_items'])}; together {_n(g['total_items'])}",
        ),
        Figure(
            "Failed",
            _n(g["failed_items"]),
            "Items that could not be processed; part of those processed.",
            " + ".join(str(s["failed_count"]) for s in stages) + f" = {_n(g['failed_items'])}",
        ),
        _time_left(g),
        Figure(
            "Credits",
            _n(m["credits_used"]),
            "Charged for items that are done. Failed items cost nothing.",
            " + ".join(str(s["credits_used"]) for s in stages) + f" = {_n(m['credits_used'])}",
        ),
        Figure(
            "Duration",
            format_duration(m["duration_seconds"]),
            "Time in which the run was active. Pauses, blocks and waiting for people do not count.",
            f"{_n(m['duration_seconds'])} s of active time",
        ),
    ]
    return Explanation("run", "Overall progress", figures)


def _time_left(g: dict[str, Any]) -> Figure:
    seconds = g["eta_seconds"]
    formula = "no estimate now"
    if seconds:
        formula = (
            f"mean {_n(seconds['mid'])} s; in 8 of 10 cases between {_n(seconds['low'])} and "
            f"{_n(seconds['high'])} s; shown in round values"
        )
    return Figure(
        "Time left",
        g["estimated_remaining_time"] or "–",
        "Work that is left, divided by how much is done in parallel, from the times of finished "
        "items of this site.",
        formula,
    )


def _stage(stage: dict[str, Any], before: dict[str, Any] | None) -> Explanation:
    s = stage
    states = (
        f"queued {s['queued_count']} + in progress {s['active_count']} + done {s['done_count']} + "
        f"failed {s['failed_count']} + skipped {s['skipped_count']} + cancelled "
        f"{s['cancelled_count']} = {_n(s['input_count'])}"
    )
    whole = s["input_count"] + s["expected_count"]
    figures = [
        Figure("Total", _n(s["input_count"]), "Items of this run in this stage so far.", states),
        Figure(
            "Processed",
            _n(s["processed_count"]),
            "Items that the stage is finished with.",
            f"done {s['done_count']} + failed {s['failed_count']} + skipped {s['skipped_count']} = "
            f"{_n(s['processed_count'])}",
        ),
        Figure(
            "Remaining",
            _n(s["remaining_count"]),
            "Items that still have to be processed; not those that are only expected.",
            f"queued {s['queued_count']} + in progress {s['active_count']} = "
            f"{_n(s['remaining_count'])}",
        ),
        _expected(s, before),
        Figure(
            "Percentage",
            f"{s['progress_percentage']} %",
            "Share of the items, with those expected. 100 % only when the stage is complete.",
            f"100 × {s['processed_count']} ÷ {_n(whole)}, rounded down"
            if whole and s["progress_percentage"] < 100
            else "the stage is complete"
            if s["progress_percentage"] == 100
            else "nothing is known yet",
        ),
        Figure(
            "Output",
            count_of(s["output_count"], s["output_unit"]),
            "What the stage has made, in its own unit. One item can make several, or none.",
            f"made by {_n(s['done_count'])} done items",
        ),
        Figure(
            "Credits",
            _n(s["credits_used"]),
            "Charged for the done items of the stage.",
            f"{_n(s['requests'])} requests, {_n(s['tokens'])} tokens",
        ),
        Figure(
            "Duration",
            format_duration(s["duration_seconds"]),
            "Time in which the stage was active.",
            f"{_n(s['duration_seconds'])} s",
        ),
    ]
    return Explanation(f"stage-{s['number']}", f"{s['number']} {stage_name(s['key'])}", figures)


def _expected(stage: dict[str, Any], before: dict[str, Any] | None) -> Figure:
    formula = "the first stage knows all its items"
    if before is not None:
        coming = before["remaining_count"] + before["expected_count"]
        formula = (
            f"outputs per item × (remaining {before['remaining_count']} + expected "
            f"{before['expected_count']} in stage {before['number']})"
        )
        if coming:
            formula += f" = {stage['expected_count'] / coming:.2f} × {coming}"
        formula += f" ≈ {_n(stage['expected_count'])}"
    counts = "Items that the stage before will probably still bring. 0 once that stage has ended."
    return Figure("Expected", _n(stage["expected_count"]), counts, formula)


def _forecast(idle: dict[str, Any]) -> Explanation:
    credits, money = idle["credits"], idle["money"]
    figures = [
        Figure(
            "Waiting",
            _n(idle["waiting_items"]),
            "What a run that starts now would take in.",
            idle["ready"] or "nothing waits",
        ),
        Figure(
            "Would make",
            ", ".join(count_of(made["count"], made["unit"]) for made in idle["makes"]) or "–",
            "Waiting items, multiplied stage by stage with the outputs per item that this site's "
            "runs have shown.",
            "items × outputs per item, from stage to stage",
        ),
        Figure(
            "Time",
            idle["eta_text"] or "–",
            "Working time of all items, divided by how much is done in parallel.",
            "in 8 of 10 cases within this range",
        ),
        Figure(
            "Cost",
            f"${money['low'] / 1e6:,.2f}–${money['high'] / 1e6:,.2f}",
            "Items × cost per item, from the prices and what earlier runs have shown.",
            f"{_n(credits['low'])}–{_n(credits['high'])} credits",
        ),
        Figure(
            "Reading time",
            idle["reading_text"] or "–",
            "How long a person reads what the run writes, at 230 words a minute.",
            f"{_n(idle['texts'])} articles × usual words ÷ 230",
        ),
    ]
    return Explanation("forecast", "Forecast of the next run", figures)


def _waiting_stage(stage: dict[str, Any]) -> Explanation:
    waiting, expected = stage["waiting"], stage["expected_in_run"]
    figures = [
        Figure("Waiting", _n(waiting), "What this stage would take in now.", _n(waiting)),
        Figure(
            "Expected in this run",
            _n(expected),
            "What waits, and what the stages before would bring.",
            f"waiting {_n(waiting)} + from earlier stages about {_n(max(0, expected - waiting))}",
        ),
        Figure(
            "Expected output",
            count_of(stage["would_make"], stage["output_unit"]),
            "What the stage would make of them.",
            f"{_n(expected)} items × outputs per item",
        ),
    ]
    anchor = f"stage-{stage['number']}"
    return Explanation(anchor, f"{stage['number']} {stage_name(stage['key'])}", figures)


def _n(value: float) -> str:
    return f"{value:,}"

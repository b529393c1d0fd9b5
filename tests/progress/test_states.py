"""One definition of a status: card, facts, notice, badge, lists, JSON and next step never disagree."""

from datetime import UTC, datetime
from types import SimpleNamespace

from hypothesis import given
from hypothesis import strategies as st

from igny8.models import ENDED, OPEN, Run, RunSettings, RunStage
from igny8.progress import lists
from igny8.progress.labels import BADGES, STATUS_LABELS
from igny8.progress.situation import step_of_site, step_of_snapshot
from igny8.progress.snapshot.run import run_snapshot
from igny8.progress.stage_labels import doing
from igny8.stages import STAGES

NOW = datetime(2026, 1, 5, 10, 0, tzinfo=UTC)
JSON_STATUSES = {
    *("pending", "ready", "active", "completed", "skipped", "paused", "blocked", "cancelled"),
}
BADGE_OF_RUN = {  # display status of a run → badge of its current stage
    "queued": "Starting…",
    "running": "Active",
    "pausing": "Pausing…",
    "paused": "Paused",
    "cancelling": "Cancelling…",
    "blocked": "Blocked",
    "stalled": "Stalled",
}
NOTICES = {
    "queued": {None},
    "running": {None},
    "pausing": {"pausing"},
    "paused": {"paused"},
    "cancelling": {"cancelling"},
    "blocked": {"blocked"},
    "stalled": {"no_worker"},
}


def row_of(table, **values) -> SimpleNamespace:
    """Return a row with a value in every column: zero, where nothing is said."""
    empty = {column.key: 0 for column in table.columns}
    return SimpleNamespace(**empty | values)


@st.composite
def pictures(draw):
    """Return (row of a run, rows of its stages, columns of its site) in any state that they can have."""
    state = draw(st.sampled_from((*OPEN, *(s for s in ENDED if s != "nothing_to_do"))))
    current = 7 if state.startswith("completed") else draw(st.integers(1, 7))
    stages = [_stage(draw, number, current, state) for number in range(1, 8)]
    wish = draw(st.sampled_from(("go", "pause", "cancel"))) if state in OPEN else "go"
    run = row_of(
        Run.__table__,
        state=state,
        desired_state=wish,
        number=draw(st.integers(1, 3)),
        public_id="f" * 32,
        current_stage=current,
        bar_remaining=0.0 if state.startswith("completed") else draw(st.floats(0.01, 1.0)),
        settings=RunSettings().to_json(),
        history={},
        started_by="owner",
        trigger="manual",
        created_at=NOW,
        started_at=NOW,
        active_since=None,
        finished_at=NOW if state in ENDED else None,
        blocked_at=NOW,
        block_until=None,
        block_kind=draw(st.sampled_from(("budget", "credentials", "disk"))),
        status_reason="The cap is reached." if state == "blocked" else None,
        rewind_to_stage=None,
        eta_at=0.0,
        eta_low=60.0,
        eta_mid=90.0,
        eta_high=120.0,
        has_plan=True,
        failed=sum(row.failed for row in stages),
        cancelled=sum(row.cancelled for row in stages),
        total=sum(row.input for row in stages),
        processed=sum(row.done + row.failed + row.skipped for row in stages),
        money=0,
        texts=0,
    )
    head = SimpleNamespace(
        slots=draw(st.sampled_from((0, 2))),
        review_waiting=draw(st.sampled_from((0, 1, 84))),
        sent_back=0,
        approved=draw(st.integers(0, 2)),
        unpublished=draw(st.integers(0, 2)),
        has_published=draw(st.booleans()),
        import_to_check=None,
        rows_coming=None,
    )
    run.slots = head.slots
    return run, stages, head


def _stage(draw, number: int, current: int, state: str) -> SimpleNamespace:
    done = draw(st.integers(0, 5))
    left = draw(st.integers(0, 5))
    if number < current or state.startswith("completed"):
        status, counts = ("completed", {"done": done + 1, "failed": draw(st.integers(0, 2))})
    elif state == "cancelled":
        status, counts = "cancelled", {"done": done if number == current else 0, "cancelled": left}
    elif number == current and state != "queued":
        status, counts = "active", {"done": done, "queued": left}
    else:
        status, counts = "pending", {"queued": left, "done": done if number == 7 else 0}
    return row_of(
        RunStage.__table__,
        number=number,
        status=status,
        provider="built-in",
        filled=0.0,
        active_since=None,
        status_reason=None,
        input=sum(counts.values()),
        **counts,
    )


@given(pictures())
def test_all_places_that_show_a_state_agree(picture):
    run, rows, head = picture
    snap = run_snapshot(run, rows, [], head, [run])
    snap |= {"review_waiting": head.review_waiting, "sent_back": 0}
    status, shown = snap["run"]["status"], [stage["shown_status"] for stage in snap["stages"]]
    step = step_of_snapshot(snap, head)

    _check_lists(run, snap)
    _check_review_stage(snap, head)
    assert {stage["status"] for stage in snap["stages"]} <= JSON_STATUSES
    assert all(
        stage["badge"]["text"].startswith(BADGES[stage["shown_status"]][0])
        for stage in snap["stages"]
    )
    if run.state in OPEN:
        current = snap["stages"][run.current_stage - 1]
        assert current["badge"]["text"] == BADGE_OF_RUN[status]
        assert (snap["notice"] and snap["notice"]["kind"]) in NOTICES[status]
        assert step["kind"] == {"queued": "starting"}.get(status, status)
        assert (current["status"] == "active") == (status in ("running", "pausing", "cancelling"))
        moves = status in ("queued", "running")
        assert (snap["global_progress"]["estimated_remaining_time"] is not None) == moves
        in_motion = {BADGE_OF_RUN[status]} & {"Active", "Starting…"}
        others = shown[: run.current_stage - 1] + shown[run.current_stage :]
        assert not in_motion or not {"active", "starting"} & set(others)
    else:
        assert snap["global_progress"]["expected_items"] == 0
        assert not {"active", "starting", "paused", "blocked", "stalled", "ready"} & set(shown)
        assert snap["notice"]["kind"] == "ended"
        assert bool(head.review_waiting) == (step["page"] == "review")


def _check_lists(run, snap) -> None:
    """The list of sites and the list of runs say what the page says, with the time taken."""
    site, history = lists._shown_run(run), lists._history_entry(run)
    assert site["run"]["status"] == history["status"] == snap["run"]["status"]
    assert site["label"] == history["label"] == snap["run"]["label"]
    assert site["percentage"] == history["percentage"] == snap["global_progress"]["percentage"]
    assert site["run"]["duration_seconds"] == history["duration_seconds"]
    assert history["duration_seconds"] == snap["metrics"]["duration_seconds"]


def _check_review_stage(snap, head) -> None:
    """Stage 7 is yours as long as articles wait, unless the run itself stands there."""
    review = snap["stages"][6]
    is_current = snap["run"]["open"] and snap["run"]["current_stage"] == 7
    assert (review["shown_status"] == "waiting") == (head.review_waiting > 0 and not is_current)
    if head.review_waiting:
        assert review["badge"]["text"] not in ("Completed", "Empty")


@given(pictures())
def test_list_of_sites_has_the_next_step_of_the_page(picture):
    run, rows, head = picture
    snap = run_snapshot(run, rows, [], head, [run])
    snap |= {"review_waiting": head.review_waiting, "sent_back": 0}
    status, left = snap["run"]["status"], snap["global_progress"]["estimated_remaining_time"]
    ahead = {} if snap["run"]["open"] else {"stages": [{"unit": "briefs", "waiting": 0}] * 7}
    page, listed = step_of_snapshot(snap, head), step_of_site(head, run, status, left, ahead)
    assert (page["kind"], page["text"], page["label"]) == (listed.kind, listed.text, listed.label)


def test_every_status_has_a_label():
    assert set(BADGE_OF_RUN) <= set(STATUS_LABELS)
    assert all(doing(stage.KEY) for stage in STAGES)

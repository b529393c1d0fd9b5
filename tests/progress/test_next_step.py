"""The next step: one sentence and one button for each state of a site, as the table in docs/ has it."""

from pathlib import Path

import pytest

from igny8.progress.next_step import Situation, next_step

TABLE = Path(__file__).parents[2] / "docs" / "next-step.md"
AT_STAGE_4 = {"texts": "briefs", "doing": "Writing briefs", "stage": 4}
SITUATIONS = {
    "nothing yet": Situation(),
    "a file to check": Situation(import_to_check=3),
    "keywords are being imported": Situation(importing=True),
    "keywords wait": Situation(waiting=127, ready="127 keywords"),
    "keywords wait, first run": Situation(waiting=127, ready="127 keywords", first=5),
    "keywords wait, no worker": Situation(waiting=127, ready="127 keywords", is_online=False),
    "the run is queued": Situation(status="queued"),
    "running": Situation(status="running", time_left="10–20 min", **AT_STAGE_4),
    "running, late": Situation(status="running", time_left="longer than usual", **AT_STAGE_4),
    "running, first articles ready": Situation(
        status="running", review=5, is_first_run=True, **AT_STAGE_4
    ),
    "running, articles ready": Situation(status="running", review=12, **AT_STAGE_4),
    "pausing": Situation(status="pausing"),
    "paused": Situation(status="paused", upcoming="84 ideas"),
    "cancelling": Situation(status="cancelling"),
    "stalled": Situation(status="stalled", is_online=False),
    "blocked by a cap": Situation(status="blocked", block_kind="budget"),
    "blocked by its model": Situation(status="blocked", block_kind="credentials"),
    "blocked for another reason": Situation(status="blocked", block_kind="disk"),
    "waiting for an approval": Situation(
        status="waiting", wait_kind="approval", wait_for="40 ideas"
    ),
    "waiting after the first": Situation(status="waiting", wait_kind="first"),
    "waiting for readers": Situation(
        status="waiting", wait_kind="reading", review=5, through="2–3 h"
    ),
    "completed": Situation(status="completed", texts="briefs", review=84),
    "completed, one article": Situation(status="completed", review=1),
    "completed, ideas left": Situation(status="completed", waiting=79, ready="79 ideas", others=79),
    "completed with errors": Situation(status="completed_with_errors", failed=2),
    "completed with errors, articles ready": Situation(
        status="completed_with_errors", failed=2, review=82
    ),
    "cancelled": Situation(status="cancelled", left=7, waiting=7),
    "cancelled, articles ready": Situation(status="cancelled", left=7, waiting=7, review=12),
    "failed": Situation(status="failed", failed=3),
    "dismissed, articles ready": Situation(review=84, texts="briefs"),
    "articles sent back": Situation(waiting=2, sent_back=2),
    "all reviewed": Situation(unpublished=12),
    "completed, all reviewed": Situation(status="completed", unpublished=12),
}


def row_of(name: str) -> str:
    step = next_step(SITUATIONS[name])
    text = f"{step.text} {step.detail}".strip()
    return f"| {name} | {text} | {step.label} | {step.page or step.verb} |"


@pytest.mark.parametrize("name", SITUATIONS)
def test_next_step_matches_the_documented_table(name):
    assert row_of(name) in TABLE.read_text(encoding="utf-8").splitlines()


def test_documented_table_has_every_state():
    rows = [line for line in TABLE.read_text(encoding="utf-8").splitlines() if line[:2] == "| "]
    assert len(rows) == len(SITUATIONS) + 1


@pytest.mark.parametrize("name", SITUATIONS)
def test_each_step_has_a_target(name):
    step = next_step(SITUATIONS[name])
    assert step.label and bool(step.page) != bool(step.verb)


def test_run_now_is_offered_only_when_something_waits():
    for at in SITUATIONS.values():
        assert next_step(at).verb not in ("run", "first") or at.waiting

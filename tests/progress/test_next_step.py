"""The next step: one sentence and one page for each state of a site."""

import pytest

from igny8.progress.next_step import next_step


@pytest.mark.parametrize(
    ("run", "more", "text", "page"),
    [
        ("completed", {"review_waiting": 84}, "Done. 84 articles are waiting", "review"),
        ("cancelled", {"review_waiting": 1}, "The run was cancelled. 1 article is", "review"),
        ("completed", {"sent_back": 2}, "Done. Press “Run now” to write again", ""),
        (None, {"idle": {"waiting_items": 5}}, "Press “Run now” to start.", ""),
        (
            "cancelled",
            {"stages": [{"cancelled_count": 7}]},
            "The run was cancelled. 7 items left",
            "",
        ),
        (None, {}, "Import keywords for the next run.", "imports"),
        ("failed", {}, "The run failed. Import keywords", "imports"),
    ],
)
def test_next_step_follows_from_the_state(run, more, text, page):
    snap = {"run": run and {"status": run}, "review_waiting": 0, "sent_back": 0} | more
    step = next_step(snap)
    assert step.text.startswith(text)
    assert step.page == page
    assert bool(step.label) == bool(step.page)

"""The page says what the snapshot says, in any state that a run can have (see progress/test_states.py)."""

from bs4 import BeautifulSoup
from hypothesis import HealthCheck, given, settings

from igny8.progress.situation import step_of_snapshot
from igny8.progress.snapshot.run import run_snapshot
from tests.progress.test_states import pictures

LIVE = "/sites/green-garden/automation/live"


def snapshot_of(picture) -> dict:
    """Return the snapshot of a picture with what a page shows besides."""
    run, rows, head = picture
    snap = run_snapshot(run, rows, [], head, [run])
    snap |= {"review_waiting": head.review_waiting, "sent_back": 0}
    return snap | {
        "site": {"id": 1, "slug": "green-garden", "name": "Green Garden"},
        "workers": {"online": head.slots, "last_seen_seconds": 1},
        "past_runs": [],
        "getting_started": None,
        "by_models": False,
        "next_step": step_of_snapshot(snap, head),
    }


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(pictures())
def test_html_matches_the_snapshot(client, site, show, picture):
    snap = show(snapshot_of(picture))
    page = BeautifulSoup(client.get(LIVE).text, "html.parser").select_one("#live")
    run, g = snap["run"], snap["global_progress"]
    assert page["data-state"] == run["status"]
    assert page.select_one("#what").text == snap["next_step"]["text"]
    assert page.select_one("#segments")["aria-valuenow"] == str(g["percentage"])
    assert (run["label"] in page.select_one(".about").text) == (run["status"] != "running")
    for stage in snap["stages"]:
        card = page.select_one(f"#stage-{stage['number']}")
        assert stage["badge"]["text"] in card.select_one(".badge").text
        links = {
            link["href"].rsplit("/", 1)[1]: link.text for link in card.select("dl:not(.foot) a")
        }
        counts = {"all": "input_count", "processed": "processed_count", "failed": "failed_count"}
        for state, name in counts.items():
            assert links.get(state, "0").split()[0] == f"{stage[name]:,}" or not card.select("dl")
    assert snap["notice"]["kind"] in str(page) if run["open"] and snap["notice"] else True

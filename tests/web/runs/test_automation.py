"""The Automation page in every state: what it shows, when it asks again, what its buttons do."""

import re

import pytest
from bs4 import BeautifulSoup

from igny8.engine.runs import controls, start_run
from igny8.errors import ActionRefused
from igny8.extensions import read_transaction
from igny8.models import Run
from igny8.progress import labels
from tests.factories import make_keywords, make_user, sign_in, tag_of_page
from tests.web import snapshots

PAGE = "/sites/green-garden/automation"
HTMX = {"HX-Request": "true"}


def live(client):
    return BeautifulSoup(client.get(f"{PAGE}/live").text, "html.parser").select_one("#live")


@pytest.mark.parametrize("state", snapshots.ALL)
def test_every_state_renders_as_page_and_as_partial(client, site, show, state):
    show(snapshots.ALL[state]())
    assert client.get(PAGE).status_code == 200
    assert len(live(client).select(".grid > article")) == 8


@pytest.mark.parametrize("state", ["ended", "cancelled"])
def test_ended_run_polls_like_an_idle_page(client, site, show, state):
    show(snapshots.ALL[state]())
    assert live(client)["hx-trigger"] == "every 30s"


def test_page_of_an_active_run_polls_at_the_snapshot_interval(client, site, show):
    show(snapshots.running())
    assert live(client)["hx-trigger"] == "every 2s"
    assert live(client)["hx-get"] == f"{PAGE}/live?v=42-1187-2"


@pytest.mark.parametrize("state", ["idle", "nothing", "paused", "blocked"])
def test_waiting_page_polls_every_30_seconds(client, site, show, state):
    show(snapshots.ALL[state]())
    assert live(client)["hx-trigger"] == "every 30s"


@pytest.mark.parametrize("state", ["running", "idle"])
def test_unchanged_poll_is_204_without_a_body(client, site, show, state):
    snapshot = show(snapshots.ALL[state]())
    answer = client.get(f"{PAGE}/live?v={snapshot['tag']}")
    assert (answer.status_code, answer.data) == (204, b"")


def test_segments_add_up_to_the_percentage(client, site, show):
    show(snapshots.running())
    segments = live(client).select("#segments > svg")
    widths = [float(s["width"].rstrip("%")) for s in segments]
    fills = [float(s.select_one(".fill")["width"].rstrip("%")) for s in segments]
    filled = [width * fill / 100 for width, fill in zip(widths, fills, strict=True)]
    assert sum(widths) == pytest.approx(100, abs=0.05)
    assert sum(filled) == pytest.approx(38, abs=0.05)


def test_bar_has_a_text_alternative(client, site, show):
    show(snapshots.running())
    bar = live(client).select_one("#segments")
    assert bar["aria-valuetext"] == "38 %, stage 4 of 7, 40–60 min left"


@pytest.mark.parametrize(
    ("state", "verbs"),
    [
        ("running", ["cancel", "pause", "retry"]),
        ("paused", ["cancel", "resume"]),
        ("idle", ["run", "some"]),
        ("nothing", []),
        ("ended", ["dismiss", "retry", "run"]),
    ],
)
def test_buttons_match_the_allowed_actions(client, site, show, state, verbs):
    show(snapshots.ALL[state]())
    assert sorted(form["id"].removeprefix("form-") for form in live(client).select("form")) == verbs


def test_every_button_is_a_form_and_replaces_a_running_poll(client, site, show):
    show(snapshots.running())
    for form in live(client).select("form"):
        assert form["action"] == form["hx-post"]
        assert (form["method"], form["hx-sync"], form["hx-swap"]) == (
            "post",
            "#live:replace",
            "outerMorph",
        )


def test_hostile_text_is_escaped(client, site, show):
    show(snapshots.hostile())
    answer = client.get(PAGE).text
    assert "<script>alert" not in answer
    assert "&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}" in answer


def test_start_without_htmx_redirects_to_the_page(client, site):
    make_keywords(site, 1)
    answer = client.post(f"{PAGE}/run")
    assert (answer.status_code, answer.headers["Location"]) == (303, PAGE)


def test_start_with_htmx_returns_the_partial(client, site):
    answer = client.post(f"{PAGE}/run", headers=HTMX)
    assert answer.status_code == 200
    assert 'id="live"' in answer.text
    assert "<html" not in answer.text


def test_start_without_waiting_items_is_explained(client, site):
    soup = BeautifulSoup(client.post(f"{PAGE}/run", headers=HTMX).text, "html.parser")
    assert "Import keywords" in soup.select_one("#live #refusal").text
    assert soup.select_one("[role=progressbar]") is None
    assert client.post(f"{PAGE}/run").status_code == 409


def test_refused_start_keeps_the_ended_run_on_the_page(client, site, inline_worker):
    make_keywords(site, 4)
    client.post(f"{PAGE}/run", headers=HTMX)
    inline_worker.drain()
    refused = BeautifulSoup(client.post(f"{PAGE}/run", headers=HTMX).text, "html.parser")
    assert "Nothing is waiting" in refused.select_one("#refusal").text
    assert "Done." in refused.text and "Done." in live(client).text
    client.post("/api/v1/automation/run_now/", json={"site_id": site})  # the API records it
    assert [
        r["status"] for r in client.get("/api/v1/automation/history/?site_id=1").json["runs"]
    ] == ["nothing_to_do", "completed"]
    assert "Done." in live(client).text


def test_refused_action_answers_htmx_with_partial_and_reason(client, site, monkeypatch):
    monkeypatch.setattr(start_run, "start_run", refuse)
    answer = client.post(f"{PAGE}/run", headers=HTMX)
    assert answer.status_code == 200
    assert (
        "The disk is full"
        in BeautifulSoup(answer.text, "html.parser").select_one("#live #refusal").text
    )


def test_refused_action_answers_a_form_with_409_and_reason(client, site, monkeypatch):
    monkeypatch.setattr(start_run, "start_run", refuse)
    answer = client.post(f"{PAGE}/run")
    assert answer.status_code == 409
    assert "The disk is full" in answer.text


def test_second_pause_has_no_effect(client, site, monkeypatch):
    monkeypatch.setattr(controls, "pause", lambda site_id, run_id, by: False)
    assert client.post(f"{PAGE}/pause").status_code == 303


def test_page_title_shows_the_percentage(client, site, show):
    show(snapshots.running())
    assert (
        "<title>38 % · Automation · Green Garden · IGNY8</title>" in client.get(f"{PAGE}/live").text
    )


def test_page_refreshes_without_javascript(client, site, show):
    show(snapshots.running())
    assert re.search(
        r'<noscript>\s*<meta http-equiv="refresh" content="\d+">\s*</noscript>',
        client.get(PAGE).text,
    )


def test_partial_costs_four_statements(client, at_work, statements):
    with statements() as seen:
        client.get(f"{PAGE}/live")
    assert len(seen) <= 4, seen


def test_unchanged_page_costs_one_statement(client, at_work, statements):
    tag = tag_of_page("green-garden")
    with statements() as seen:
        assert client.get(f"{PAGE}/live?v={tag}").status_code == 204
    assert len(seen) == 1, seen


def test_viewers_share_a_partial_but_no_csrf_token(app, client, garden):
    other = sign_in(app.test_client(), make_user("partner", is_admin=True))
    mine, theirs = client.get(f"{PAGE}/live?v=old").text, other.get(f"{PAGE}/live?v=old").text
    tokens = [
        re.search(r'name="csrf_token" value="([^"]+)"', html).group(1) for html in (mine, theirs)
    ]
    assert tokens[0] != tokens[1] and mine.replace(tokens[0], tokens[1]) == theirs


def test_second_viewer_of_a_changed_run_costs_one_statement(app, client, at_work, statements):
    client.get(f"{PAGE}/live?v=old")
    other = sign_in(app.test_client(), make_user("partner", is_admin=True))
    with statements() as seen:
        assert other.get(f"{PAGE}/live?v=old").status_code == 200
    assert len(seen) == 1, seen


def test_ended_run_shows_articles_waiting_for_review(client, garden):
    tag = tag_of_page("green-garden")
    assert client.get(f"{PAGE}/live?v={tag}").status_code == 204
    client.post("/sites/green-garden/review/1/approve")
    assert client.get(f"{PAGE}/live?v={tag}").status_code == 200


def refuse(*args, **options):
    raise ActionRefused("The disk is full. Make room, then press “Run now”.")


def test_failed_items_do_not_count_as_done(client, site, show):
    snapshot = show(snapshots.ended())
    assert snapshot["global_progress"]["failed_items"]
    assert "items processed" in live(client).select_one("#run-card .items").text
    snapshot["global_progress"]["failed_items"] = 0
    show(snapshot)
    assert "items done" in live(client).select_one("#run-card .items").text


def test_idle_page_reports_a_missing_worker(client, site, show):
    snapshot = snapshots.ALL["idle"]()
    snapshot["workers"], snapshot["notice"] = (
        {"online": 0, "last_seen_seconds": None},
        labels.notice(None, "", 0, None),
    )
    show(snapshot)
    either = live(client).select_one(".either")
    assert "igny8 worker" in either.select_one("#notice-no_worker").text
    assert "away" in either.select_one("#would")["class"]
    assert not live(client).select(":scope > .notice")


def test_run_now_over_the_first_articles(client, site):
    make_keywords(site, 12)
    assert client.post(f"{PAGE}/run", data={"first": "0"}).status_code == 422
    client.post(f"{PAGE}/run", data={"first": "2"})
    with read_transaction() as tx:
        assert Run.find_open(tx, site).settings["first_articles"] == 2


def test_run_over_ticked_keywords(client, site):
    ids = make_keywords(site, 6)
    change = "/sites/green-garden/keywords/change"
    assert client.post(change, data={"verb": "run"}).status_code == 422
    answer = client.post(change, data={"verb": "run", "ids": [str(i) for i in ids[:2]]})
    assert answer.location.endswith("/automation")
    with read_transaction() as tx:
        assert Run.find_open(tx, site).initial_snapshot["total_initial_items"] == 2


def test_idle_page_of_a_new_site_offers_the_first_5(client, site, show):
    snapshot = show(snapshots.ALL["idle"]())
    snapshot["next_step"] = snapshots.step(
        "run", "86 keywords are ready.", "Write the first 5", verb="first"
    )
    snapshot["idle"]["first"] = snapshot["idle"] | {"texts": 5}
    step = live(client).select_one("#step-card")
    assert step.select_one("#form-first button").text.strip().endswith("Write the first 5")
    assert step.select_one("#form-first [name=first]")["value"] == "5"
    assert "72 articles" in step.select_one("#detail").text

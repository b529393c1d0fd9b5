"""Every figure opens the rows that it counts, and says why it is what it is."""

import gzip
import re

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, select, update

from igny8.engine.runs import start_run
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Run, RunItem, RunSettings, RunStage
from tests.factories import make_keywords
from tests.fakes import FakeProvider, permanent
from tests.web import snapshots

SITE = "/sites/green-garden"
MAX_RAW_BYTES, MAX_PACKED_BYTES = 14 * 1024, 3_000


def soup(answer):
    assert answer.status_code == 200
    return BeautifulSoup(answer.text, "html.parser")


@pytest.fixture
def failed_run(site, inline_worker, client):
    """Return the public id of a run in which one of four articles could not be written."""
    make_keywords(site, 8)
    public_id, _ = start_run.start_run(site)
    fails = {"write": lambda about: permanent() if "word7" in str(about) else None}
    inline_worker.drain(FakeProvider(fails=fails))
    return public_id


def test_figures_of_stages_link_to_the_rows_they_count(client, failed_run):
    links = soup(client.get(f"{SITE}/automation")).select(".stage:not(.past) dl:not(.foot) dd a")
    assert len(links) == 15
    for link in links:
        page = soup(client.get(f"{SITE}/{link['href']}", follow_redirects=True))
        rows = re.search(r"of\s+([0-9,]+)", page.select_one("#items .pager").text)[1]
        assert link.text.split()[0] == rows, link["href"]


def test_waiting_figures_link_to_what_a_run_would_take(client, site):
    make_keywords(site, 8)
    [link] = soup(client.get(f"{SITE}/automation")).select(".stage:not(.past) dl:not(.foot) dd a")
    assert (
        link.text == str(len(soup(client.get(f"{SITE}/{link['href']}")).select("ol.next a"))) == "8"
    )


def test_item_page_links_from_keyword_to_article(client, failed_run):
    first = (
        select(RunItem.stage, func.min(RunItem.id))
        .where(~RunItem.title.endswith("word7"))
        .group_by(RunItem.stage)
    )
    with read_transaction() as tx:
        ids = dict(tx.execute(first).all())
    for stage in range(1, 8):
        page = soup(client.get(f"{SITE}/items/{ids[stage]}"))
        ends = {link["href"].split("/")[3] for link in page.select("dl.known a")}
        assert {"keywords", "clusters", "ideas", "content"} >= ends >= {"keywords", "clusters"}
        assert stage in (1, 2) or "content" in ends


def test_failures_are_grouped_and_retried_by_cause(client, site, failed_run):
    page = soup(client.get(f"{SITE}/runs/{failed_run}"))
    [form] = page.select("#failures .cause form:not(.drop)")
    sent = {field["name"]: field["value"] for field in form.select("input") if field.get("value")}
    wrong = client.post(form["action"], data={"cause": "none"})
    assert wrong.status_code == 422
    client.post(form["action"], data=sent | {"shorter": "1"})
    with read_transaction() as tx:
        again = Run.find(tx, site)
    assert again.number == 2
    assert RunSettings.from_json(again.settings).length_percent == 60
    with read_transaction() as tx:
        assert tx.execute(select(func.count()).where(RunItem.run_id == again.id)).scalar() == 1


def test_only_failed_items_are_retried_by_their_page(client, failed_run):
    answer = client.post(f"{SITE}/runs/{failed_run}/failed/retry", data={"item": "1"})
    assert answer.status_code == 422


def test_numbers_are_verified_against_the_items(client, failed_run):
    page = soup(client.get(f"{SITE}/automation/why"))
    assert "Verified" in page.select_one("#verified h2").text
    asked = soup(client.get(f"{SITE}/automation")).select("a.why")
    anchors = {link["href"].split("#")[1] for link in asked}
    assert len(anchors) == 8
    assert anchors <= {part["id"] for part in page.select("#why > section")}
    with write_transaction() as tx:
        tx.execute(update(RunStage).where(RunStage.number == 4).values(done=4, failed=0))
    page = soup(client.get(f"{SITE}/automation/why"))
    assert "1 of" in page.select_one("#verified h2").text


def test_history_shows_what_runs_made_and_compares_two(client, site, failed_run, inline_worker):
    make_keywords(site, 4, start=8)
    second, _ = start_run.start_run(site)
    inline_worker.drain(FakeProvider())
    page = soup(client.get(f"{SITE}/runs"))
    assert [cell.text.strip() for cell in page.select("td[data-label=Made]")][1] == "3 briefs"
    made = [bars for bars in page.select(".charts figure") if "#1: 3" in bars.text]  # others: time
    assert [len(bars.select("rect")) for bars in made] == [2]
    both = soup(client.get(f"{SITE}/runs/compare?run={second}&run={failed_run}"))
    assert both.h1.text == "Runs #1 and #2"
    assert client.get(f"{SITE}/runs/compare?run={second}").status_code == 303


def test_log_and_items_of_a_run_are_files(client, failed_run):
    items = client.get(f"{SITE}/runs/{failed_run}/items.csv").text.splitlines()
    log = client.get(f"{SITE}/runs/{failed_run}/log.csv").text
    with read_transaction() as tx:
        assert len(items) == 1 + tx.execute(select(func.count()).select_from(RunItem)).scalar()
    assert "Failed “All about topic1 word7”" in log
    found = soup(client.get(f"{SITE}/runs/{failed_run}?q=word7&log_stage=4"))
    assert len(found.select(".logbox li")) == 1


@pytest.mark.parametrize("state", snapshots.ALL)
def test_polled_partial_stays_small(client, site, show, state):
    show(snapshots.ALL[state]())
    assert len(client.get(f"{SITE}/automation/live").data) <= MAX_RAW_BYTES


def test_compressed_partial_of_a_run_stays_small(client, failed_run):
    packed = gzip.compress(client.get(f"{SITE}/automation/live").data)
    assert len(packed) <= MAX_PACKED_BYTES

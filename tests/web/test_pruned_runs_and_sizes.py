"""Pages say when the details of a run were deleted, and how much the installation stores."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from igny8 import clock
from igny8.engine.runs import start_run
from igny8.extensions import read_transaction
from igny8.models import Run
from igny8.upkeep import history, sizes
from tests.factories import make_keywords

pytestmark = pytest.mark.both_databases
FILTERS = ("", "?stage=2&state=failed", "?level=debug", "?page=9")


def test_page_of_a_pruned_run_says_so_and_keeps_its_numbers(client, site, drain):
    for start in (0, 8):
        make_keywords(site, 8, start)
        start_run.start_run(site)
        drain()
    with read_transaction() as tx:
        ids = tx.execute(select(Run.public_id).order_by(Run.id)).scalars().all()
    paths = [f"/sites/green-garden/runs/{one}" for one in ids]
    assert all("to save space" not in client.get(path).text for path in paths)
    history.prune(clock.now() + timedelta(days=1), True, "test")
    old, new = (client.get(path).text for path in paths)
    assert "were deleted on" in old and "topic0" not in old
    assert "were deleted on" not in new and "topic2" in new
    assert "100<small>%" in old
    for query in FILTERS:
        assert client.get(paths[0] + query).status_code == 200


def test_sizes_are_on_the_page_and_in_the_metrics(app, client, site):
    image = app.config["SETTINGS"].images / "1" / "a.webp"
    image.parent.mkdir(parents=True)
    image.write_bytes(b"x" * 5_000_000)
    sizes._remembered.clear()
    page = " ".join(client.get("/admin").text.split())
    assert "<dt>Images</dt> <dd>5.0 MB</dd>" in page and "<dt>Free space</dt>" in page
    text = client.get("/metrics").text
    assert 'igny8_stored_bytes{kind="images"} 5e+06' in text
    [line] = [one for one in text.splitlines() if one.startswith('igny8_stored_bytes{kind="data')]
    assert float(line.split()[-1]) > 100_000


def test_sizes_are_not_measured_for_each_request(app, site, monkeypatch):
    sizes._remembered.clear()
    first = sizes.load()
    monkeypatch.setattr(sizes, "measure", lambda: pytest.fail("measured again"))
    assert sizes.load() is first

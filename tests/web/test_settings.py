"""Settings: what is stored, what is refused, and that nothing typed is lost."""

import pytest
from sqlalchemy import select

from igny8.extensions import db
from igny8.models import Site, SiteSettings
from igny8.models.site_settings import DEFAULT_BATCHES

PAGE = "/sites/green-garden/settings"
GOOD = {"name": "Greener", "url": "https://g.example", "language": "de", "ideas_per_cluster": "4",
        "images_per_article": "0", "strictness": "0.5", "parallelism": "3", "time_zone": "Europe/Berlin",
        "color_primary": "#112233", "color_secondary": "#445566",
        **{f"batch_{key}": str(value) for key, value in DEFAULT_BATCHES.items()}}


def test_settings_are_stored_and_shown_again(client, site):
    assert client.post(PAGE, data=GOOD | {"batch_write": "9"}).status_code == 303
    row = db.session.execute(select(SiteSettings.__table__)).one()
    assert (row.images_per_article, row.strictness, row.batches["write"]) == (0, 0.5, 9)
    assert '<option value="Europe/Berlin" selected>' in client.get(PAGE).text


@pytest.mark.parametrize("name, value", [
    ("name", ""), ("name", "x" * 121), ("url", "javascript:alert(1)"), ("language", "xx"), ("ideas_per_cluster", "0"),
    ("images_per_article", "9"), ("images_per_article", "two"), ("strictness", "7"), ("parallelism", "1e9"),
    ("time_zone", "Mars/Olympus"), ("color_primary", "red"), ("color_primary", "url(x)"), ("batch_write", "201")])
def test_a_wrong_value_is_named_and_kept_and_nothing_is_stored(client, site, name, value):
    answer = client.post(PAGE, data=GOOD | {name: value})
    assert answer.status_code == 422
    assert f'id="e-{name}"' in answer.text
    assert "Greener" in answer.text or name == "name"
    assert db.session.execute(select(Site.name)).scalar_one() == "Green Garden"


def test_times_are_shown_in_the_zone_of_the_site(client, garden):
    client.post(PAGE, data=GOOD | {"time_zone": "Asia/Tokyo"})
    assert "JST" in client.get("/sites/green-garden/runs").text

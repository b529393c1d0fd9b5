"""Settings: what is stored, what is refused, and that nothing typed is lost."""

import pytest
from sqlalchemy import select

from igny8.extensions import db
from igny8.models import Site, SiteSettings
from igny8.models.site_settings import DEFAULT_BATCH_SIZES

PAGE = "/sites/green-garden/settings"
GOOD = {
    "name": "Greener",
    "url": "https://g.example",
    "language": "de",
    "ideas_per_cluster": "4",
    "images_per_article": "0",
    "slug_script": "native",
    "strictness": "0.5",
    "parallelism": "3",
    "time_zone": "Europe/Berlin",
    "schedule": "1",
    "schedule_time": "02:00",
    "color_primary": "#112233",
    "color_secondary": "#445566",
    **{f"batch_{key}": str(value) for key, value in DEFAULT_BATCH_SIZES.items()},
}


def test_settings_are_stored_and_shown_again(client, site):
    assert client.post(PAGE, data=GOOD | {"batch_write": "9"}).status_code == 303
    row = db.session.execute(select(SiteSettings.__table__)).one()
    assert (row.images_per_article, row.strictness, row.batches["write"]) == (0, 0.5, 9)
    assert row.slug_script == "native"
    assert '<option value="Europe/Berlin" selected>' in client.get(PAGE).text


def test_groups_of_the_file_are_a_choice_of_keyword_grouping(client, site):
    client.post(PAGE, data=GOOD | {"strictness": "file"})
    row = db.session.execute(select(SiteSettings.__table__)).one()
    assert (row.own_groups, row.strictness) == (True, 0.0)
    assert '<option value="file" selected>' in client.get(PAGE).text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("name", ""),
        ("name", "x" * 121),
        ("url", "javascript:alert(1)"),
        ("language", "xx"),
        ("ideas_per_cluster", "0"),
        ("images_per_article", "9"),
        ("images_per_article", "two"),
        ("strictness", "7"),
        ("parallelism", "1e9"),
        ("time_zone", "Mars/Olympus"),
        ("color_primary", "red"),
        ("color_primary", "url(x)"),
        ("batch_write", "201"),
    ],
)
def test_invalid_value_is_named_and_not_stored(client, site, name, value):
    answer = client.post(PAGE, data=GOOD | {name: value})
    assert answer.status_code == 422
    assert f'id="e-{name}"' in answer.text
    assert "Greener" in answer.text or name == "name"
    assert db.session.execute(select(Site.name)).scalar_one() == "Green Garden"


def test_times_are_shown_in_the_zone_of_the_site(client, garden):
    client.post(PAGE, data=GOOD | {"time_zone": "Asia/Tokyo"})
    assert "JST" in client.get("/sites/green-garden/runs").text


def test_schedule_is_stored_and_its_next_time_is_shown(client, site):
    client.post(PAGE, data=GOOD)
    assert "next scheduled run" in client.get("/sites/green-garden/automation").text
    client.post(PAGE, data=GOOD | {"schedule": "off"})
    assert "next scheduled run" not in client.get("/sites/green-garden/automation").text


@pytest.mark.parametrize(
    "wrong", [{"schedule": "8"}, {"schedule_time": "24:00"}, {"schedule_time": ""}]
)
def test_unknown_schedule_is_refused(client, site, wrong):
    assert client.post(PAGE, data=GOOD | wrong).status_code == 422


def test_site_is_deleted_after_typing_its_name(client, site):
    client.post(f"{PAGE}/delete", data={"sure": "green"})
    assert "Nothing was deleted" in client.get(PAGE).text
    assert client.post(f"{PAGE}/delete", data={"sure": " Green  Garden "}).status_code == 303
    assert client.get("/sites/green-garden/automation").status_code == 404

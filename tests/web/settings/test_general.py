"""Settings: what is stored, what is refused, and that nothing typed is lost."""

import re

import pytest
from sqlalchemy import select

from igny8 import clock
from igny8.extensions import db, write_transaction
from igny8.models import ScheduleSkip, Site, SiteSettings
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
    "schedule_kind": "days",
    "schedule_day_1": "1",
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
    client.post(PAGE, data=GOOD | {"schedule_kind": "off"})
    assert "next scheduled run" not in client.get("/sites/green-garden/automation").text


@pytest.mark.parametrize(
    "wrong",
    [
        {"schedule_kind": "8"},
        {"schedule_time": "24:00"},
        {"schedule_time": ""},
        {"schedule_day_1": ""},
        {"schedule_kind": "month", "schedule_day": "32"},
        {"schedule_kind": "cron", "schedule_cron": "* * * * *"},
        {"schedule_kind": "waiting"},
        {"schedule_pause_from": "2026-12-24"},
        {"schedule_pause_from": "2026-12-24", "schedule_pause_until": "2026-12-23"},
        {"schedule_pause_from": "24.12.2026", "schedule_pause_until": "2026-12-30"},
    ],
)
def test_invalid_schedule_is_refused_and_shown_again(client, site, wrong):
    answer = client.post(PAGE, data=GOOD | wrong)
    assert answer.status_code == 422 and 'class="error"' in answer.text


def test_next_three_starts_are_shown_in_the_time_zone_of_the_site(client, site):
    times = {"schedule_kind": "month", "schedule_day": "31", "time_zone": "Asia/Tokyo"}
    client.post(PAGE, data=GOOD | times)
    page = " ".join(client.get(PAGE).text.split())
    shown = re.search(r"Next starts:(.*?)</p>", page).group(1)
    assert shown.count("02:00") == 3 and shown.count("<strong>3") >= 2


def test_skipped_starts_are_listed_with_the_runs(client, site):
    with write_transaction() as tx:
        ScheduleSkip.record(tx, site, clock.now(), "Run #3 was not done yet.")
    assert "Run #3 was not done yet." in client.get("/sites/green-garden/runs").text


def test_site_is_deleted_after_typing_its_name(client, site):
    client.post(f"{PAGE}/delete", data={"sure": "green"})
    assert "Nothing was deleted" in client.get(PAGE).text
    assert client.post(f"{PAGE}/delete", data={"sure": " Green  Garden "}).status_code == 303
    assert client.get("/sites/green-garden/automation").status_code == 404


def test_caps_and_voice_are_stored_and_an_invalid_cap_is_named(client, site):
    sent = {"cap_run": "0.05", "cap_month": "", "tone": "dry", "knowledge": "a\r\nb"}
    client.post(PAGE, data=GOOD | sent)
    row = db.session.execute(select(SiteSettings.__table__)).one()
    assert (row.cap_run, row.cap_month, row.tone, row.knowledge) == (500, None, "dry", "a\nb")
    answer = client.post(PAGE, data=GOOD | {"cap_day": "lots"})
    assert answer.status_code == 422 and 'id="e-cap_day"' in answer.text
    client.post(PAGE, data=GOOD)  # a form that was opened before the fields were there
    assert db.session.execute(select(SiteSettings.cap_run)).scalar_one() == 500


@pytest.mark.parametrize(
    ("zone", "stored"), [("Asia/Tokyo", "Asia/Tokyo"), ("", "UTC"), ("../etc", "UTC")]
)
def test_new_site_has_the_time_zone_of_the_browser(client, site, zone, stored):
    client.post("/sites", data={"name": "Other", "language": "en", "time_zone": zone})
    zones = db.session.execute(select(SiteSettings.time_zone).order_by(SiteSettings.site_id))
    assert zones.scalars().all()[-1] == stored

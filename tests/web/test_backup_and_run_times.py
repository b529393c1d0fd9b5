"""Operators see the last backup and each site's last and next run."""

import re
from datetime import timedelta

from sqlalchemy import update

from igny8 import clock
from igny8.extensions import write_transaction
from igny8.models import SiteSettings
from igny8.upkeep import doctor, last_backup
from igny8.upkeep.backup import create_backup
from tests.factories import make_keywords


def backup_findings() -> list[tuple[str, str]]:
    return [(f.level, f.text) for f in doctor.run_checks(("database", "tables", "backup"))][-1:]


def test_times_without_backup_or_runs_have_no_sample(client, site):
    text = client.get("/metrics").text
    assert "# TYPE igny8_last_backup_timestamp_seconds gauge" in text
    assert "\nigny8_last_backup_timestamp_seconds " not in text
    assert "\nigny8_last_run_timestamp_seconds{" not in text
    assert "No backup yet" in client.get("/admin").text
    assert backup_findings()[0][0] == "note"


def test_last_backup_and_run_times_are_shown(client, site, drain, tmp_path, hours_later):
    make_keywords(site, 4)
    with write_transaction() as tx:
        tx.execute(update(SiteSettings).values(next_run_at=clock.now() + timedelta(hours=3)))
    create_backup(tmp_path / "copy.zip")
    text = client.get("/metrics").text
    made_at = last_backup.load().made_at.timestamp()
    shown = re.search(r"^igny8_last_backup_timestamp_seconds (\S+)$", text, re.MULTILINE)
    assert shown is not None and float(shown[1]) == made_at
    assert '\nigny8_next_run_timestamp_seconds{site="green' in text
    assert "Last backup: " in client.get("/admin").text
    assert backup_findings()[0][0] == "ok"
    hours_later(8 * 86_400)
    assert backup_findings()[0][0] == "warn"


def test_failed_backup_does_not_replace_the_last_one(site, tmp_path):
    assert last_backup.load() is None
    create_backup(tmp_path / "copy.zip")
    first = last_backup.load()
    (tmp_path / "other.zip").mkdir()
    try:
        create_backup(tmp_path / "other.zip")
    except Exception:
        assert last_backup.load() == first
    else:
        raise AssertionError("it overwrote a folder")

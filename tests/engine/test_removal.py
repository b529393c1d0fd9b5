"""A site that is deleted is gone with all that belongs to it, and with nothing else."""

import pytest
from sqlalchemy import func, select

from igny8.engine import begin, controls, removal
from igny8.errors import Refused
from igny8.extensions import db, reading
from igny8.models import Site
from tests.factories import make_keywords, make_site

SHARED = {"alembic_version", "app_user", "audit_entry", "login_session", "price", "provider_gate", "throttle", "worker"}


def test_nothing_of_a_deleted_site_is_left(app, site, drain, tmp_path):
    make_keywords(site.id, 4)
    begin.run_now(site.id)
    drain()
    images = app.config["SETTINGS"].images
    assert (images / str(site.id)).exists()
    removal.remove_site(site.id, images)
    assert not (images / str(site.id)).exists()
    with reading() as tx:
        for table in db.metadata.sorted_tables:
            if table.name not in SHARED:
                assert tx.execute(select(func.count()).select_from(table)).scalar_one() == 0, table.name


def test_another_site_keeps_everything(app, site):
    other = make_site("other")
    make_keywords(other, 3)
    removal.remove_site(site.id, app.config["SETTINGS"].images)
    with reading() as tx:
        assert Site.find("other", tx) is not None
    begin.run_now(other)


def test_a_site_with_an_open_run_is_not_deleted(app, site):
    make_keywords(site.id, 2)
    begin.run_now(site.id)
    with pytest.raises(Refused, match="Cancel it first"):
        removal.remove_site(site.id, app.config["SETTINGS"].images)
    controls.cancel(site.id)
    removal.remove_site(site.id, app.config["SETTINGS"].images)

"""The tables and the code: brought up, taken back, and refused where they do not fit."""

import pytest

from igny8.errors import Igny8Error
from igny8.extensions import db
from igny8.upkeep import schema
from tests.conftest import make_app, on_postgresql


def test_downgrade_and_upgrade_keep_data(app, site):
    newest, before = schema._revisions(app.config["MIGRATIONS"])[:2]
    schema.downgrade(before)
    assert (schema.current_revision(), schema.compare_revision(before)) == (before, "older")
    with pytest.raises(Igny8Error, match="igny8 db upgrade"):
        schema.ensure_current()
    schema.upgrade()
    assert schema.current_revision() == newest == schema.expected_revision()


@on_postgresql
def test_creating_tables_is_logged(database, tmp_path, caplog):
    database.server.run(f"DROP DATABASE {database.name}")
    database.server.run(f"CREATE DATABASE {database.name}")
    with make_app(tmp_path, database.url).app_context():
        schema.ensure_current()
        assert schema.compare_revision(schema.current_revision()) == "same"
        db.engine.dispose()
    assert "this database was empty" in caplog.text


@pytest.mark.parametrize("revision", ["9999", "", "head", "-1"])
def test_downgrade_accepts_older_versions_only(app, revision):
    with pytest.raises(Igny8Error, match="is not an older version of the tables"):
        schema.downgrade(revision)
    assert schema.current_revision() == schema.expected_revision()

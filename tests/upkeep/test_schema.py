"""The tables and the code: brought up, taken back, and refused where they do not fit."""

import pytest

from igny8.errors import Igny8Error
from igny8.upkeep import schema


def test_tables_go_back_to_an_older_version_and_up_again(app, site):
    newest, before = schema._revisions(app.config["MIGRATIONS"])[:2]
    schema.downgrade(before)
    assert (schema.found(), schema.judge(before)) == (before, "older")
    with pytest.raises(Igny8Error, match="igny8 db upgrade"):
        schema.require()
    schema.upgrade()
    assert schema.found() == newest == schema.head()


@pytest.mark.parametrize("revision", ["9999", "", "head", "-1"])
def test_what_is_no_older_version_is_refused(app, revision):
    with pytest.raises(Igny8Error, match="is not an older version of the tables"):
        schema.downgrade(revision)
    assert schema.found() == schema.head()



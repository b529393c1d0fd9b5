"""On a team's database, a worker that froze or was cut off in a transaction does not stop the others."""

import pytest
from sqlalchemy.exc import OperationalError

from igny8 import extensions
from igny8.engine import begin
from igny8.extensions import db, writing
from igny8.models import Run
from tests.conftest import on_postgresql
from tests.factories import make_keywords


@on_postgresql
def test_a_transaction_whose_worker_says_nothing_more_gives_its_locks_back(app, site, run_of, monkeypatch):
    monkeypatch.setattr(extensions, "GONE_AFTER", 1)
    db.engine.dispose()  # so that the next connections are new
    make_keywords(site.id, 4)
    begin.run_now(site.id)
    run_id = run_of().id
    with pytest.raises(OperationalError), writing() as frozen:
        Run.hold(frozen, run_id)
        with writing() as other:
            assert Run.hold(other, run_id) is not None
        Run.hold(frozen, run_id)


@on_postgresql
def test_a_connection_is_given_up_on_both_sides_when_its_line_is_cut(app):
    with writing() as tx:
        own = tx.connection.driver_connection
        told = dict(tx.exec_driver_sql("SELECT name, setting FROM pg_settings WHERE name LIKE 'tcp_%%'").all())
    assert told == {"tcp_keepalives_idle": "5", "tcp_keepalives_interval": "2", "tcp_keepalives_count": "3",
                    "tcp_user_timeout": "10000"}
    assert own.info.get_parameters()["tcp_user_timeout"] == "10000"

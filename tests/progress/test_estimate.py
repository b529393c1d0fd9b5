"""Before a run: which cap would stop it, where, and what of the cap is left."""

import pytest
from sqlalchemy import insert

from igny8 import clock, progress
from igny8.extensions import write_transaction
from igny8.model_server_config import DEMONSTRATION
from igny8.models import CreditAccount
from tests.factories import change_settings, make_keywords

ENGINES = {key: {"provider": DEMONSTRATION} for key in ("ideate", "write")}


@pytest.fixture
def waiting(site):
    """Return a site whose keywords wait for stages of which two cost credits."""
    change_settings(site.id, providers=ENGINES)
    make_keywords(site.id, 40)
    return site


def spend(site_id: int, credits: int) -> None:
    with write_transaction() as tx:
        tx.execute(
            insert(CreditAccount),
            {
                "site_id": site_id,
                "scope": "day",
                "period": clock.now().date().isoformat(),
                "billed": 100 * credits,
            },
        )


def test_no_cap_stops_a_run_that_fits(waiting):
    assert progress.estimate(waiting)["cap"] is None
    change_settings(waiting.id, cap_run=1_000_000)
    assert progress.estimate(waiting)["cap"] is None


def test_cap_with_the_least_headroom_is_shown(waiting):
    change_settings(waiting.id, cap_run=500, cap_day=1000, cap_month=1_000_000)
    assert progress.estimate(waiting)["cap"] == {
        "scope": "run",
        "limit": 500,
        "left": 500,
        "stage": 4,
        "likely": True,
    }
    spend(waiting.id, 970)
    told = progress.estimate(waiting)["cap"]
    assert (told["scope"], told["limit"], told["left"]) == ("day", 1000, 30)
    change_settings(waiting.id, cap_day=500)
    assert progress.estimate(waiting)["cap"]["left"] == 0


def test_sufficient_cap_stops_no_free_stage(waiting):
    credits = progress.estimate(waiting)["credits"]
    change_settings(waiting.id, cap_run=(credits["mid"] + credits["high"]) // 2)
    told = progress.estimate(waiting)["cap"]
    assert (told["stage"], told["likely"]) == (4, False)

"""What the page says before a run of the caps that would stop it."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import insert

from igny8 import clock
from igny8.extensions import write_transaction
from igny8.model_server_config import DEMONSTRATION
from igny8.models import CreditAccount
from tests.factories import change_settings, make_keywords


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"cap_run": 500}, "the cap of $0.05 would stop it in stage 4"),
        (
            {"cap_day": 1970},
            "today’s cap of $0.20, of which $0.10 is left, would stop it in stage 4",
        ),
        ({"cap_month": 500}, "this month’s cap of $0.05 would stop it in stage 4"),
    ],
)
def test_page_names_the_cap_that_would_stop_a_run(client, site, settings, words):
    change_settings(site, providers={"write": {"provider": DEMONSTRATION}}, **settings)
    make_keywords(site, 40)
    with write_transaction() as tx:
        tx.execute(
            insert(CreditAccount),
            {
                "site_id": site,
                "scope": "day",
                "period": clock.now().date().isoformat(),
                "billed": 97_000,
            },
        )
    page = BeautifulSoup(client.get("/sites/green-garden/automation").text, "html.parser")
    assert words in " ".join(page.select_one("#would").text.split())

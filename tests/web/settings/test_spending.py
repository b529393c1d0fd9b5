"""The page of what models cost shows each stage and model, and what of the caps is left."""

from bs4 import BeautifulSoup
from sqlalchemy import insert

from igny8 import clock
from igny8.extensions import write_transaction
from igny8.models import CreditAccount, ProviderRequest, Run
from tests.factories import change_settings


def test_month_is_shown_per_stage_and_model_with_the_remaining_cap(client, garden, site):
    day = clock.now().date().isoformat()
    request = {
        "site_id": site,
        "subject_id": 1,
        "sequence": 1,
        "token": "t",
        "breaker_key": "k",
        "day": day,
        "billed_day": day,
        "asked_at": 0.0,
        "requests": 1,
    }
    with write_transaction() as tx:
        run_id = tx.execute(Run.__table__.select()).first().id
        for stage, model, state, money in (
            (4, "large", "answered", 300_000),
            (4, "large", "rejected", 200_000),
            (8, "small", "lost", 40_000),
        ):
            facts = {"run_id": run_id, "stage": stage, "model": model, "state": state}
            facts |= {"name": f"{stage}-{state}", "money": money}
            tx.execute(insert(ProviderRequest), request | facts)
        account = {"site_id": site, "scope": "month", "period": day[:7], "in_flight": 100_000}
        tx.execute(insert(CreditAccount), account | {"billed": 500_000, "maybe_billed": 40_000})
    change_settings(site, cap_month=10_000)
    answer = client.get("/sites/green-garden/settings/spending")
    page = BeautifulSoup(answer.text, "html.parser")
    caps, parts = (
        [[" ".join(td.text.split()) for td in tr.select("td")] for tr in table.select("tbody tr")]
        for table in page.select("main table")
    )
    assert caps == [["This month", "$1.00", "$0.50", "$0.04", "$0.10", "$0.36"]]
    assert parts == [
        ["4 Write", "large", "2", "0", "$0.50", "$0.00"],
        ["Changed parts", "small", "1", "0", "$0.00", "$0.04"],
    ]
    assert client.get("/sites/green-garden/settings/spending?month=2026-13").status_code == 404

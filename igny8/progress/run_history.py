"""Compare earlier runs: what they made, cost and took, predicted and actual; spending."""

from typing import Any

from sqlalchemy import Row, func, select

from igny8 import clock
from igny8.models import CreditEntry, Site
from igny8.models.base import Executor
from igny8.models.price import MICROS_PER_CREDIT
from igny8.progress.lists import history

ledger = CreditEntry.__table__
MAX_CHART_RUNS = 30
CHARTS = (("texts_made", "Articles"), ("money", "Cost"), ("duration_seconds", "Time"))


def charts(site: Row[Any]) -> list[dict[str, Any]]:
    """Return the charts of the last runs, oldest first: articles, cost and time per run.

    Each chart is {key, label, most, bars}; a bar is {run, value, share}, with its share of `most`.
    """
    runs = [run for run in history(site, MAX_CHART_RUNS) if run["status"] != "nothing_to_do"]
    if len(runs) < 2:
        return []
    found = []
    for key, label in CHARTS:
        most = max(run[key] for run in runs)
        bars = [
            {"run": run, "value": run[key], "share": run[key] / most if most else 0.0}
            for run in reversed(runs)
        ]
        if most:
            found.append({"key": key, "label": label, "most": most, "bars": bars})
    return found


def spent_this_month(tx: Executor, site: Row[Any], is_visible: Any) -> dict[str, Any]:
    """Return the cost of this month in credits and millionths, of a site or all visible ones."""
    month = clock.now().astimezone(clock.time_zone(site.time_zone or "UTC"))
    query = select(func.coalesce(func.sum(ledger.c.amount), 0)).where(
        ledger.c.kind == "settle", func.substr(ledger.c.day, 1, 7) == month.strftime("%Y-%m")
    )
    of_site = tx.execute(query.where(ledger.c.site_id == site.id)).scalar_one()
    visible = select(Site.id).where(is_visible)
    of_all = tx.execute(query.where(ledger.c.site_id.in_(visible))).scalar_one()
    sites = tx.execute(select(func.count()).select_from(visible.subquery())).scalar_one()
    return {
        "month": month.strftime("%B"),
        "site": {"credits": of_site, "money": of_site * MICROS_PER_CREDIT},
        "all": {"credits": of_all, "money": of_all * MICROS_PER_CREDIT},
        "sites": sites,
    }

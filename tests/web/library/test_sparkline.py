"""The trend of a keyword is drawn as a line where its file gave figures."""

from bs4 import BeautifulSoup
from sqlalchemy import update

from igny8.extensions import write_transaction
from igny8.models import Keyword
from igny8.web.ui.sparkline import trend_points


def test_highest_figure_touches_the_top_and_zero_the_bottom():
    assert trend_points("2026-01:0,2026-02:50,2026-03:100", 100, 10) == "0.0,9.0 50.0,5.0 100.0,1.0"


def test_trend_without_two_figures_has_no_line():
    assert trend_points("2026-01:40") == trend_points("rising, falling") == trend_points(None) == ""


def test_list_and_page_of_a_keyword_show_its_trend(client, garden):
    with write_transaction() as tx:
        tx.execute(update(Keyword).values(trend="2026-01:10,2026-02:40"))
    list_page = BeautifulSoup(client.get("/sites/green-garden/keywords").text, "html.parser")
    label = "Trend of searches: 2026-01:10,2026-02:40"
    assert {line["aria-label"] for line in list_page.select("td .trend")} == {label}
    page = client.get(list_page.select_one("td a.main")["href"]).text
    assert BeautifulSoup(page, "html.parser").select_one(".trend")["aria-label"] == label

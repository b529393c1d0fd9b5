"""Long lists: paging, filters, sorting, hostile parameters, and changing many at once."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import func, insert, select

from igny8.extensions import db, write_transaction
from igny8.models import Cluster, Idea, Keyword
from igny8.web.ui import selection

SITE = "/sites/green-garden"


@pytest.fixture
def words(site):
    with write_transaction() as tx:
        tx.execute(
            insert(Keyword),
            [
                {
                    "site_id": site,
                    "phrase": f"word {n:03d}",
                    "phrase_key": f"word {n:03d}",
                    "volume": n or None,
                    "difficulty": 100 - n % 100,
                    "intent": "commercial" if n % 2 else "informational",
                }
                for n in range(120)
            ],
        )


def phrases(client, query=""):
    soup = BeautifulSoup(client.get(f"{SITE}/keywords{query}").text, "html.parser")
    return [a.text for a in soup.select("tbody a.main")]


def test_page_has_fifty_rows_most_searched_first(client, words):
    assert phrases(client)[:2] == ["word 119", "word 118"]
    assert len(phrases(client)) == 50


def test_unknown_numbers_sort_last_in_both_directions(client, words):
    assert phrases(client, "?page=3")[-1] == "word 000"
    assert phrases(client, "?dir=asc&page=3")[-1] == "word 000"


def test_pages_together_contain_every_row_once(client, words):
    found = [p for page in (1, 2, 3) for p in phrases(client, f"?sort=difficulty&page={page}")]
    assert len(found) == len(set(found)) == 120


def test_links_keep_the_filters(client, words):
    assert phrases(client, "?q=WORD+01&sort=phrase") == [f"word 01{n}" for n in range(10)]
    soup = BeautifulSoup(client.get(f"{SITE}/keywords?intent=commercial").text, "html.parser")
    assert "intent=commercial" in soup.select_one("a[rel=next]")["href"]
    assert len(phrases(client, "?status=mapped")) == 0


@pytest.mark.parametrize(
    "query",
    [
        "?page=0",
        "?page=-3",
        "?page=999999999",
        "?page=x",
        "?sort=password",
        "?sort=volume;drop",
        "?dir=up",
        "?status='--",
        "?q=%25",
        "?q=_",
        "?q=%00",
        "?q=" + "x" * 5000,
        "?intent=%3Cscript%3E",
    ],
)
@pytest.mark.parametrize("page", ["keywords", "clusters", "ideas", "content", "runs"])
def test_hostile_parameters_are_harmless(client, garden, page, query):
    assert client.get(f"{SITE}/{page}{query}").status_code == 200


def test_wildcards_are_searched_literally(client, words):
    assert phrases(client, "?q=%25") == []


def test_many_keywords_are_disabled_and_enabled_at_once(client, garden):
    client.post(f"{SITE}/keywords/change", data={"ids": ["1", "2", "x", "-1"], "verb": "disable"})
    assert _count(Keyword.disabled.is_(True)) == 2
    client.post(f"{SITE}/keywords/change", data={"ids": ["1"], "verb": "enable"})
    assert _count(Keyword.disabled.is_(True)) == 1


def test_deleting_asks_for_confirmation(client, garden):
    before = _count()
    asked = client.post(f"{SITE}/keywords/change", data={"ids": ["1", "2"], "verb": "delete"})
    assert "Delete 2 keywords?" in asked.text
    assert _count() == before
    client.post(f"{SITE}/keywords/change", data={"ids": ["1", "2"], "verb": "delete", "sure": "1"})
    assert _count() == before - 2


def test_keywords_of_another_site_are_not_touched(client, garden):
    client.post("/sites", data={"name": "Other", "language": "en"})
    client.post("/sites/other/keywords/change", data={"ids": ["1"], "verb": "delete", "sure": "1"})
    client.post("/sites/other/keywords/change", data={"ids": ["2"], "verb": "disable"})
    assert _count(Keyword.disabled.is_(True)) == 0
    assert _count(Keyword.id == 1) == 1


def change(client, page="keywords", **fields):
    return client.post(f"{SITE}/{page}/change", data=fields)


def hidden(page) -> dict:
    """Return what the form of a page would send."""
    soup = BeautifulSoup(page.text, "html.parser")
    return {field["name"]: field["value"] for field in soup.select("main form input[type=hidden]")}


@pytest.mark.parametrize("verb", ["disable", "delete"])
def test_bulk_change_of_filtered_rows_asks_for_confirmation(client, words, verb):
    asked = change(client, all="1", q="WORD 0", intent="commercial", verb=verb)
    assert f"{verb.capitalize()} 50 keywords?" in asked.text
    assert _count() == 120 and _count(Keyword.disabled.is_(True)) == 0
    done = change(client, **hidden(asked))
    assert (
        "q=WORD+0" in done.headers["Location"] and "intent=commercial" in done.headers["Location"]
    )
    assert 120 - _count(Keyword.disabled.is_(False)) == 50
    assert (
        _count(Keyword.disabled.is_(False), Keyword.intent == "commercial", Keyword.volume < 100)
        == 0
    )


def test_rows_added_after_the_confirmation_stay_unchanged(client, site, words):
    asked = change(client, all="1", verb="delete")
    with write_transaction() as tx:
        tx.execute(insert(Keyword), {"site_id": site, "phrase": "late", "phrase_key": "late"})
    change(client, **hidden(asked))
    assert _count() == _count(Keyword.phrase == "late") == 1


def test_bulk_change_runs_in_batches(client, words, monkeypatch):
    monkeypatch.setattr(selection, "BATCH_ROWS", 50)
    change(client, all="1", upto="0", verb="disable", sure="1")
    change(client, all="1", verb="disable", sure="1", status="new")
    assert _count(Keyword.disabled.is_(True)) == 120
    change(client, all="1", verb="enable", sure="1", status="disabled")
    assert _count(Keyword.disabled.is_(True)) == 0


def test_bulk_change_stays_within_its_site(client, words):
    client.post("/sites", data={"name": "Other", "language": "en"})
    client.post(
        "/sites/other/keywords/change",
        data={"all": "1", "verb": "delete", "sure": "1", "upto": "9999"},
    )
    assert _count() == 120


def test_bulk_actions_offer_all_rows_of_several_pages(client, words):
    assert "all 120 keywords, not only on this page" in client.get(f"{SITE}/keywords").text
    assert "matching the filter, not only" not in client.get(f"{SITE}/keywords?q=word+01").text


@pytest.mark.parametrize(("page", "model"), [("clusters", Cluster), ("ideas", Idea)])
def test_bulk_change_of_all_rows_asks_for_confirmation(client, garden, page, model):
    asked = change(client, page, all="1", verb="disable")
    assert f"Disable 4 {page}?" in asked.text
    change(client, page, **hidden(asked))
    assert (
        db.session.execute(select(func.count()).where(model.disabled.is_(True))).scalar_one() == 4
    )


@pytest.mark.parametrize(("page", "model"), [("clusters", Cluster), ("ideas", Idea)])
def test_clusters_and_ideas_are_disabled(client, garden, page, model):
    client.post(f"{SITE}/{page}/change", data={"ids": ["1"], "verb": "disable"})
    assert (
        db.session.execute(select(func.count()).where(model.disabled.is_(True))).scalar_one() == 1
    )


def test_cluster_page_shows_its_figures(client, garden):
    row = BeautifulSoup(client.get(f"{SITE}/clusters").text, "html.parser").select("tbody tr")[-1]
    assert [td.text.strip() for td in row.select("td.r")] == ["3", "2,400", "12", "1"]


def test_items_of_a_run_are_filtered(client, garden):
    soup = BeautifulSoup(
        client.get(f"{SITE}/runs/{'a' * 32}?stage=4&state=failed").text, "html.parser"
    )
    assert len(soup.select("#items tbody tr")) == 1
    assert "It broke." in soup.select_one("#items").text


def _count(*conditions) -> int:
    db.session.rollback()
    return db.session.execute(
        select(func.count()).select_from(Keyword).where(*conditions)
    ).scalar_one()


def test_impressions_are_shown_and_sorted_without_a_volume(client, site):
    with write_transaction() as tx:
        tx.execute(
            insert(Keyword),
            [
                {
                    "site_id": site,
                    "phrase": phrase,
                    "phrase_key": phrase,
                    "volume": volume,
                    "impressions": shown,
                    "clicks": clicks,
                }
                for phrase, volume, shown, clicks in (
                    ("little", 10, 9000, 1),
                    ("much", None, 700, 30),
                    ("none", None, None, None),
                )
            ],
        )
    page = client.get(f"{SITE}/keywords").text
    assert [a.text for a in BeautifulSoup(page, "html.parser").select("tbody a.main")] == [
        "much",
        "little",
        "none",
    ]
    assert "700 impressions, 30 clicks" in page and "9,000" not in page


def a_mapped_cluster(site):
    with write_transaction() as tx:
        tx.execute(
            insert(Cluster).values(id=7, site_id=site, name="roses", slug="roses", status="mapped")
        )
        tx.execute(
            insert(Keyword),
            [
                {
                    "id": 70 + at,
                    "site_id": site,
                    "phrase": text,
                    "phrase_key": text,
                    "cluster_id": 7,
                    "status": "mapped",
                    "impressions": 50,
                }
                for at, text in enumerate(("rose care", "rose soil", "rose pests"))
            ],
        )
        tx.execute(
            insert(Idea).values(
                site_id=site,
                cluster_id=7,
                primary_keyword_id=70,
                primary_phrase="rose care",
                fingerprint="f",
                title="Rose Care: A Guide",
                title_key="rose care",
                slug="rose-care",
                meta_description="",
                format="guide",
                intent="informational",
                angle="",
                target_words=900,
                outline=[],
                secondary=[{"key": 71, "text": "rose soil"}],
            )
        )


def test_cluster_names_keywords_without_an_idea(client, site):
    a_mapped_cluster(site)
    page = BeautifulSoup(client.get(f"{SITE}/clusters/7").text, "html.parser")
    rows = {row.a.text: row("td")[-1].text.strip() for row in page.select("tbody tr")}
    assert rows == {
        "rose care": "Rose Care: A Guide",
        "rose soil": "Rose Care: A Guide",
        "rose pests": "not covered",
    }
    assert "150 impressions" in page.text and "Plan more ideas" in page.text
    assert "press “Plan more ideas”" in client.get(f"{SITE}/keywords/72").text
    assert "Rose Care: A Guide" in client.get(f"{SITE}/keywords/71").text


def test_planning_more_ideas_requeues_a_cluster(client, site):
    a_mapped_cluster(site)
    client.post(f"{SITE}/clusters/change", data={"verb": "plan", "ids": "7"})
    assert db.session.execute(select(Cluster.status).where(Cluster.id == 7)).scalar() == "new"
    assert "1 keyword is not covered yet" in client.get(f"{SITE}/clusters/7").text

"""What the pages of a website cover is found on this machine, and covered ideas wait for people."""

from sqlalchemy import insert, select, update

from igny8.engine.inventory.coverage import compare
from igny8.engine.runs import start_run
from igny8.engine.work.tools import load_builtin_provider
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Cluster, Coverage, GateDecision, Idea, Keyword, SitePage, SiteReading
from igny8.models.coverage import IDEA, KEYWORD
from igny8.models.site_page import ListedAddress
from igny8.providers.base import UNRECORDED
from igny8.stages import s3_plan
from tests.fakes import FakeProvider

PAGES = {
    "/raised-beds": "Raised beds | Green Garden",
    "/prune": "How to prune tomatoes | Green Garden",
    "/bins": "Best compost bins | Green Garden",
}


def make_pages(site, pages=PAGES) -> None:
    with write_transaction() as tx:
        reading = SiteReading.queue(tx, site.id, url="https://example.com/")
        SitePage.enlist(
            tx,
            site.id,
            reading,
            [ListedAddress(f"https://example.com{path}", "", None) for path in pages],
            99,
        )
        for path, title in pages.items():
            address = f"https://example.com{path}"
            SitePage.store(tx, site.id, address, title=title, state="read", counts=True)
        tx.execute(update(SiteReading).values(state="done"))


def make_idea(site, phrase: str) -> int:
    with write_transaction() as tx:
        insert_one = lambda table, **values: tx.execute(  # noqa: E731
            insert(table).values(site_id=site.id, **values).returning(table.id)
        ).scalar_one()
        words = insert_one(Keyword, phrase=phrase, phrase_key=phrase)
        group = insert_one(
            Cluster, name=phrase, slug=phrase.replace(" ", "-"), intent="", pillar=""
        )
        return insert_one(
            Idea,
            cluster_id=group,
            primary_keyword_id=words,
            primary_phrase=phrase,
            fingerprint=phrase[:40],
            title=phrase,
            title_key=phrase,
            slug=phrase.replace(" ", "-"),
            meta_description="",
            format="guide",
            intent="",
            angle="",
            target_words=900,
            secondary=[],
            outline=[],
        )


def waiting(site) -> set:
    with read_transaction() as tx:
        return set(tx.execute(s3_plan.waiting_query(site.id, None)).scalars())


def compare_all(site) -> None:
    found = compare(load_builtin_provider(), site.id, lambda share: None)
    with write_transaction() as tx:
        Coverage.replace(tx, site.id, found)


def test_covered_idea_waits_with_its_reason_until_it_is_approved(site):
    make_pages(site)
    beds, lawn = make_idea(site, "raised beds"), make_idea(site, "lawn mower repair")
    near = make_idea(site, "raised garden beds")
    compare_all(site)
    assert waiting(site) == {lawn, near}
    with read_transaction() as tx:
        reason = tx.execute(select(Idea.covered).where(Idea.id == beds)).scalar_one()
        verdicts = [
            Coverage.of_subjects(tx, IDEA, [each])[each].verdict for each in (beds, near, lawn)
        ]
        assert Coverage.counts(tx, site.id) == {"covered": 1, "near": 1, "free": 1}
    assert reason == "Your page /raised-beds covers this (1.00)."
    assert verdicts == ["covered", "near", "free"]
    with write_transaction() as tx:
        GateDecision.record(tx, site.id, 3, [beds], "approved", "anna")
    assert waiting(site) == {beds, lawn, near}


def test_idea_planned_after_the_comparison_waits_if_its_keyword_is_covered(site):
    make_pages(site)
    beds = make_idea(site, "raised beds")
    compare_all(site)
    with write_transaction() as tx:
        tx.execute(update(Idea).values(covered=""))
        Coverage.hold_covered(tx, site.id, [beds])
    assert waiting(site) == set()


def test_missing_page_covers_nothing(site):
    make_pages(site)
    beds = make_idea(site, "raised beds")
    compare_all(site)
    with write_transaction() as tx:
        tx.execute(update(SitePage).values(counts=False, state="gone"))
    compare_all(site)
    assert waiting(site) == {beds}
    with read_transaction() as tx:
        assert Coverage.of_subjects(tx, KEYWORD, [1]) == {}


class Asked(FakeProvider):
    """Keeps the links of each assignment."""

    def __init__(self):
        super().__init__()
        self.links = []

    def write(self, assignment, sender=UNRECORDED):
        self.links += [link for link in assignment.links if link.role == "live"]
        return super().write(assignment, sender)


def linked_pages(site, drain) -> list:
    """Return the live pages that the texts of a run over “raised bed ideas” are to link to."""
    with write_transaction() as tx:
        tx.execute(
            insert(Keyword).values(
                site_id=site.id, phrase="raised bed ideas", phrase_key="raised bed ideas"
            )
        )
    compare_all(site)
    start_run.start_run(site.id)
    asked = Asked()
    drain(asked)
    return asked.links


def test_articles_link_to_the_most_similar_live_pages(site, drain):
    make_pages(site)
    links = linked_pages(site, drain)
    assert {(link.address, link.near) for link in links} == {
        ("https://example.com/raised-beds", "raised bed ideas")
    }
    assert all(link.title == PAGES["/raised-beds"] and link.score > 0.5 for link in links)


def test_articles_do_not_link_to_excluded_pages(site, drain):
    make_pages(site)
    with write_transaction() as tx:
        tx.execute(update(SitePage).values(counts=False))
    assert linked_pages(site, drain) == []

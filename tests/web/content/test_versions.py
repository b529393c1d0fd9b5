"""Versions of a text are kept, compared and restored; a part is changed only when accepted."""

import pytest
from bs4 import BeautifulSoup
from sqlalchemy import select, update

from igny8.article_parts import split_parts
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, ContentVersion, PartChange, Run
from tests.factories import change_settings
from tests.web.content.test_edit import EDIT, GOOD, seen, stored  # noqa: F401 - seen is a fixture

PAGE = "/sites/green-garden/review/1/versions"


def versions():
    with read_transaction() as tx:
        return tx.execute(select(ContentVersion.__table__)).all()


def changes():
    with read_transaction() as tx:
        return tx.execute(select(PartChange.__table__)).all()


@pytest.fixture
def asked(client, garden, site):
    """Return the number of a part for which a proposal is stored."""
    change_settings(site, providers={"write": {"provider": "demonstration"}})
    with write_transaction() as tx:
        tx.execute(update(Content).values(run_id=select(Run.id).limit(1).scalar_subquery()))
    part = next(part for part in split_parts(stored().html) if part.heading)
    data = {"part": part.number, "wish": "shorter"}
    for _ in range(2):  # a double click
        assert client.post(f"{PAGE}/changes", data=data).status_code == 303
    after = "<h2>When</h2><p>Eight <b>weeks</b> before.</p>"
    with write_transaction() as tx:
        tx.execute(update(PartChange).values(state="proposed", after=after, model="small"))
    return part.number


def test_edit_keeps_the_version_before_and_restore_brings_it_back(client, seen):  # noqa: F811
    before = stored()
    client.post(EDIT, data=GOOD | seen)
    [kept] = versions()
    assert (kept.number, kept.kind, kept.html) == (1, "machine", before.html)
    page = BeautifulSoup(client.get(f"{PAGE}?compare=1").text, "html.parser")
    assert "Eight weeks before." in [ins.text for ins in page.select("#comparison .diff ins")]
    assert client.post(f"{PAGE}/1/restore").status_code == 303
    assert (stored().html, stored().title) == (before.html, before.title)
    assert [(v.number, v.kind) for v in versions()] == [(1, "machine"), (2, "person")]
    assert (stored().version, stored().version_kind) == (3, "restored")


def test_proposal_is_shown_as_a_difference_and_replaces_only_its_part(client, asked):
    [change] = changes()
    page = BeautifulSoup(client.get(PAGE).text, "html.parser")
    assert page.select(f"#part-{asked} del") and page.select(f"#part-{asked} ins")
    before = split_parts(stored().html)
    assert client.post(f"{PAGE}/changes/{change.id}/accept").status_code == 303
    after = split_parts(stored().html)
    assert [p.html for p in after if p.number != asked] == [
        p.html for p in before if p.number != asked
    ]
    assert "Eight" in after[asked].text and stored().version_kind == "rewrite"
    assert [v.kind for v in versions()] == ["machine"]
    assert client.post(f"{PAGE}/changes/{change.id}/accept").status_code == 409


def test_proposal_does_not_overwrite_a_persons_edit(client, asked):
    [change] = changes()
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == 1).values(html="<h2>Mine</h2><p>Words</p>"))
    answer = client.post(f"{PAGE}/changes/{change.id}/accept")
    assert answer.status_code == 409 and "changed in the meantime" in answer.text
    assert stored().html == "<h2>Mine</h2><p>Words</p>"
    client.post(f"{PAGE}/changes/{change.id}/drop")
    assert changes()[0].state == "dropped"


def test_failed_check_that_names_a_place_offers_to_fix_that_part(client, asked):
    part = split_parts(stored().html)[asked]
    checks = [
        {"ok": False, "kind": "slug", "text": "No keyword in the address."},
        {"ok": False, "kind": "stock_phrases", "text": f"A phrase below “{part.heading}”: “x y”."},
    ]
    with write_transaction() as tx:
        tx.execute(update(PartChange).values(state="dropped"))
        tx.execute(update(Content).where(Content.id == 1).values(checks=checks, model="small"))
    page = BeautifulSoup(client.get("/sites/green-garden/review/1").text, "html.parser")
    assert [button["value"] for button in page.select("button[name=check]")] == ["1"]
    client.post(f"{PAGE}/changes", data={"check": "1"})
    assert (changes()[-1].part, changes()[-1].wish) == (asked, f"Mend this: {checks[1]['text']}")
    assert client.post(f"{PAGE}/changes", data={"check": "0"}).status_code == 409


CITED = [{"title": "Log", "address": "", "passages": ["Prices rose by 12 percent in 2024."]}]
CITING = "<p>Prices rose by 12 percent in 2024<sup>&#91;1]</sup>. Sales rose by 5 percent.</p>"


def test_claims_show_their_passage_and_restoring_brings_the_citations_back(
    client,
    seen,  # noqa: F811
):
    with write_transaction() as tx:
        values = {"html": CITING, "citations": CITED, "kind": "article"}
        tx.execute(update(Content).where(Content.id == 1).values(**values))
    page = BeautifulSoup(client.get("/sites/green-garden/review/1").text, "html.parser")
    assert [quote.get_text() for quote in page.select("details.why q")] == [CITED[0]["passages"][0]]
    claims = [line.get_text() for line in page.select(".why") if "the opening" in line.get_text()]
    assert ["in a source" in claims[0], "unsourced" in claims[1]] == [True, True]
    with write_transaction() as tx:
        ContentVersion.keep(tx, Content.id == 1)
        values = {"html": "<p>New words.</p>", "citations": [], "version": Content.version + 1}
        tx.execute(update(Content).where(Content.id == 1).values(**values))
    assert client.post(f"{PAGE}/1/restore").status_code == 303
    assert (stored().html, stored().citations) == (CITING, CITED)
    kinds = {check["kind"]: check["ok"] for check in stored().checks}
    assert kinds["citations"] and not kinds["unsourced_claims"]


def test_page_polls_only_while_a_model_works(client, asked):
    assert "hx-trigger" not in client.get(f"{PAGE}/changes").text
    with write_transaction() as tx:
        tx.execute(update(PartChange).values(state="queued", after=""))
    assert "hx-trigger" in client.get(f"{PAGE}/changes").text

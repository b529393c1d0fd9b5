"""A reviewer changes a text that waits: what is kept, what is cleaned, and what is looked at again."""

import re

import pytest
from sqlalchemy import select, update

from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Image, Site, SiteSettings

EDIT = "/sites/green-garden/review/1/edit"
GOOD = {
    "title": "How to start seeds",
    "meta_title": "How to start seeds indoors",
    "meta_description": "Begin early.",
    "excerpt": "Soon.",
    "html": "<h2>When</h2><p>Eight weeks before.</p>",
}


@pytest.fixture
def seen(client, garden):
    """Return what the form says of the text that it was opened with."""
    return {"seen": re.search(r'name="seen" value="([\w-]+)"', client.get(EDIT).text).group(1)}


def stored():
    with read_transaction() as tx:
        return tx.execute(select(Content.__table__).where(Content.id == 1)).one()


def test_edit_form_contains_the_text(client, garden):
    page = client.get(EDIT).text
    assert (
        "Count back from your last frost date" in page
        and 'value="How to start seeds indoors in winter"' in page
    )


def test_edit_is_stored_with_its_author(client, seen):
    assert client.post(EDIT, data=GOOD | seen).status_code == 303
    row = stored()
    assert (row.title, row.html, row.words, row.headings) == (
        GOOD["title"],
        GOOD["html"],
        4,
        ["When"],
    )
    assert (
        row.edited_by == "owner" and "Edited by" in client.get("/sites/green-garden/review/1").text
    )


def test_edited_html_is_sanitised(client, seen):
    client.post(
        EDIT,
        data=GOOD | seen | {"html": '<p onclick="x()" class="a">Text<script>alert(1)</script></p>'},
    )
    assert stored().html == "<p>Text</p>"


def test_edited_article_is_checked_again(client, seen):
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == 1).values(kind="article"))
    client.post(EDIT, data=GOOD | seen)
    assert "4 words of 1,200 planned. Lengthen it to 900." in [
        check["text"] for check in stored().checks
    ]


def test_checks_know_the_language_and_the_facts_of_the_site(client, garden):
    with write_transaction() as tx:
        tx.execute(update(Site).values(language="de"))
        tx.execute(update(SiteSettings).values(knowledge="Die Preise sind 2024 um 20 % gesunken."))
        tx.execute(update(Content).where(Content.id == 1).values(kind="article"))
    seen = re.search(r'name="seen" value="([\w-]+)"', client.get(EDIT).text).group(1)
    html = (
        "<h2>Wann</h2><p>Die Preise sind 2024 um 20 % gesunken, und das ist gut für den Garten.</p>"
    )
    client.post(EDIT, data={**GOOD, "html": html, "seen": seen})
    failing = {check["kind"] for check in stored().checks if not check["ok"]}
    assert not {"language", "unsourced_claims"} & failing


def test_edited_meta_texts_of_a_brief_are_checked_again(client, seen):
    old = [{"ok": True, "text": f"old {n}"} for n in range(6)]
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == 1).values(checks=old))
    client.post(EDIT, data=GOOD | seen)
    assert [check["text"] for check in stored().checks][::5] == [
        "Title 18 characters. Lengthen it to 40–60.",
        "old 5",
    ]


@pytest.mark.parametrize("wrong", [{"title": " "}, {"html": "<p> </p>"}, {"meta_title": "x" * 201}])
def test_failed_save_is_reported_and_input_is_kept(client, seen, wrong):
    answer = client.post(EDIT, data=GOOD | seen | {"excerpt": "My own words"} | wrong)
    assert answer.status_code == 422 and "My own words" in answer.text and stored().edited_by == ""


def test_concurrent_edit_is_not_overwritten(client, seen):
    assert client.post(EDIT, data=GOOD | seen).status_code == 303
    late = client.post(EDIT, data=GOOD | seen | {"title": "My late title"})
    assert (
        late.status_code == 409 and "My late title" in late.text and stored().title == GOOD["title"]
    )
    again = {"seen": re.search(r'name="seen" value="([\w-]+)"', late.text).group(1)}
    assert client.post(EDIT, data=GOOD | again | {"title": "My late title"}).status_code == 303
    assert stored().title == "My late title"


def test_concurrent_edits_of_different_fields_are_merged(client, seen):
    before = {name: getattr(stored(), name) for name in GOOD}
    assert client.post(EDIT, data=before | seen | {"excerpt": "Theirs"}).status_code == 303
    assert client.post(EDIT, data=before | seen | {"meta_description": "Mine"}).status_code == 303
    assert (stored().excerpt, stored().meta_description) == ("Theirs", "Mine")


def test_concurrent_edits_of_one_field_show_both_versions(client, seen):
    before = {name: getattr(stored(), name) for name in GOOD}
    client.post(EDIT, data=before | seen | {"excerpt": "Theirs", "meta_title": "Also theirs"})
    late = client.post(EDIT, data=before | seen | {"excerpt": "Mine"})
    assert (
        late.status_code == 409
        and "replace their version: Theirs" in late.text
        and ">Mine</textarea>" in late.text
    )
    assert 'value="Also theirs"' in late.text


def test_decision_during_editing_keeps_the_typed_text(client, seen):
    client.post("/sites/green-garden/review/1/approve")
    assert client.get(EDIT).status_code == 404
    answer = client.post(EDIT, data=GOOD | seen | {"excerpt": "My own words"})
    assert answer.status_code == 409 and "My own words" in answer.text and stored().edited_by == ""


@pytest.mark.parametrize("search", ["How to start seeds indoors in winter", "Seeds, early"])
def test_new_title_becomes_an_unedited_meta_title(client, seen, search):
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == 1).values(meta_title=search))
    seen["seen"] = re.search(r'name="seen" value="([\w-]+)"', client.get(EDIT).text).group(1)
    client.post(EDIT, data=GOOD | seen | {"meta_title": search})
    assert stored().meta_title == (search if search == "Seeds, early" else GOOD["title"])
    assert (
        f"<title>{stored().meta_title}</title>"
        in client.get("/sites/green-garden/content/1/download.html").text
    )


def test_brief_table_shows_the_edited_title(client, seen):
    table = "<table><tbody><tr><th>Title</th><td>{}</td><td>{} characters</td></tr></tbody></table>"
    client.post(
        EDIT, data=GOOD | seen | {"html": table.format("How to start seeds indoors in winter", 36)}
    )
    assert stored().html == table.format("How to start seeds", 18)


def test_row_added_to_the_table_by_a_reviewer_stays(client, seen):
    table = (
        "<table><tbody><tr><th>Title</th><td>My own words</td><td>long</td></tr></tbody></table>"
    )
    client.post(EDIT, data=GOOD | seen | {"html": table})
    assert stored().html == table


@pytest.fixture
def cards(app, garden):
    """Return a function that gives heading, path and bytes of the first text's image at a position; the built-in
    engine drew them all.
    """
    with write_transaction() as tx:
        tx.execute(update(Image).values(provider="built-in"))

    def read(position=0):
        with read_transaction() as tx:
            row = tx.execute(
                select(Image.__table__).where(Image.content_id == 1, Image.position == position)
            ).one()
        return row.heading, row.path, (app.config["SETTINGS"].images / row.path).read_bytes()

    return read


def test_title_card_shows_the_new_title(client, seen, cards, app):
    before, section = cards(), cards(1)
    client.post(EDIT, data=GOOD | seen)
    heading, path, data = cards()
    assert heading == GOOD["title"] and data[8:12] == b"WEBP" and data != before[2]
    assert not (app.config["SETTINGS"].images / before[1]).exists() and cards(1) == section


@pytest.mark.parametrize(
    "values", [{"provider": "a model"}, {"heading": "Seeds"}, {"status": "failed"}]
)
def test_image_without_the_title_stays(client, seen, cards, values):
    with write_transaction() as tx:
        tx.execute(update(Image).where(Image.content_id == 1).values(**values))
    before = cards()
    client.post(EDIT, data=GOOD | seen)
    assert stored().title == GOOD["title"] and cards() == before


def test_failed_title_card_is_reported_and_the_text_is_kept(client, seen, cards, app):
    folder = app.config["SETTINGS"].images / "1" / "1"
    before = cards()
    folder.rename(folder.with_name("away"))
    folder.write_text("no folder")
    answer = client.post(EDIT, data=GOOD | seen, follow_redirects=True)
    assert "The title card could not be redrawn and shows the old title" in answer.text
    folder.unlink()
    folder.with_name("away").rename(folder)
    assert stored().title == GOOD["title"] and cards() == before


def test_decision_during_editing_keeps_the_title_card(client, seen, cards, app, monkeypatch):
    before = cards()
    monkeypatch.setattr("igny8.models.Content.edit", lambda *_, **__: False)
    assert client.post(EDIT, data=GOOD | seen).status_code == 409
    assert (
        cards() == before and len(list((app.config["SETTINGS"].images / "1" / "1").iterdir())) == 2
    )

"""A field of a keyword is shown wherever its declaration says, without another change."""

from dataclasses import replace
from io import BytesIO

import pytest
from sqlalchemy import update

from igny8 import keyword_fields
from igny8.extensions import write_transaction
from igny8.models import Keyword

PLACES = {"in_preview": True, "in_list": True, "in_api": True, "on_page": True}
FILE = b"Keyword,Volume,Labels\nraised bed,100,patience\n"


@pytest.fixture
def shown_everywhere(monkeypatch, garden):
    """Declare a field of the page for the list, the API and the preview too, under a new label."""
    tags = replace(keyword_fields.BY_NAME["tags"], label="Made-up label", **PLACES)
    others = [field for field in keyword_fields.FIELDS if field.name != "tags"]
    monkeypatch.setattr(keyword_fields, "FIELDS", (*others, tags))
    with write_transaction() as tx:
        tx.execute(update(Keyword).values(tags="patience"))


def test_declared_field_is_in_list_page_and_api(client, shown_everywhere):
    for path in ("keywords", "keywords/1"):
        page = client.get(f"/sites/green-garden/{path}").text
        assert "Made-up label" in page and "patience" in page
    [first, *_] = client.get("/api/v1/keywords/?site_id=green-garden").json["keywords"]
    assert first["tags"] == "patience"


def test_declared_field_is_in_the_preview_of_an_import(client, shown_everywhere):
    answer = client.post(
        "/sites/green-garden/import",
        data={"file": (BytesIO(FILE), "keywords.csv")},
        follow_redirects=True,
    )
    head = answer.text.partition("First rows</h2>")[2].partition("</table>")[0]
    assert "Made-up label" in head and "patience" in head

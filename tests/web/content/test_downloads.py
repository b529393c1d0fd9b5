"""Texts taken along: one, or all that are approved."""

import io
import zipfile

import pytest

SITE = "/sites/green-garden"


def names(answer) -> list[str]:
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return archive.namelist()


@pytest.mark.parametrize(
    ("kind", "mime"), [("md", "text/markdown"), ("html", "text/html"), ("zip", "application/zip")]
)
def test_article_is_downloaded_under_its_own_name(client, garden, kind, mime):
    answer = client.get(f"{SITE}/content/1/download.{kind}")
    assert (answer.status_code, answer.mimetype) == (200, mime)
    assert (
        "attachment" in answer.headers["Content-Disposition"]
        and f".{kind}" in answer.headers["Content-Disposition"]
    )


def test_article_of_another_site_is_not_found(client, garden):
    client.post("/sites", data={"name": "Other", "language": "en"})
    assert client.get("/sites/other/content/1/download.md").status_code == 404


def test_approved_articles_are_downloaded_together(client, garden):
    assert client.get(f"{SITE}/content/approved-1.zip").status_code in (200, 404)
    before = client.get(f"{SITE}/content/approved-1.zip")
    count = len([n for n in names(before) if n.endswith(".md")]) if before.status_code == 200 else 0
    client.post(f"{SITE}/review/1/approve")
    client.post(f"{SITE}/review/2/approve")
    found = names(client.get(f"{SITE}/content/approved-1.zip"))
    assert len([n for n in found if n.endswith(".md")]) == count + 2
    assert any("/images/" in n for n in found)
    assert client.get(f"{SITE}/content/approved-2.zip").status_code == 404
    assert "Download approved articles" in " ".join(client.get(f"{SITE}/content").text.split())

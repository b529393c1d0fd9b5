"""Texts as files: what stands in them, and what hostile names and texts cannot do."""

import io
import json
import zipfile

from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from igny8.publishing import Image, Text, file_name, to_html, to_markdown, to_one_file, write_zip

HTML = (
    '<p>First <strong>words</strong>.</p><h2>When to begin</h2><p>In <a href="/spring">spring</a>.</p>'
    "<ul><li>one</li><li>two</li></ul><table><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td></tr>"
    "</tbody></table>"
)


def a_text(**more) -> Text:
    return Text(
        **{
            "kind": "brief",
            "title": "How to *start* seeds",
            "slug": "start-seeds",
            "meta_title": "Start & go",
            "meta_description": 'Say "when"',
            "excerpt": "",
            "html": HTML,
            "language": "en",
            "keyword": "start seeds",
            "keywords": ("seeds: indoors",),
        }
        | more
    )


def test_page_renders_standalone():
    soup = BeautifulSoup(to_html(a_text()), "html.parser")
    assert (soup.html["lang"], soup.title.text, soup.h1.text) == (
        "en",
        "Start & go",
        "How to *start* seeds",
    )
    assert soup.select_one("meta[name=description]")["content"] == 'Say "when"'


def test_one_file_embeds_existing_images_only(tmp_path):
    (tmp_path / "f.webp").write_bytes(b"image")
    soup = BeautifulSoup(
        to_one_file(
            a_text(
                kind="article",
                images=(
                    Image("f.webp", str(tmp_path / "f.webp"), "The start"),
                    Image("gone.webp", "/gone.webp", "Gone"),
                ),
            )
        ),
        "html.parser",
    )
    assert [image["src"] for image in soup("img")] == ["data:image/webp;base64,aW1hZ2U="]
    assert "images/" not in str(soup)


def test_markdown_has_front_matter_headings_links_lists_and_tables():
    front, body = to_markdown(a_text()).split("\n---\n", 1)
    told = {
        name: json.loads(value)
        for name, value in (line.split(": ", 1) for line in front.splitlines()[1:])
    }
    assert told["keywords"] == ["seeds: indoors"]
    for part in (
        r"# How to \*start\* seeds",
        "## When to begin",
        "[spring](/spring)",
        "- one",
        "| a |",
        "**words**",
    ):
        assert part in body


def test_exported_images_are_placed_below_their_headings(tmp_path):
    for name in ("f.webp", "s.webp"):
        (tmp_path / name).write_bytes(b"image")
    images = (
        Image("f.webp", str(tmp_path / "f.webp"), "The start"),
        Image("s.webp", str(tmp_path / "s.webp"), "A calendar", "When to begin"),
        Image("gone.webp", str(tmp_path / "gone.webp"), "Gone", "When to begin"),
    )
    target = io.BytesIO()
    assert write_zip([a_text(images=images)] * 2, target) == 2
    with zipfile.ZipFile(target) as archive:
        assert sorted(archive.namelist())[:4] == [
            "start-seeds-2/images/f.webp",
            "start-seeds-2/images/s.webp",
            "start-seeds-2/start-seeds-2.html",
            "start-seeds-2/start-seeds-2.md",
        ]
        soup = BeautifulSoup(archive.read("start-seeds/start-seeds.html"), "html.parser")
    assert [i["alt"] for i in soup.select("img")] == ["The start", "A calendar"]
    assert soup.select_one("h2 + p > img")["src"] == "images/s.webp"


@given(st.text())
def test_file_names_contain_no_path(name):
    made = file_name(name)
    assert (
        made
        and "/" not in made
        and "\\" not in made
        and not made.startswith(".")
        and "\x00" not in made
    )


@given(st.text(max_size=60))
def test_titles_are_escaped_everywhere(title):
    text = a_text(title=title, meta_title=title, excerpt=title, slug=title)
    soup = BeautifulSoup(to_html(text), "html.parser")
    assert len(soup.find_all("h1")) == 1 and not soup.find_all("script")
    front = to_markdown(text).split("\n---\n", 1)[0].splitlines()
    assert front[0] == "---" and all(
        json.loads(line.split(": ", 1)[1]) is not None for line in front[1:]
    )


def test_structured_data_is_escaped():
    page = to_html(
        a_text(kind="article", title='Seeds </script><script>alert(1)</script> & "more"')
    )
    soup = BeautifulSoup(page, "html.parser")
    [data] = soup.select('script[type="application/ld+json"]')
    told = json.loads(data.text)
    assert (told["@type"], told["inLanguage"]) == ("Article", "en") and told["headline"].startswith(
        "Seeds </script>"
    )
    assert len(soup.find_all("script")) == 1
    assert "ld+json" not in to_html(a_text()), "a brief is no article"


def test_structured_data_names_author_and_dates_and_what_kind_of_page_it_is():
    text = a_text(kind="article", site_name="Green garden", published_at="2026-11-24T08:00:00")
    (element,) = BeautifulSoup(to_html(text), "html.parser").select("script")
    told = json.loads(element.string)
    assert (told["@type"], told["datePublished"]) == ("Article", "2026-11-24T08:00:00")
    assert told["author"] == {"@type": "Organization", "name": "Green garden"}
    html = "<h2>When to prune?</h2><p>In winter.</p><h2>How?</h2><ol><li>Look</li><li>Cut</li></ol>"
    (element,) = BeautifulSoup(
        to_html(a_text(kind="article", format="how-to", html=html)), "html.parser"
    ).select("script")
    parts = {part["@type"]: part for part in json.loads(element.string)["@graph"]}
    assert set(parts) == {"Article", "FAQPage", "HowTo"}
    assert parts["FAQPage"]["mainEntity"][0]["acceptedAnswer"]["text"] == "In winter."
    assert [step["text"] for step in parts["HowTo"]["step"]] == ["Look", "Cut"]

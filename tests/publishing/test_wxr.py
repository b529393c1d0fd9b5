"""WordPress import files: numbers of posts, and which images are imported and which are shown."""

import re
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

from igny8.publishing.base import Image, Text
from igny8.publishing.site_files import FORMATS, FileInfo
from igny8.publishing.wxr import Post, document, merged

WP = "{http://wordpress.org/export/1.2/}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
POST = Post(
    title="Seeds",
    slug="seeds",
    html="<p>x</p>",
    excerpt="",
    date=datetime(2026, 11, 24, 8, 30, tzinfo=UTC),
    is_draft=False,
    category="",
    tags=(),
    marker="ab12cd0000000001",
    url="",
    language="en",
    images=(("https://a.example/one.webp", "One"), ("https://a.example/two.webp", "Two")),
    has_featured=True,
)
TEXT = Text(
    kind="article",
    title="Seeds",
    slug="seeds",
    meta_title="Seeds in winter",
    meta_description="How to.",
    excerpt="",
    html="<h2>Begin</h2><p>x</p>",
    language="en",
    keyword="start seeds",
    keywords=("seed tray", "start seeds", "lamp", "pot", "peat", "heat mat"),
    images=(Image("one.webp", "", "One"), Image("two.webp", "", "Two", "Begin")),
)


def items_of(text: str) -> list[ElementTree.Element]:
    return ElementTree.fromstring(text).findall("channel/item")


def value(item, name: str) -> str:
    return item.findtext(WP + name) or ""


def meta_of(item) -> dict[str, str]:
    return {
        value(each, "meta_key"): value(each, "meta_value") for each in item.iter(f"{WP}postmeta")
    }


def rendered(base: str) -> tuple[list, ElementTree.Element]:
    """Return the attachments and the post of a text whose images have addresses below `base`."""
    info = FileInfo(
        marker="ab12cd0000000001",
        version="0" * 64,
        date=datetime(2026, 11, 24, 23, 30, tzinfo=UTC),
        is_draft=False,
        topic="Beds",
        url="",
        image_url=lambda image: f"{base}/{image.file_name}",
        image_base=base,
        zone="Australia/Sydney",
    )
    *attachments, post = items_of(FORMATS["wxr"].render(TEXT, info))
    return attachments, post


def test_merged_files_give_no_number_twice():
    posts = [replace(POST, slug=f"s{n}", marker=f"ab12cd000000000{n}") for n in range(3)]
    items = items_of(merged([document(post) for post in posts]))
    numbers = [value(item, "post_id") for item in items]
    assert len(set(numbers)) == 9
    for at in range(0, 9, 3):
        first, second, post = items[at : at + 3]
        number = value(post, "post_id")
        assert (value(post, "post_type"), value(post, "post_parent")) == ("post", "0")
        assert {value(first, "post_parent"), value(second, "post_parent")} == {number}
        assert meta_of(post)["_thumbnail_id"] == value(first, "post_id")


def test_merging_changes_nothing_where_all_numbers_differ():
    other = document(replace(POST, marker="ab12ce0000000001"))
    assert items_of(merged([other]))[0][0].text == items_of(other)[0][0].text
    found = re.findall(r"<item>.*?</item>\n", document(POST) + other, re.DOTALL)
    assert "".join(found) in merged([document(POST), other])


def test_images_with_whole_addresses_are_imported_and_the_featured_one_is_shown_once():
    attachments, post = rendered("https://a.example/media")
    assert [value(each, "attachment_url") for each in attachments] == [
        "https://a.example/media/one.webp",
        "https://a.example/media/two.webp",
    ]
    shown = re.findall(r'src="([^"]*)"', post.findtext(CONTENT))
    assert shown == ["https://a.example/media/two.webp"]
    assert meta_of(post)["_thumbnail_id"] == value(attachments[0], "post_id")


def test_images_with_addresses_on_the_site_are_shown_and_not_imported():
    attachments, post = rendered("/media")
    assert attachments == [] and "_thumbnail_id" not in meta_of(post)
    shown = re.findall(r'src="([^"]*)"', post.findtext(CONTENT))
    assert shown == ["/media/one.webp", "/media/two.webp"]


def test_images_without_addresses_are_left_out():
    attachments, post = rendered("")
    assert attachments == [] and "<img" not in post.findtext(CONTENT)


def test_post_has_search_fields_tags_and_the_time_of_its_site():
    _, post = rendered("")
    assert meta_of(post) == {
        "_yoast_wpseo_title": "Seeds in winter",
        "_yoast_wpseo_metadesc": "How to.",
        "_yoast_wpseo_focuskw": "start seeds",
        "rank_math_title": "Seeds in winter",
        "rank_math_description": "How to.",
        "rank_math_focus_keyword": "start seeds",
    }
    tags = [each.text for each in post.iter("category") if each.get("domain") == "post_tag"]
    assert tags == ["start seeds", "seed tray", "lamp", "pot", "peat"]
    assert value(post, "post_date") == "2026-11-25 10:30:00"
    assert value(post, "post_date_gmt") == "2026-11-24 23:30:00"

"""Import files have the elements that WordPress writes itself, and it takes their posts whole."""

import html
import json
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import pytest
from PIL import Image as Picture

from igny8.publishing.wxr import Post, document
from tests.publishing.http_server import Reply, serving
from tests.wordpress.tables import read_tables

HERE = Path(__file__).parent
EXPORT = (
    "ob_start(); require_once ABSPATH . 'wp-admin/includes/export.php'; "
    "export_wp(['content' => 'all']); return ob_get_clean();"
)


@pytest.fixture
def images(tmp_path):
    """Yield the address of a folder of images on the web."""
    Picture.new("RGB", (64, 36), "olive").save(tmp_path / "a.webp", "WEBP")
    data = (tmp_path / "a.webp").read_bytes()
    with serving(lambda request: Reply(200, data, {"content-type": "image/webp"})) as url:
        yield url


@pytest.fixture
def post(images) -> Post:
    """Return a post with difficult texts and two images, as WordPress in Berlin is to have it."""
    return Post(
        title="Seeds & “trays” ]]> <b> &lt; C:\\a",
        slug="imported-seeds",
        html="<h2>A ]]&gt; b</h2>\n<p>x &amp; y ü 漢字</p>\n<!-- igny8:ab12cd:0123 -->",
        excerpt="Soon & “well”.",
        date=datetime(2026, 11, 24, 9, 30, tzinfo=ZoneInfo("Europe/Berlin")),
        is_draft=False,
        category="Beds & borders",
        tags=("raised beds", "Größe"),
        marker="ab12cd34",
        url="https://a.example/imported-seeds/",
        language="en",
        images=((f"{images}/one-ab12.webp", "The start"), (f"{images}/two-ab12.webp", "")),
        has_featured=True,
        meta=(("_yoast_wpseo_metadesc", "Soon & C:\\a “well”."), ("rank_math_title", "")),
    )


@pytest.fixture
def file(tmp_path, post) -> Path:
    """Return an import file of that post."""
    path = tmp_path / "import.xml"
    path.write_text(document(post), encoding="utf-8")
    return path


def shapes(root) -> set[str]:
    """Return the paths of all elements, with their attributes."""
    found = set()

    def walk(node, path: str) -> None:
        path = f"{path}/{node.tag}"
        found.update({path, *(f"{path}@{name}" for name in node.attrib)})
        for child in node:
            walk(child, path)

    walk(root, "")
    return found


def test_post_of_an_import_file_is_kept_whole(wordpress, file):
    [number] = json.loads(wordpress.php(HERE / "import.php", str(file)))
    tables = read_tables(wordpress.database)
    post = tables.posts[number]
    assert html.unescape(post["title"]) == "Seeds & “trays” ]]> <b> &lt; C:\\a"
    assert not set("<\\") & set(post["title"]) and post["excerpt"] == "Soon & “well”."
    assert "x &amp; y ü 漢字" in post["content"] and "<!-- igny8:ab12cd:0123 -->" in post["content"]
    assert (post["slug"], post["status"]) == ("imported-seeds", "publish")
    assert post["date_gmt"] == "2026-11-24 08:30:00"
    assert wordpress.evaluate(f"return get_post({number})->post_date;") == "2026-11-24 09:30:00"
    seo = wordpress.evaluate(f"return get_post_meta({number}, '_yoast_wpseo_metadesc');")
    assert seo == ["Soon & C:\\a “well”."]
    assert post["categories"] == ["Beds &amp; borders"]
    assert sorted(post["tags"]) == ["Größe", "raised beds"]
    featured = tables.media[post["featured_media"]]
    assert (featured["alt"], featured["source_url"][-13:]) == ("The start", "one-ab12.webp")


def test_elements_equal_those_of_wordpress_exports(wordpress, file):
    wordpress.php(HERE / "import.php", str(file))
    theirs = shapes(ElementTree.fromstring(wordpress.evaluate(EXPORT)))
    assert shapes(ElementTree.parse(file).getroot()) - theirs == set()


def test_second_import_makes_nothing_twice_and_no_image_is_taken_for_another(wordpress, file, post):
    alike = tuple((f"{url[:-5]}-alike.webp", "A tray \\ a lamp") for url, _ in post.images)
    file.write_text(document(replace(post, title="Pots \\ trays", images=alike)), encoding="utf-8")
    before = read_tables(wordpress.database)
    first = wordpress.php(HERE / "import.php", str(file))
    tables = read_tables(wordpress.database)
    new = [tables.media[number] for number in tables.media.keys() - before.media.keys()]
    assert [each["alt"] for each in new] == ["A tray \\ a lamp"] * 2
    assert len(tables.posts) == len(before.posts) + 1
    assert wordpress.php(HERE / "import.php", str(file)) == first
    assert read_tables(wordpress.database) == tables

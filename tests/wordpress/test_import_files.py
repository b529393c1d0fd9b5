"""Import files have the elements that WordPress writes itself, and it takes their posts whole."""

import json
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

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
def file(tmp_path, images) -> Path:
    """Return an import file of a post with difficult texts and two images."""
    post = Post(
        title="Seeds & “trays” ]]> <b>",
        slug="imported-seeds",
        html="<h2>A ]]&gt; b</h2>\n<p>x &amp; y ü 漢字</p>\n<!-- igny8:ab12cd:0123 -->",
        excerpt="Soon & “well”.",
        date=datetime(2026, 11, 24, 8, 30, tzinfo=UTC),
        is_draft=False,
        category="Beds & borders",
        tags=("raised beds", "Größe"),
        marker="ab12cd34",
        url="https://a.example/imported-seeds/",
        language="en",
        images=((f"{images}/one-ab12.webp", "The start"), (f"{images}/two-ab12.webp", "")),
        has_featured=True,
    )
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
    assert (post["title"], post["excerpt"]) == ("Seeds & “trays” ]]> <b>", "Soon & “well”.")
    assert "x &amp; y ü 漢字" in post["content"] and "<!-- igny8:ab12cd:0123 -->" in post["content"]
    assert (post["slug"], post["status"]) == ("imported-seeds", "publish")
    assert post["date_gmt"] == "2026-11-24 08:30:00"
    assert post["categories"] == ["Beds &amp; borders"]
    assert sorted(post["tags"]) == ["Größe", "raised beds"]
    featured = tables.media[post["featured_media"]]
    assert (featured["alt"], featured["source_url"][-13:]) == ("The start", "one-ab12.webp")


def test_elements_equal_those_of_wordpress_exports(wordpress, file):
    wordpress.php(HERE / "import.php", str(file))
    theirs = shapes(ElementTree.fromstring(wordpress.evaluate(EXPORT)))
    assert shapes(ElementTree.parse(file).getroot()) - theirs == set()

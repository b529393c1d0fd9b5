"""Real site generators build what folder targets write for them, with all images."""

import re
from pathlib import Path

import pytest
from pelican import Pelican
from pelican.settings import read_settings

from tests.engine.test_file_publications import add, articles, publish, root
from tests.node import packages

ELEVENTY = """
module.exports = config => {
    config.addPassthroughCopy("posts/**/*.webp");
    config.addGlobalData("layout", "page.njk");
};
"""
LAYOUT = "<html><title>{{ title }}</title><body>{{ content | safe }}</body></html>"
__all__ = ["articles"]  # the fixture


def assert_images_exist(page: Path, site: Path) -> None:
    """Raise AssertionError unless a page has images, and each is a file of the site."""
    found = re.findall(r'<img[^>]+src="([^"]+)"', page.read_text())
    folder = page.parent
    assert found
    for address in found:
        file = site / address.lstrip("/") if address.startswith("/") else folder / address
        assert file.is_file(), address


def test_pelican_builds_published_files(app, site, articles, hours_later, tmp_path):
    target = add(site, "folder", options={"format": "pelican"})
    for content_id in articles:
        assert publish(site, target, content_id, hours_later).state == "published"
    told = {
        "PATH": str(root(app, target) / "content"),
        "OUTPUT_PATH": str(tmp_path / "out"),
        "STATIC_PATHS": ["images"],
        "SITEURL": "",
        "FEED_ALL_ATOM": None,
        "CATEGORY_FEED_ATOM": None,
        "CACHE_CONTENT": False,
    }
    Pelican(read_settings(override=told)).run()
    page = (tmp_path / "out" / "t1.html").read_text()
    assert "How to start seeds indoors" in page and "<table>" in page
    assert_images_exist(tmp_path / "out" / "t1.html", tmp_path / "out")


@pytest.mark.skipif(bool(packages.why_not()), reason=packages.why_not())
def test_eleventy_builds_published_files(app, site, articles, hours_later, tmp_path):
    target = add(site, "folder", options={"format": "eleventy"})
    for content_id in articles:
        assert publish(site, target, content_id, hours_later).state == "published"
    folder, out = root(app, target), tmp_path / "out"
    (folder / "eleventy.config.cjs").write_text(ELEVENTY)
    (folder / "_includes").mkdir()
    (folder / "_includes" / "page.njk").write_text(LAYOUT)
    packages.run_node(packages.ELEVENTY, f"--output={out}", "--quiet", cwd=folder)
    page = out / "posts" / "t1" / "index.html"
    assert "<title>How to start seeds indoors" in page.read_text() and "<table>" in page.read_text()
    assert len(list(out.rglob("*.html"))) == 4
    assert_images_exist(page, out)

"""The map of clusters: areas as the searches, colours as the state, the same figures in the table."""

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from igny8.web.ui.treemap import treemap

PAGE = "/sites/green-garden/clusters/map"


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=60))
def test_tiles_fill_the_map_in_proportion(sizes):
    sizes.sort(reverse=True)
    tiles = treemap(sizes, 1000, 560)
    unit = 1000 * 560 / sum(sizes)
    for size, tile in zip(sizes, tiles, strict=True):
        assert tile.width * tile.height == pytest.approx(size * unit, rel=1e-6)
        assert tile.x >= 0 and tile.x + tile.width <= 1000 + 1e-6
        assert tile.y >= 0 and tile.y + tile.height <= 560 + 1e-6


def test_map_and_table_show_the_same_clusters(client, garden):
    page = BeautifulSoup(client.get(PAGE).text, "html.parser")
    drawn = sorted(link["href"] for link in page.select(".map a"))
    listed = sorted(link["href"] for link in page.select("tbody a"))
    assert drawn == listed != []


def test_coverage_links_to_the_uncovered_keywords(client, garden):
    page = BeautifulSoup(client.get(PAGE).text, "html.parser")
    covered, _, total, *_ = page.select_one(".sub a").text.split()
    assert len(page.select("#uncovered li a")) == int(total) - int(covered)

"""Clusters in the browser: merged, split, locked, keywords moved by keyboard and by dragging."""

import pytest
from playwright.sync_api import expect
from sqlalchemy import select

from igny8.extensions import read_transaction
from igny8.models import Cluster, Keyword, Site
from tests.browser.conftest import visitor

WORDS = (
    *("garden shed", "garden sheds cheap", "wooden garden shed"),
    *("greenhouse kit", "small greenhouse", "greenhouse shelving"),
    *("lawn mower", "cordless lawn mower"),
)


@pytest.fixture
def slug(working_scene, request):
    """Return the slug of a site whose keywords are grouped."""
    name = request.node.name.split("[")[0].replace("_", "-")[-40:]
    working_scene.begin(working_scene.create_site(name, words=WORDS))
    working_scene.finish()
    return name


@pytest.fixture
def tab(chromium, working_scene):
    with visitor(chromium, working_scene) as opened:
        yield opened


def clusters(scene, slug: str) -> dict[str, set[str]]:
    """Return {name: phrases} of the clusters of a site that are not merged away."""
    with scene.app.app_context(), read_transaction() as tx:
        query = (
            select(Cluster.name, Keyword.phrase)
            .join(Keyword, Keyword.cluster_id == Cluster.id)
            .where(Cluster.site_id == Site.find(slug, tx).id, Cluster.merged_into_id.is_(None))
        )
        found: dict[str, set[str]] = {}
        for name, phrase in tx.execute(query):
            found.setdefault(name, set()).add(phrase)
        return found


def open_cluster_of(tab, scene, slug: str, phrase: str) -> str:
    """Open the page of the cluster of a keyword; return its name."""
    name = next(name for name, words in clusters(scene, slug).items() if phrase in words)
    tab.goto(f"/sites/{slug}/clusters")
    tab.get_by_role("link", name=name, exact=True).click()
    expect(tab.get_by_role("heading", level=1)).to_have_text(name)
    return name


def test_two_clusters_are_merged_and_the_merge_undone(tab, working_scene, slug):
    before = clusters(working_scene, slug)
    tab.goto(f"/sites/{slug}/clusters")
    for name in list(before)[:2]:
        tab.get_by_label(f"Select {name}").check()
    tab.get_by_role("button", name="Merge…").click()
    tab.get_by_role("radio").nth(1).check()
    tab.get_by_role("button", name="Merge 2 clusters").click()
    expect(tab.locator(".last-change")).to_contain_text("Merged")
    assert len(clusters(working_scene, slug)) == len(before) - 1
    tab.get_by_role("button", name="Undo").first.click()
    expect(tab.get_by_text("Undone: Merged")).to_be_visible()
    assert clusters(working_scene, slug) == before


def test_cluster_is_split_at_the_suggested_cut(tab, working_scene, slug):
    shed = open_cluster_of(tab, working_scene, slug, "garden shed")
    house = next(name for name in clusters(working_scene, slug) if "greenhouse" in name)
    tab.get_by_role("button", name=house, exact=True).and_(tab.locator("[data-drop]")).wait_for()
    for box in tab.locator("tbody input[name=ids]").all():
        box.check()
    tab.locator("[data-drop]", has_text=house).click()
    expect(tab.get_by_text("3 keywords moved")).to_be_visible()
    open_cluster_of(tab, working_scene, slug, "greenhouse kit")
    tab.get_by_role("link", name="Why together").click()
    expect(tab.get_by_text("Nearest members")).to_be_visible()
    tab.get_by_label("Name of part 2").fill("Back again")
    tab.get_by_role("button", name="Split").click()
    expect(tab.locator(".last-change")).to_contain_text("Split")
    found = clusters(working_scene, slug)
    assert shed not in found
    assert found["Back again"] in (
        {w for w in WORDS if "shed" in w},
        {w for w in WORDS if "greenh" in w},
    )


def test_keyword_is_moved_by_dragging(tab, working_scene, slug):
    open_cluster_of(tab, working_scene, slug, "garden shed")
    target = next(name for name in clusters(working_scene, slug) if "mower" in name)
    row = tab.locator("tr[draggable]", has_text="wooden garden shed")
    row.drag_to(tab.locator("[data-drop]", has_text=target))
    expect(tab.get_by_text(f"1 keyword moved to “{target}”")).to_be_visible()
    assert "wooden garden shed" in clusters(working_scene, slug)[target]


def test_keyword_is_moved_by_keyboard(tab, working_scene, slug):
    open_cluster_of(tab, working_scene, slug, "garden shed")
    target = next(name for name in clusters(working_scene, slug) if "mower" in name)
    tab.get_by_label("Select wooden garden shed").focus()
    tab.keyboard.press("Space")
    while tab.evaluate("document.activeElement.id") != "target":
        tab.keyboard.press("Tab")
    tab.keyboard.type(target)
    tab.keyboard.press("Enter")
    expect(tab.get_by_text(f"1 keyword moved to “{target}”")).to_be_visible()
    assert "wooden garden shed" in clusters(working_scene, slug)[target]


def test_locked_cluster_takes_no_keywords(tab, working_scene, slug):
    open_cluster_of(tab, working_scene, slug, "garden shed")
    target = next(name for name in clusters(working_scene, slug) if "mower" in name)
    before = clusters(working_scene, slug)
    with visitor(tab.context.browser, working_scene) as other:
        open_cluster_of(other, working_scene, slug, "lawn mower")
        other.get_by_role("button", name="Lock", exact=True).click()
        other.goto(other.url)
        open_cluster_of(other, working_scene, slug, "lawn mower")
        expect(other.get_by_role("button", name="Unlock")).to_be_visible()
        expect(other.locator("tbody input[name=ids]")).to_have_count(0)
    tab.get_by_label("Select wooden garden shed").check()
    tab.locator("[data-drop]", has_text=target).click()
    expect(tab.get_by_text(f"“{target}” is locked. Unlock it first.")).to_be_visible()
    assert clusters(working_scene, slug) == before
    tab.complaints.clear()  # the browser's own line on the refusal

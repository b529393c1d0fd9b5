"""People in the loop, in the browser: gates, the board, the reading limit, client links, two reviewers."""

import re
import urllib.request
from datetime import timedelta

import pytest
from playwright.sync_api import expect
from sqlalchemy import func, select, update

from igny8 import clock
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ClientLink, Content, Idea, Site, SiteSettings
from tests.browser.conftest import visitor

TOPICS = (
    *("accordion", "badminton", "cactus", "dentist", "espresso", "falcon"),
    *("geyser", "hammock", "igloo", "jigsaw", "kayak", "lantern"),
    *("mortgage", "nectarine", "origami", "pancake", "quilt", "rocket"),
    *("saxophone", "telescope", "umbrella", "violin", "walrus", "xylophone"),
    *("yogurt", "zeppelin", "anchor", "bakery", "compass", "diploma"),
    *("engine", "fountain", "guitar", "helmet", "invoice", "jacket"),
    *("ketchup", "ladder", "magnet", "notebook", "oyster", "passport"),
    *("quarry", "raincoat", "sandal", "tractor", "uniform", "vaccine"),
    *("wallet", "yacht", "zipper", "algebra", "bicycle", "calendar"),
    *("dolphin", "elevator", "furnace", "glacier"),
)
GARDEN = (
    *("garden shed", "greenhouse kit", "lawn mower", "hedge trimmer", "patio heater"),
    *("compost bin", "rain barrel", "bird feeder", "tomato cage", "fire pit"),
)
EVERY = {"2": {"mode": "every", "amount": 0}}


@pytest.fixture
def tab(chromium, working_scene):
    with visitor(chromium, working_scene) as opened:
        yield opened


def start(scene, slug: str, words=GARDEN, **settings) -> int:
    """Run a new site until it waits or ends; return its id."""
    chosen = {"ideas_per_cluster": 1, "images_per_article": 0} | settings
    site_id = scene.create_site(slug, words=words, **chosen)
    scene.begin(site_id)
    scene.finish()
    return site_id


def go_on(scene) -> None:
    """Let the workers take up what people decided."""
    with scene.work():
        for run_id in advanceable_runs():
            advance(run_id)
    scene.finish()


def count(scene, model, site_id: int, **values) -> int:
    with scene.app.app_context(), read_transaction() as tx:
        query = select(func.count()).select_from(model).filter_by(site_id=site_id, **values)
        return tx.execute(query).scalar_one()


def test_three_of_forty_ideas_are_approved_and_written(tab, working_scene):
    site_id = start(working_scene, "three-of-forty", TOPICS, gates=EVERY, strictness=1.0)
    total = count(working_scene, Idea, site_id)
    assert total >= 40
    tab.goto("/sites/three-of-forty/automation")
    tab.get_by_role("link", name=re.compile("Decide|ideas")).first.wait_for()
    expect(tab.locator("main")).to_contain_text("Waiting for you")
    tab.goto("/sites/three-of-forty/approval")
    expect(tab.locator("h1")).to_have_text("Waiting for you")
    boxes = tab.locator("tbody input[name=ids]")
    for place in range(3):
        boxes.nth(place).check()
    tab.get_by_role("button", name="Approve", exact=True).click()
    expect(tab.get_by_text("3 ideas approved")).to_be_visible()
    tab.get_by_role("button", name="Continue without these").click()
    expect(tab.get_by_text("The run continues.")).to_be_visible()
    working_scene.finish()
    assert count(working_scene, Content, site_id) == 3
    assert working_scene.run_of("three-of-forty").state == "completed"
    assert count(working_scene, Idea, site_id, status="new", disabled=False) == total - 3


def test_first_three_articles_then_the_rest(tab, working_scene):
    gates = {"4": {"mode": "first", "amount": 3}}
    site_id = start(working_scene, "first-three", gates=gates)
    assert count(working_scene, Content, site_id) == 3
    tab.goto("/sites/first-three/approval")
    tab.get_by_role("button", name="Continue with the rest").click()
    expect(tab.get_by_text("The run continues.")).to_be_visible()
    working_scene.finish()
    written = count(working_scene, Content, site_id)
    assert written == count(working_scene, Idea, site_id) > 3
    assert working_scene.run_of("first-three").state == "completed"


def column(tab, name: str):
    return tab.locator(f"[data-column={name}] [data-idea]")


def test_board_works_by_mouse(tab, working_scene):
    site_id = start(working_scene, "board-mouse", gates=EVERY)
    tab.goto("/sites/board-mouse/ideas/board")
    titles = column(tab, "new").locator("a.main").all_inner_texts()
    column(tab, "new").nth(1).drag_to(tab.locator("[data-column=approved] h2"))
    expect(column(tab, "approved")).to_have_count(1)
    column(tab, "new").first.drag_to(tab.locator("[data-column=rejected] h2"))
    expect(column(tab, "rejected")).to_have_count(1)
    expect(column(tab, "approved").locator("a.main")).to_have_text(titles[1])
    expect(column(tab, "rejected").locator("a.main")).to_have_text(titles[0])
    tab.reload()
    expect(column(tab, "new")).to_have_count(len(titles) - 2)
    assert count(working_scene, Idea, site_id, disabled=True) == 1


def test_board_works_by_keyboard(tab, working_scene):
    site_id = start(working_scene, "board-keys", gates=EVERY)
    tab.goto("/sites/board-keys/ideas/board")
    total = column(tab, "new").count()
    column(tab, "new").first.focus()
    tab.keyboard.press("ArrowDown")
    expect(column(tab, "new").nth(1)).to_be_focused()
    tab.keyboard.press("a")
    expect(column(tab, "approved")).to_have_count(1)
    column(tab, "new").first.focus()
    tab.keyboard.press("r")
    expect(column(tab, "rejected")).to_have_count(1)
    column(tab, "rejected").first.focus()
    tab.keyboard.press("u")
    expect(column(tab, "rejected")).to_have_count(0)
    expect(column(tab, "new")).to_have_count(total - 1)
    assert count(working_scene, Idea, site_id, disabled=True) == 0


def test_at_most_five_articles_wait_for_a_slow_reader(tab, working_scene):
    site_id = start(working_scene, "slow-reader", reading_limit=5)
    assert count(working_scene, Content, site_id, status="review") == 5
    total = count(working_scene, Idea, site_id)
    tab.goto("/sites/slow-reader/automation")
    expect(tab.locator("main")).to_contain_text("5 articles wait for review")
    for read in range(1, total + 1):
        tab.goto("/sites/slow-reader/review")
        tab.get_by_role("button", name="Approve", exact=False).and_(
            tab.locator(".yes")
        ).last.click()
        expect(tab.get_by_text("Approved “").first).to_be_visible()
        go_on(working_scene)
        assert count(working_scene, Content, site_id, status="approved") == read
        assert count(working_scene, Content, site_id, status="review") == min(5, total - read)
    assert working_scene.run_of("slow-reader").state == "completed"


def make_link(tab, slug: str) -> str:
    """Create a link for a client; return its address."""
    tab.goto(f"/sites/{slug}/settings/client-review")
    tab.get_by_label("Name").fill("Ada Ltd")
    tab.get_by_role("button", name="Create link").click()
    return tab.locator(".notice code").inner_text()


def test_client_link_is_scanned_used_and_expires(chromium, tab, working_scene):
    site_id = start(working_scene, "client-link", GARDEN[:3])
    address = make_link(tab, "client-link")
    with visitor(chromium, working_scene, signed_in=False) as client:
        client.goto(address)
        pages = [
            address,
            *(
                f"{working_scene.address}{each.get_attribute('href')}"
                for each in client.locator("main a[href*='/client/']").all()
            ),
        ]
        for page in pages:  # a mail scanner opens every address
            with urllib.request.urlopen(page, timeout=20) as answer:
                assert answer.status == 200
        waiting = count(working_scene, Content, site_id, status="review")
        assert waiting == count(working_scene, Content, site_id)
        client.locator("main a[href*='/client/']").first.click()
        client.get_by_label("Your name").fill("Ada")
        client.get_by_role("button", name="Approve").click()
        expect(client.get_by_text("Approved. Thank you.")).to_be_visible()
        assert count(working_scene, Content, site_id, status="review") == waiting - 1
        decided = select(Content.decided_by).filter_by(site_id=site_id, status="approved")
        with working_scene.app.app_context(), write_transaction() as tx:
            assert tx.execute(decided).scalar_one() == "Ada (Ada Ltd)"
            over = clock.now() - timedelta(minutes=1)
            tx.execute(update(ClientLink).filter_by(site_id=site_id).values(ends_at=over))
        client.goto(address)
        expect(client.locator("main")).to_contain_text("This link is not valid any more")
        client.complaints.clear()  # the browser's own line on the answer 404
    assert count(working_scene, Content, site_id, status="review") == waiting - 1


def test_two_reviewers_of_one_article_see_each_other(chromium, tab, working_scene):
    site_id = start(working_scene, "two-reviewers", GARDEN[:3])
    content_id = working_scene.first(Content, "two-reviewers")
    page = f"/sites/two-reviewers/review/{content_id}"
    tab.goto(page)
    with visitor(chromium, working_scene) as other:
        other.goto(f"{page}/edit")
        other.get_by_label("Title", exact=True).fill("A title of the other reviewer")
        other.get_by_role("button", name="Save").first.click()
        expect(other.get_by_text("Changes saved.")).to_be_visible()
        tab.locator("summary", has_text="Reject").click()
        tab.locator("#why-reject").fill("Not our topic")
        tab.locator("#why-reject + button").click()
        expect(tab.get_by_text("changed this text while you read it")).to_be_visible()
        expect(tab.locator("#why-reject")).to_have_value("Not our topic")
        expect(tab.locator("article h1")).to_have_text("A title of the other reviewer")
        assert count(working_scene, Content, site_id, status="rejected") == 0
        other.goto(page)
        other.locator(".bar2 .yes").click()
        expect(other.get_by_text("Approved “A title")).to_be_visible()
    tab.locator("#why-reject + button").click()
    expect(tab.get_by_text("Your reason: Not our topic")).to_be_visible()
    assert count(working_scene, Content, site_id, status="approved") == 1
    tab.complaints.clear()  # the browser's own line on the refusal


def test_settings_of_the_gate_are_those_of_the_page(tab, working_scene):
    site_id = working_scene.create_site("gate-form", words=GARDEN)
    tab.goto("/sites/gate-form/settings/approval")
    tab.locator("#f-mode_2").select_option("every")
    tab.get_by_label("Articles that may wait for review").fill("5")
    tab.get_by_role("button", name="Save").click()
    expect(tab.get_by_text("Saved. An open run follows")).to_be_visible()
    with working_scene.app.app_context(), read_transaction() as tx:
        assert Site.find("gate-form", tx).id == site_id
        query = select(SiteSettings.gates, SiteSettings.reading_limit).filter_by(site_id=site_id)
        assert tuple(tx.execute(query).one()) == (EVERY, 5)

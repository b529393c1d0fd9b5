"""Text that was typed is never lost: not by a restart, an ended session, an expired form or a proxy."""

import itertools

import pytest
from playwright.sync_api import expect
from sqlalchemy import delete, update

from igny8.extensions import write_transaction
from igny8.models import Content, LoginSession, User
from igny8.models.passwords import hash_password
from tests import browser_client
from tests.browser.conftest import visitor
from tests.factories import make_user

PASSWORD = "a long sentence of seven words, really"
SIGN_IN_PAGE = {
    "status": 200,
    "content_type": "text/html",
    "body": "<!doctype html><title>Proxy</title><h1>Sign in to our network</h1>",
}
RESTORED = "What you typed here was not saved. It is back in the form."
STORED = "() => Object.values({...sessionStorage}).join()"
names = (f"typed{number}" for number in itertools.count(1))


@pytest.fixture(scope="module")
def article(working_scene):
    """Return the address of the editor of an article that waits, and the id of the article."""
    slug = next(names)
    working_scene.begin(working_scene.create_site(slug))
    working_scene.finish()
    content_id = working_scene.first(Content, slug, status="review")
    return f"/sites/{slug}/review/{content_id}/edit", content_id, slug


@pytest.fixture
def tab(chromium, working_scene):
    with visitor(chromium, working_scene) as opened:
        yield opened
        opened.complaints.clear()  # the browser itself notes 400, 401 and cut connections


def write(tab, title="A new title", text="A new text"):
    tab.get_by_label("Title", exact=True).fill(title)
    tab.locator(".rich").evaluate("(e, text) => { e.innerHTML = `<p>${text}</p>`; }", text)
    tab.locator(".rich").dispatch_event("input", {"bubbles": True})


def written(tab) -> tuple[str, str]:
    return tab.get_by_label("Title", exact=True).input_value(), tab.locator(".rich").inner_text()


def lose_connection(tab, address):
    tab.route(f"**{address}", lambda route: abort_posts(route))


def abort_posts(route):
    if route.request.method == "POST":
        route.abort("connectionrefused")
    else:
        route.continue_()


def save(tab):
    tab.get_by_role("button", name="Save").click()


def test_text_is_restored_after_a_failed_save(tab, article):
    address, _, _ = article
    tab.goto(address)
    write(tab)
    lose_connection(tab, address)
    save(tab)
    expect(tab.locator("#main")).to_have_count(0)
    tab.unroute(f"**{address}")
    tab.goto(address)
    expect(tab.get_by_text(RESTORED)).to_be_visible()
    assert written(tab) == ("A new title", "A new text")
    tab.get_by_role("button", name="Discard it").click()
    assert written(tab)[0] != "A new title" and tab.evaluate(STORED) == ""


def test_back_never_shows_old_text_beside_a_new_title(tab, article):
    address, _, _ = article
    tab.goto(address)
    write(tab)
    tab.route(f"**{address}", foreign_to_posts)
    save(tab)
    expect(tab.get_by_text("Sign in to our network")).to_be_visible()
    tab.unroute(f"**{address}")
    tab.go_back()
    expect(tab.get_by_text(RESTORED)).to_be_visible()
    assert written(tab) == ("A new title", "A new text")


def foreign_to_posts(route):
    if route.request.method == "POST":
        route.fulfill(**SIGN_IN_PAGE)
    else:
        route.continue_()


def sign_in_again(working_scene, tab, who):
    tab.get_by_role("link", name="Sign in").click()
    tab.get_by_label("Name").fill(who)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Sign in").click()


def signed_in_tab(working_scene, tab, who, **roles):
    """Give a tab the session of an account with a password."""
    with working_scene.app.app_context():
        user_id = make_user(who, **roles)
        with write_transaction() as tx:
            tx.execute(
                update(User).where(User.id == user_id).values(password=hash_password(PASSWORD))
            )
    name, value = browser_client.cookie(working_scene.app, who)
    tab.context.add_cookies([{"name": name, "value": value, "url": working_scene.address}])
    return user_id


def end_sessions(working_scene, user_id):
    with working_scene.app.app_context(), write_transaction() as tx:
        tx.execute(delete(LoginSession).where(LoginSession.user_id == user_id))


def test_text_is_restored_after_signing_in_again(working_scene, tab, article):
    address, _, slug = article
    user_id = signed_in_tab(working_scene, tab, "writer", **{slug: "reviewer"})
    tab.goto(address)
    write(tab)
    end_sessions(working_scene, user_id)
    save(tab)
    expect(tab.locator("#typed")).to_contain_text("Text")
    assert "A new text" in tab.get_by_label("Text", exact=True).input_value()
    sign_in_again(working_scene, tab, "writer")
    expect(tab.get_by_text(RESTORED)).to_be_visible()
    assert tab.url.endswith(address)
    assert written(tab) == ("A new title", "A new text")


def test_another_account_does_not_see_the_text(working_scene, tab, article):
    address, _, slug = article
    user_id = signed_in_tab(working_scene, tab, "first writer", **{slug: "reviewer"})
    tab.goto(address)
    write(tab)
    end_sessions(working_scene, user_id)
    save(tab)
    signed_in_tab(working_scene, tab, "second writer", **{slug: "reviewer"})
    tab.goto(address)
    expect(tab.get_by_label("Title", exact=True)).not_to_have_value("A new title")
    assert tab.evaluate(STORED) == ""


def test_sign_out_forgets_the_text(tab, article):
    tab.goto(article[0])
    write(tab)
    tab.on("dialog", lambda dialog: dialog.accept())
    tab.locator("details.me > summary").click()
    tab.get_by_role("button", name="Sign out").click()
    expect(tab.get_by_role("heading", name="Sign in")).to_be_visible()
    assert tab.evaluate(STORED) == ""


def test_text_is_not_mixed_with_what_somebody_else_saved(working_scene, tab, article):
    address, content_id, _ = article
    tab.goto(address)
    write(tab)
    lose_connection(tab, address)
    save(tab)
    expect(tab.locator("#main")).to_have_count(0)
    tab.unroute(f"**{address}")
    with working_scene.app.app_context(), write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == content_id).values(title="Their title"))
    tab.goto(address)
    expect(tab.get_by_text("This has changed since you typed here")).to_be_visible()
    assert written(tab)[0] == "Their title" and written(tab)[1] != "A new text"
    tab.get_by_role("button", name="Show my text").click()
    assert written(tab) == ("A new title", "A new text")
    save(tab)
    expect(tab.get_by_role("alert")).to_contain_text("changed the same fields in the meantime")


def test_saved_text_is_not_kept(tab, article):
    tab.goto(article[0])
    write(tab, "A title that is saved", "A text that is saved")
    save(tab)
    expect(tab.get_by_text("Changes saved.")).to_be_visible()
    assert tab.evaluate(STORED) == ""
    tab.goto(article[0])
    assert written(tab)[0] == "A title that is saved"
    expect(tab.get_by_text("What you typed here")).to_have_count(0)


LONG_FORMS = {
    "new site": ("/sites/new", "Name", "Next: keywords"),
    "keyword paste": ("/sites/{}/import", "Or paste keywords", "Check keywords"),
    "site settings": ("/sites/{}/settings", "Name", "Save"),
    "facts": ("/sites/{}/settings", "Facts about your business", "Save"),
    "model server": ("/sites/{}/settings/models/servers/new", "Name", "Add"),
    "prompt": ("/sites/{}/settings/prompts", None, "Save"),
}


@pytest.mark.parametrize("kind", LONG_FORMS)
def test_every_long_form_keeps_its_text_when_its_token_has_expired(tab, article, kind):
    path, label, button = LONG_FORMS[kind]
    address = path.format(article[2])
    tab.goto(address)
    form = tab.locator("form[data-keep]").first
    field = (
        form.locator("textarea").first if label is None else form.get_by_label(label, exact=True)
    )
    field.fill("Typed with care")
    if kind == "model server":
        form.get_by_label("Address").fill("https://models.example")
        form.get_by_label("Key", exact=True).fill("sk-secret-of-mine")
    form.locator("[name=csrf_token]").evaluate("e => { e.value = 'expired'; }")
    form.get_by_role("button", name=button).click()
    expect(tab.get_by_role("heading", name="This form has expired.")).to_be_visible()
    assert tab.locator("#typed textarea").first.input_value().strip() == "Typed with care"
    assert "sk-secret" not in tab.content() and "sk-secret" not in tab.evaluate(STORED)
    tab.get_by_role("link", name="Back to the form").click()
    expect(tab.get_by_text(RESTORED)).to_be_visible()
    expect(field).to_have_value("Typed with care")
    if kind == "model server":
        expect(form.get_by_label("Key", exact=True)).to_have_value("")
    tab.get_by_role("button", name="Discard it").click()
    expect(field).not_to_have_value("Typed with care")


def test_text_survives_a_server_that_is_killed_before_it_is_saved(chromium, product):
    port = int(product.address.rsplit(":", 1)[1])
    with visitor(chromium, product) as tab:
        tab.goto("/sites/new")
        tab.get_by_label("Name", exact=True).fill("Typed before the restart")
        product.kill()
        tab.get_by_role("button", name="Next: keywords").click()
        expect(tab.locator("#main")).to_have_count(0)
        product.start(port)
        tab.go_back()
        expect(tab.get_by_text(RESTORED)).to_be_visible()
        expect(tab.get_by_label("Name", exact=True)).to_have_value("Typed before the restart")
        tab.get_by_role("button", name="Next: keywords").click()
        expect(tab.get_by_role("heading", name="Import keywords")).to_be_visible()
        assert tab.evaluate(STORED) == ""
        tab.complaints.clear()

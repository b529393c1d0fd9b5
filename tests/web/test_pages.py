"""Every page stands: empty, full, and for what does not exist."""

import re

import pytest
from bs4 import BeautifulSoup

from igny8.engine.runs import start_run
from tests.factories import make_keywords
from tests.web.conftest import RUN_ID

SITE = "/sites/green-garden"
LISTS = [
    "automation",
    "keywords",
    "clusters",
    "ideas",
    "content",
    "review",
    "runs",
    "settings",
    "import",
    "waiting/1",
    "clusters/map",
    "clusters/changes",
    "clusters/merge?ids=1&ids=2",
    "find",
    "settings/models",
    "settings/models/servers/new",
    "settings/models/connect",
    "settings/models/connect/ollama",
    "settings/notifications",
    "settings/prompts",
    "settings/prices",
    "settings/sources",
    "settings/spending",
]
OBJECTS = [
    "keywords/1",
    "clusters/1",
    "clusters/1/edit",
    "clusters/1/why",
    "ideas/1",
    "content/1",
    "review/1",
    f"runs/{RUN_ID}",
    "items/1",
    "automation/why",
    "review/1/versions",
    "content/1/images",
    "content/1/record",
]
ROUTES = """
GET /
GET /account
GET /account/identities/connect
GET /account/second-factor
GET /admin
GET /admin/accounts
GET /admin/audit
GET /admin/audit.csv
GET /admin/mail
GET /api/v1/articles/
GET /api/v1/articles/<int:row_id>/
GET /api/v1/automation/estimate/
GET /api/v1/automation/history/
GET /api/v1/automation/logs/
GET /api/v1/automation/pipeline_overview/
GET /api/v1/automation/run_progress/
GET /api/v1/clusters/
GET /api/v1/clusters/<int:row_id>/
GET /api/v1/clusters/<int:row_id>/why/
GET /api/v1/clusters/changes/
GET /api/v1/ideas/
GET /api/v1/ideas/<int:row_id>/
GET /api/v1/keywords/
GET /api/v1/openapi.json
GET /api/v1/publishing/changed/<int:row_id>/
GET /api/v1/publishing/publications/
GET /api/v1/publishing/targets/
GET /api/v1/schedule/
GET /api/v1/sites/
GET /api/v1/token/
GET /client/<token>
GET /client/<token>/<int:content_id>
GET /client/<token>/<int:content_id>/images/<int:image_id>
GET /health
GET /health/live
GET /health/ready
GET /icon.svg
GET /invitations/<token>
GET /login
GET /login/code
GET /login/openid
GET /login/openid/callback
GET /login/signed-out
GET /metrics
GET /review-record-keys.json
GET /setup
GET /sites
GET /sites/<slug>/
GET /sites/<slug>/approval
GET /sites/<slug>/automation
GET /sites/<slug>/automation/live
GET /sites/<slug>/automation/why
GET /sites/<slug>/calendar
GET /sites/<slug>/clusters
GET /sites/<slug>/clusters/<int:cluster_id>
GET /sites/<slug>/clusters/<int:cluster_id>/edit
GET /sites/<slug>/clusters/<int:cluster_id>/why
GET /sites/<slug>/clusters/changes
GET /sites/<slug>/clusters/map
GET /sites/<slug>/clusters/merge
GET /sites/<slug>/content
GET /sites/<slug>/content/<int:content_id>
GET /sites/<slug>/content/<int:content_id>/download.<any(html, md, zip):kind>
GET /sites/<slug>/content/<int:content_id>/images
GET /sites/<slug>/content/<int:content_id>/images/redraws/<int:redraw_id>
GET /sites/<slug>/content/<int:content_id>/images/redraws/<int:redraw_id>/file
GET /sites/<slug>/content/<int:content_id>/publications
GET /sites/<slug>/content/<int:content_id>/record
GET /sites/<slug>/content/<int:content_id>/record.json
GET /sites/<slug>/content/approved-<int:part>.zip
GET /sites/<slug>/find
GET /sites/<slug>/ideas
GET /sites/<slug>/ideas/<int:idea_id>
GET /sites/<slug>/ideas/<int:idea_id>/edit
GET /sites/<slug>/ideas/board
GET /sites/<slug>/images/<int:image_id>/<file_name>
GET /sites/<slug>/import
GET /sites/<slug>/import/<int:import_id>
GET /sites/<slug>/import/<int:import_id>/live
GET /sites/<slug>/items/<int:item_id>
GET /sites/<slug>/keywords
GET /sites/<slug>/keywords/<int:keyword_id>
GET /sites/<slug>/keywords/export.csv
GET /sites/<slug>/review
GET /sites/<slug>/review/<int:content_id>
GET /sites/<slug>/review/<int:content_id>/edit
GET /sites/<slug>/review/<int:content_id>/versions
GET /sites/<slug>/review/<int:content_id>/versions/changes
GET /sites/<slug>/runs
GET /sites/<slug>/runs/<int:number>
GET /sites/<slug>/runs/<int:number>/<int:stage>/<state>
GET /sites/<slug>/runs/<run_id>
GET /sites/<slug>/runs/<run_id>/items.csv
GET /sites/<slug>/runs/<run_id>/log.csv
GET /sites/<slug>/runs/compare
GET /sites/<slug>/settings
GET /sites/<slug>/settings/advanced
GET /sites/<slug>/settings/approval
GET /sites/<slug>/settings/client-review
GET /sites/<slug>/settings/models
GET /sites/<slug>/settings/models/connect
GET /sites/<slug>/settings/models/connect/<vendor>
GET /sites/<slug>/settings/models/servers/<int:endpoint_id>
GET /sites/<slug>/settings/models/servers/new
GET /sites/<slug>/settings/notifications
GET /sites/<slug>/settings/notifications/<int:channel_id>
GET /sites/<slug>/settings/notifications/new/<channel_kind>
GET /sites/<slug>/settings/people
GET /sites/<slug>/settings/prices
GET /sites/<slug>/settings/private
GET /sites/<slug>/settings/prompts
GET /sites/<slug>/settings/publishing
GET /sites/<slug>/settings/publishing/<int:target_id>
GET /sites/<slug>/settings/publishing/<int:target_id>/files
GET /sites/<slug>/settings/publishing/new/<target_kind>
GET /sites/<slug>/settings/sources
GET /sites/<slug>/settings/spending
GET /sites/<slug>/site-pages
GET /sites/<slug>/site-pages/reading
GET /sites/<slug>/site-pages/reading/live
GET /sites/<slug>/waiting/<int:stage>
GET /sites/live
GET /sites/new
GET /static/<path:filename>
GET /workers
GET /workers/live
POST /account/identities/<int:identity_id>/remove
POST /account/identities/connect
POST /account/password
POST /account/second-factor/confirm
POST /account/second-factor/disable
POST /account/second-factor/recovery-codes
POST /account/second-factor/start
POST /account/sessions/<int:session_id>/end
POST /account/tokens
POST /account/tokens/<int:token_id>/remove
POST /admin/accounts/<int:user_id>/<any(promote, demote, disable, enable, reset, unpair):verb>
POST /admin/accounts/invite
POST /admin/accounts/links/<int:invitation_id>/withdraw
POST /admin/mail
POST /admin/sites/<int:site_id>/<any(run, pause, resume, cancel):verb>
POST /api/v1/articles/<int:row_id>/<any(approve, reject, send_back):verb>/
POST /api/v1/automation/<any(pause, resume, cancel):verb>/
POST /api/v1/automation/retry_failed/
POST /api/v1/automation/run_now/
POST /api/v1/clusters/<int:row_id>/<any(lock, unlock):verb>/
POST /api/v1/clusters/<int:row_id>/merge/
POST /api/v1/clusters/<int:row_id>/move/
POST /api/v1/clusters/<int:row_id>/rename/
POST /api/v1/clusters/<int:row_id>/split/
POST /api/v1/clusters/changes/<int:row_id>/undo/
POST /api/v1/ideas/<int:row_id>/
POST /api/v1/ideas/<int:row_id>/<any(approve, reject):verb>/
POST /api/v1/keywords/import/
POST /api/v1/publishing/changed/<int:row_id>/<any(keep, take, send):verb>/
POST /api/v1/publishing/publish/
POST /api/v1/publishing/schedule/
POST /api/v1/publishing/unpublish/
POST /client/<token>/<int:content_id>/<any(approve, request_changes):verb>
POST /client/<token>/<int:content_id>/comment
POST /invitations/<token>
POST /login
POST /login/code
POST /logout
POST /setup
POST /sites
POST /sites/<slug>/approval/<any(approve, reject):verb>
POST /sites/<slug>/approval/continue
POST /sites/<slug>/automation/<any(run, pause, resume, cancel, dismiss, retry, raise):verb>
POST /sites/<slug>/calendar/<int:publication_id>/move
POST /sites/<slug>/calendar/fill
POST /sites/<slug>/calendar/plan
POST /sites/<slug>/clusters/<int:cluster_id>/edit
POST /sites/<slug>/clusters/<int:cluster_id>/move
POST /sites/<slug>/clusters/<int:cluster_id>/split
POST /sites/<slug>/clusters/change
POST /sites/<slug>/clusters/changes/<int:change_id>/undo
POST /sites/<slug>/clusters/merge
POST /sites/<slug>/content/<int:content_id>/changed/<any(keep, take, send):verb>
POST /sites/<slug>/content/<int:content_id>/check
POST /sites/<slug>/content/<int:content_id>/images/<int:image_id>/<any(save, approve, reject):verb>
POST /sites/<slug>/content/<int:content_id>/images/<int:image_id>/redraw
POST /sites/<slug>/content/<int:content_id>/images/redraws/<int:redraw_id>/accept
POST /sites/<slug>/content/<int:content_id>/images/redraws/<int:redraw_id>/drop
POST /sites/<slug>/content/<int:content_id>/publish
POST /sites/<slug>/content/<int:content_id>/published
POST /sites/<slug>/content/<int:content_id>/schedule
POST /sites/<slug>/content/<int:content_id>/unpublish
POST /sites/<slug>/content/publish-approved
POST /sites/<slug>/ideas/<int:idea_id>/edit
POST /sites/<slug>/ideas/board/move
POST /sites/<slug>/ideas/change
POST /sites/<slug>/ideas/forecast
POST /sites/<slug>/ideas/order
POST /sites/<slug>/import
POST /sites/<slug>/import/<int:import_id>/cancel
POST /sites/<slug>/import/<int:import_id>/confirm
POST /sites/<slug>/import/<int:import_id>/mapping
POST /sites/<slug>/import/<int:import_id>/restore
POST /sites/<slug>/import/<int:import_id>/undo
POST /sites/<slug>/keywords/change
POST /sites/<slug>/review/<int:content_id>/<any(approve, send_back, reject):verb>
POST /sites/<slug>/review/<int:content_id>/edit
POST /sites/<slug>/review/<int:content_id>/reopen
POST /sites/<slug>/review/<int:content_id>/versions/<int:number>/restore
POST /sites/<slug>/review/<int:content_id>/versions/changes
POST /sites/<slug>/review/<int:content_id>/versions/changes/<int:change_id>/accept
POST /sites/<slug>/review/<int:content_id>/versions/changes/<int:change_id>/drop
POST /sites/<slug>/review/approve-passing
POST /sites/<slug>/review/reopen
POST /sites/<slug>/runs/<run_id>/failed/retry
POST /sites/<slug>/settings
POST /sites/<slug>/settings/approval
POST /sites/<slug>/settings/client-review
POST /sites/<slug>/settings/client-review/<int:link_id>/revoke
POST /sites/<slug>/settings/delete
POST /sites/<slug>/settings/models
POST /sites/<slug>/settings/models/connect/<vendor>
POST /sites/<slug>/settings/models/connect/servers/<int:endpoint_id>
POST /sites/<slug>/settings/models/servers/<int:endpoint_id>
POST /sites/<slug>/settings/models/servers/<int:endpoint_id>/remove
POST /sites/<slug>/settings/models/servers/<int:endpoint_id>/test
POST /sites/<slug>/settings/models/servers/new
POST /sites/<slug>/settings/notifications/<int:channel_id>
POST /sites/<slug>/settings/notifications/<int:channel_id>/remove
POST /sites/<slug>/settings/notifications/<int:channel_id>/test
POST /sites/<slug>/settings/notifications/new/<channel_kind>
POST /sites/<slug>/settings/people/<int:user_id>/remove
POST /sites/<slug>/settings/people/<int:user_id>/role
POST /sites/<slug>/settings/people/invite
POST /sites/<slug>/settings/people/links/<int:invitation_id>/withdraw
POST /sites/<slug>/settings/prices
POST /sites/<slug>/settings/prices/remove
POST /sites/<slug>/settings/private
POST /sites/<slug>/settings/private/remove
POST /sites/<slug>/settings/prompts/<name>
POST /sites/<slug>/settings/prompts/<name>/reset
POST /sites/<slug>/settings/publishing/<int:target_id>
POST /sites/<slug>/settings/publishing/<int:target_id>/remove
POST /sites/<slug>/settings/publishing/<int:target_id>/test
POST /sites/<slug>/settings/publishing/new/<target_kind>
POST /sites/<slug>/settings/sources
POST /sites/<slug>/settings/sources/<int:source_id>/remove
POST /sites/<slug>/site-pages/reading
POST /sites/<slug>/site-pages/reading/cancel
POST /theme
"""


def test_api_routes_are_listed_here(app):
    found = {
        f"{method} {rule}"
        for rule in app.url_map.iter_rules()
        for method in rule.methods & {"GET", "POST"}
    }
    assert sorted(found) == ROUTES.split("\n")[1:-1]


@pytest.mark.parametrize("page", LISTS)
def test_empty_page_says_what_to_do(client, site, page):
    soup = BeautifulSoup(client.get(f"{SITE}/{page}").text, "html.parser")
    assert soup.select("main a.btn, main button"), page


@pytest.mark.parametrize("page", LISTS + OBJECTS)
def test_full_page_renders(client, garden, page):
    answer = client.get(f"{SITE}/{page}")
    assert answer.status_code == 200
    assert len(BeautifulSoup(answer.text, "html.parser").select("h1")) >= 1


@pytest.mark.parametrize(
    "page",
    [
        "keywords/99",
        "clusters/99",
        "ideas/99",
        "content/99",
        "runs/none",
        "runs/99/1/all",
        "items/99",
        "waiting/9",
        "import/99",
        "images/99/x.webp",
        "nothing",
    ],
)
def test_unknown_page_is_404(client, garden, page):
    answer = client.get(f"{SITE}/{page}")
    assert answer.status_code == 404
    assert "<h1>" in answer.text


@pytest.mark.parametrize(
    "page",
    ["keywords/1", "clusters/1", "ideas/1", "content/1", f"runs/{RUN_ID}", "images/1/p0.webp"],
)
def test_objects_of_one_site_are_not_found_under_another(client, garden, page):
    client.post("/sites", data={"name": "Other", "language": "en"})
    assert client.get(f"/sites/other/{page}").status_code == 404


def test_page_has_no_inline_script_style_or_handler(client, garden):
    for page in ["/", "/sites/new", *(f"{SITE}/{p}" for p in LISTS + OBJECTS)]:
        soup = BeautifulSoup(client.get(page).text, "html.parser")
        assert not soup.select("style, [style], script:not([src])"), page
        assert not [
            a for tag in soup.find_all(True) for a in tag.attrs if re.match(r"on|hx-on|hx-vals", a)
        ], page


def test_ids_are_unique_on_a_page(client, garden):
    for page in ["/", *(f"{SITE}/{p}" for p in LISTS + OBJECTS)]:
        soup = BeautifulSoup(client.get(page).text, "html.parser")
        for template in soup.find_all("template"):  # not part of the page until it is copied
            template.decompose()
        ids = [tag["id"] for tag in soup.find_all(id=True)]
        assert len(ids) == len(set(ids)), page


def test_every_field_has_an_accessible_name(client, garden):
    for page in ["/sites/new", *(f"{SITE}/{p}" for p in LISTS + OBJECTS)]:
        soup = BeautifulSoup(client.get(page).text, "html.parser")
        labelled = {label.get("for") for label in soup.find_all("label")}
        for field in soup.select("input:not([type=hidden]), select, textarea"):
            assert (
                field.get("aria-label") or field.get("id") in labelled or field.find_parent("label")
            ), (page, field)


def test_every_changing_form_carries_the_csrf_token(client, garden):
    for page in ["/", "/sites/new", *(f"{SITE}/{p}" for p in LISTS + OBJECTS)]:
        for form in BeautifulSoup(client.get(page).text, "html.parser").select("form[method=post]"):
            assert form.select_one("input[name=csrf_token]"), (page, form.get("action"))


def test_first_visitor_is_led_to_a_new_site(client, app):
    assert client.get("/").headers["Location"] == "/sites/new"
    assert "Welcome" in client.get("/sites/new").text


def test_new_site_leads_to_its_keyword_import(client, app):
    answer = client.post(
        "/sites", data={"name": "Green Garden", "url": "green.example", "language": "de"}
    )
    assert answer.status_code == 303
    assert answer.headers["Location"] == "/sites/green-garden/import"


def test_unknown_site_is_not_found(client, site):
    assert client.get("/sites/nope/").status_code == 404
    assert client.get("/sites/nope/").text.count("Site not found.") == 1


def test_idle_sites_page_polls_slowly(client, site):
    soup = BeautifulSoup(client.get("/").text, "html.parser")
    address = soup.select_one("#sites")["hx-get"]
    assert soup.select_one("#sites")["hx-trigger"] == "every 30s"
    assert client.get(address).status_code == 204
    make_keywords(site, 4)
    assert "<strong>4</strong> waiting" in client.get(address).text


def test_sites_page_polls_often_while_a_run_is_open(client, site):
    make_keywords(site, 4)
    start_run.start_run(site)
    page = client.get("/sites/live")
    assert 'hx-trigger="every 3s"' in page.text and "Run #1" in page.text


def test_sites_of_the_same_name_get_different_slugs(client, app):
    for slug in ("new-2", "new-3"):
        answer = client.post("/sites", data={"name": "New", "language": "en"})
        assert answer.headers["Location"] == f"/sites/{slug}/import"


def test_site_without_a_name_is_refused_and_input_is_kept(client, app):
    answer = client.post("/sites", data={"name": " ", "url": "not an address", "language": "en"})
    assert answer.status_code == 422
    assert "Enter a name." in answer.text
    assert "not an address" in answer.text


def test_theme_is_chosen_without_javascript(client, garden):
    answer = client.post(
        "/theme", data={"theme": "dark"}, headers={"Referer": f"http://localhost{SITE}/runs?x=1"}
    )
    assert answer.headers["Location"] == f"{SITE}/runs?x=1"
    assert 'data-theme="dark"' in client.get(f"{SITE}/runs").text


def test_theme_form_does_not_redirect_to_another_site(client, app):
    answer = client.post(
        "/theme", data={"theme": "dark"}, headers={"Referer": "http://localhost//evil.example/x"}
    )
    assert answer.headers["Location"] == "/"


def test_impossible_row_id_is_not_found(client, garden):
    assert client.get("/sites/green-garden/keywords/99999999999999999999").status_code == 404
    assert client.get("/sites/green-garden/images/99999999999999999999/x.webp").status_code == 404

"""What belongs to another does not exist: the same answer as for what is missing, on every address."""

import pytest
from sqlalchemy import select

from igny8.extensions import read_transaction
from igny8.models import Keyword, Run, SiteSettings
from tests.security.addresses import knocks, without_tokens

MISSING = {"slug": "no-such-site"}


def test_foreign_site_looks_like_a_missing_one(app, cast):
    stranger = cast.enter("stranger")
    for method in ("GET", "POST"):
        foreign = [x for x in knocks(app, method) if "green-garden" in x[1]]
        missing = dict(x for x in knocks(app, method, **MISSING) if "no-such-site" in x[1])
        for endpoint, path in foreign:
            send = stranger.get if method == "GET" else stranger.post
            theirs, none = send(path), send(missing[endpoint])
            assert (theirs.status_code, without_tokens(theirs)) == (
                none.status_code,
                without_tokens(none),
            ), path
            assert theirs.status_code == 404, path


@pytest.mark.parametrize("reference", ["green-garden", "1"])
def test_api_hides_foreign_sites(app, cast, reference):
    stranger = cast.enter("stranger")
    for method in ("GET", "POST"):
        for endpoint, path in knocks(app, method):
            if endpoint.startswith("api.") and "automation" in path:
                send = stranger.get if method == "GET" else stranger.post
                theirs, none = send(f"{path}?site_id={reference}"), send(f"{path}?site_id=99")
                assert (theirs.status_code, without_tokens(theirs)) == (404, without_tokens(none))


def test_object_of_another_site_is_not_found(app, cast):
    stranger = cast.enter("stranger")
    for _, path in knocks(app, "GET", slug="elsewhere"):
        needs_id = any(part in path for part in ("/1", "a" * 32))
        if "/sites/elsewhere/" in path and needs_id:
            answer = stranger.get(path, follow_redirects=True)
            assert answer.status_code == 404, path


def test_bulk_changes_stay_within_the_site(cast):
    before = keywords()
    for verb in ("disable", "delete"):
        cast.enter("stranger").post(
            "/sites/elsewhere/keywords/change",
            data={"verb": verb, "ids": [str(n) for n in range(1, 30)], "sure": "1"},
        )
        cast.enter("stranger").post(
            "/sites/elsewhere/keywords/change", data={"verb": verb, "all": "1", "sure": "1"}
        )
    assert keywords() == before


def test_lists_show_only_sites_of_the_user(cast):
    assert "Green Garden" not in cast.enter("stranger").get("/").text
    assert "Elsewhere" not in cast.enter("viewer").get("/").text
    both = cast.enter("admin").get("/").text
    assert "Green Garden" in both and "Elsewhere" in both
    assert [
        s["site"]["slug"] for s in cast.enter("stranger").get("/api/v1/sites/").json["sites"]
    ] == ["elsewhere"]


def test_switcher_and_menu_show_no_foreign_site(cast):
    assert "Green Garden" not in cast.enter("stranger").get("/sites/elsewhere/automation").text


def test_unknown_form_fields_are_ignored(cast):
    """Mass assignment."""
    form = {
        "name": "Green Garden",
        "url": "",
        "language": "en",
        "strictness": "0",
        "ideas_per_cluster": "2",
        "images_per_article": "1",
        "parallelism": "2",
        "time_zone": "UTC",
        "schedule_kind": "off",
        "schedule_time": "02:00",
        "slug_script": "latin",
        "color_primary": "#112233",
        "color_secondary": "#112233",
        **{
            f"batch_{key}": "1"
            for key in ("cluster", "ideate", "plan", "write", "describe", "draw", "review")
        },
        "id": "99",
        "site_id": "2",
        "slug": "taken-over",
        "cluster_threshold": "0.5",
        "next_run_at": "2026-01-01",
        "is_admin": "1",
        "role": "administrator",
    }
    assert (
        cast.enter("administrator").post("/sites/green-garden/settings", data=form).status_code
        == 303
    )
    with read_transaction() as tx:
        row = tx.execute(select(SiteSettings.__table__).where(SiteSettings.site_id == 1)).one()
    assert row.cluster_threshold is None and row.next_run_at is None
    assert cast.enter("administrator").get("/admin").status_code == 403
    assert cast.enter("viewer").get("/sites/green-garden/automation").status_code == 200


RIGHTS = {
    "viewer": {"see"},
    "editor": {"see", "work"},
    "reviewer": {"see", "review"},
    "administrator": {"see", "work", "review", "manage"},
}
ACTS = {
    "see": ("GET", "keywords", {}),
    "work": ("POST", "keywords/change", {"verb": "enable", "ids": "1"}),
    "review": ("POST", "review/1/approve", {}),
    "manage": ("POST", "settings/people/invite", {"role": "viewer"}),
}


@pytest.mark.parametrize("role", RIGHTS)
@pytest.mark.parametrize("right", ACTS)
def test_roles_allow_exactly_their_rights(cast, role, right):
    method, path, data = ACTS[right]
    answer = cast.enter(role).open(f"/sites/green-garden/{path}", method=method, data=data)
    assert (answer.status_code < 400) == (right in RIGHTS[role]), answer.status_code


@pytest.mark.parametrize("role", ["viewer", "editor", "reviewer", "administrator", "stranger"])
def test_admin_pages_need_an_installation_administrator(app, cast, role):
    for method in ("GET", "POST"):
        for endpoint, path in knocks(app, method):
            if endpoint.startswith(("all_runs.", "accounts.", "audit.")) or endpoint in (
                "sites.new",
                "sites.create",
            ):
                assert cast.enter(role).open(path, method=method).status_code == 403, path


def test_prices_are_read_by_the_site_and_set_by_the_installation(cast):
    path = "/sites/green-garden/settings/prices"
    assert cast.enter("administrator").get(path).status_code == 200
    assert (
        cast.enter("administrator").post(path, data={"pattern": "x", "tokens_in": "0"}).status_code
        == 403
    )


def test_viewer_sees_only_allowed_actions(cast):
    viewer = cast.enter("viewer")
    for page in ("automation", "keywords", "clusters", "ideas", "runs", "content/1"):
        text = viewer.get(f"/sites/green-garden/{page}").text
        assert "Run now" not in text and 'name="verb"' not in text and '/settings"' not in text, (
            page
        )


def test_shared_partial_shows_each_viewer_their_own_buttons(cast):
    path = "/sites/green-garden/automation/live?v=old"
    assert 'id="live-actions"' in cast.enter("editor").get(path).text
    assert "form-run" in cast.enter("editor").get(path).text
    assert "form-run" not in cast.enter("viewer").get(path).text


def test_raising_a_cap_needs_the_manage_right(cast):
    answer = cast.enter("editor").post(
        "/sites/green-garden/automation/raise", data={"credits": "10"}
    )
    assert answer.status_code == 403


def test_run_names_who_started_it(cast):
    cast.enter("editor").post("/sites/green-garden/automation/run")
    with read_transaction() as tx:
        latest = tx.execute(select(Run.__table__).order_by(Run.id.desc()).limit(1)).one()
    assert (latest.started_by, latest.trigger) == ("editor", "manual")


def keywords() -> list:
    with read_transaction() as tx:
        return tx.execute(select(Keyword.__table__).order_by(Keyword.id)).all()

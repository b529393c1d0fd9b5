"""Parallel requests walk over every unique constraint: each gets an answer, never an error 500."""

import dataclasses
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import Index, UniqueConstraint, func, select, update

from igny8 import clock, sign_in_config
from igny8.engine import keyword_import
from igny8.engine.runs import start_run
from igny8.engine.runs.transitions import advance, advanceable_runs
from igny8.engine.work import worker_loop
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import (
    ENDED,
    AllowedAddress,
    Content,
    Coverage,
    CreditAccount,
    ExternalIdentity,
    GateDecision,
    Idea,
    Image,
    ImageRedraw,
    Invitation,
    Keyword,
    KeywordImport,
    KeywordVariant,
    Membership,
    Notification,
    NotificationChannel,
    PartChange,
    Price,
    Prompt,
    ProviderEndpoint,
    ProviderRequest,
    Publication,
    PublishingPlan,
    PublishingTarget,
    RateLimit,
    Run,
    ScheduleSkip,
    Site,
    SitePage,
    SiteReading,
    SiteSettings,
    SiteSource,
    User,
    tokens,
)
from igny8.models.coverage import Found
from igny8.models.site_page import ListedAddress
from igny8.providers.prompts import prompts
from igny8.publishing.webhook import new_secret
from igny8.web.content.calendar import MISSED
from tests.chaos import checker
from tests.conftest import InlineWorker
from tests.factories import change_settings, make_keywords, make_user, sign_in
from tests.waiting import until
from tests.web.conftest import fill

pytestmark = pytest.mark.both_databases
PARALLEL = 6
GREEN = "/sites/green-garden"
PASSWORD = "four unrelated words here now"
# what no two requests can have in common
RANDOM = {
    "uq_api_token_token_hash",
    "uq_invitation_token_hash",
    "uq_login_session_token_hash",
    "uq_automation_run_public_id",
    "uq_publication_marker",
    "uq_client_link_token_hash",
    "uq_notification_delivery_message_id",
}
ONCE_PER_PROCESS = {"uq_worker_host_pid_process_started_at"}
WALKED = {
    "test_parallel_sites_of_one_name": {"uq_site_slug", "pk_site_settings"},
    "test_parallel_accounts_of_one_name": {"uq_app_user_name_key"},
    "test_parallel_first_accounts": {"uq_app_user_is_first"},
    "test_parallel_identities_of_one_subject": {"uq_external_identity_issuer_subject"},
    "test_parallel_invitations_of_one_person": {"pk_membership"},
    "test_parallel_wrong_sign_ins": {"pk_throttle"},
    "test_parallel_settings_of_one_name": {
        "uq_endpoint_site_id_name",
        "uq_prompt_site_id_name_version",
        "pk_price",
        "pk_allowed_address",
    },
    "test_parallel_sources_of_one_text": {"uq_site_source_site_id_content_hash"},
    "test_parallel_targets_of_one_name": {"uq_publishing_target_site_id_name"},
    "test_parallel_publications_of_one_article": {"uq_publication_content_id_target_id"},
    "test_parallel_starts_of_one_run": {
        "uq_automation_run_open",
        "uq_automation_run_site_id_number",
        "pk_run_stage",
        "uq_run_item_run_id_stage_subject_id",
    },
    "test_parallel_imports_of_the_same_keywords": {
        "uq_keyword_site_id_phrase_key",
        "uq_keyword_variant_site_id_phrase_key",
    },
    "test_parallel_changes_of_one_article": {
        "uq_content_version_content_id_number",
        "ix_part_change_open",
    },
    "test_parallel_redraws_of_one_image": {"ix_image_redraw_open"},
    "test_parallel_plans_of_one_calendar": {"pk_publishing_plan"},
    "test_parallel_readings_of_one_website": {"uq_site_reading_open"},
    "test_parallel_records_of_one_moment": {
        "uq_coverage_kind_subject_id",
        "uq_gate_decision_stage_subject_id",
        "uq_notification_channel_id_key",
        "uq_schedule_skip_site_id_due_at",
        "uq_site_page_site_id_address",
    },
    "test_parallel_workers_of_one_run": {
        "uq_account_site_id_scope_period",
        "uq_cluster_site_id_slug",
        "uq_content_task_id",
        "uq_credit_ledger_key",
        "uq_idea_site_id_fingerprint",
        "uq_idea_site_id_slug",
        "uq_idea_site_id_title_key",
        "uq_image_content_id_position",
        "uq_kept_answer_run_id_stage_name",
        "uq_provider_answer_run_id_stage_subject_id_name_sequence",
        "pk_provider_gate",
        "uq_task_idea_id",
    },
}


@pytest.fixture
def admins(app, site):
    """Return the clients of several administrators."""
    users = [make_user(f"admin{n}", is_admin=True) for n in range(PARALLEL)]
    return [sign_in(app.test_client(), user) for user in users]


def together(calls) -> list:
    """Return what calls return that begin at the same moment."""
    start = Barrier(len(calls))

    def one(call):
        start.wait(30)
        return call()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [found.result() for found in [pool.submit(one, call) for call in calls]]


def post(clients, path: str, *forms: dict) -> list[int]:
    """Return the statuses of one form, or of one form each, sent at the same moment."""
    return together(
        [
            lambda client=client, form=forms[n % len(forms)]: (
                client.post(path, data=form).status_code
            )
            for n, client in enumerate(clients)
        ]
    )


def count(model, *conditions) -> int:
    with read_transaction() as tx:
        query = select(func.count()).select_from(model.__table__).where(*conditions)
        return tx.execute(query).scalar_one()


def constraints() -> set[str]:
    """Return the names of all unique constraints, and of primary keys that are not numbered."""
    found = set()
    for table in db.metadata.tables.values():
        for one in (*table.constraints, *table.indexes):
            if isinstance(one, UniqueConstraint):
                found.add(f"uq_{table.name}_{'_'.join(column.key for column in one.columns)}")
            elif isinstance(one, Index) and one.unique:
                found.add(str(one.name))
        if [column.name for column in table.primary_key] != ["id"]:
            found.add(f"pk_{table.name}")
    return found


def test_every_unique_constraint_has_a_test():
    walked = set().union(*WALKED.values())
    assert constraints() == walked | RANDOM | ONCE_PER_PROCESS
    assert {name for name in WALKED if name not in globals()} == set()


def test_parallel_sites_of_one_name(admins):
    assert post(admins, "/sites", {"name": "Same", "language": "en"}) == [303] * PARALLEL
    assert count(Site, Site.name == "Same") == PARALLEL == count(SiteSettings) - 1


def test_parallel_accounts_of_one_name(app, site, admins):
    with write_transaction() as tx:
        links = [Invitation.create(tx, "admin0", site, "viewer") for _ in range(PARALLEL)]
    calls = [
        lambda link=link: (
            app.test_client()
            .post(f"/invitations/{link}", data={"name": "Same", "password": PASSWORD})
            .status_code
        )
        for link in links
    ]
    found = together(calls)
    assert found.count(303) == 1 and set(found) <= {303, 409, 422}
    assert count(User, User.name_key == "same") == 1


def test_parallel_first_accounts(app):
    token = tokens.setup_token(app.config["SETTINGS"].secret_key)
    clients = [app.test_client() for _ in range(PARALLEL)]
    forms = [{"token": token, "name": f"me{n}", "password": PASSWORD} for n in range(PARALLEL)]
    found = post(clients, "/setup", *forms)
    assert found.count(303) == 1 and set(found) <= {303, 404, 409}
    assert count(User) == 1


def test_parallel_identities_of_one_subject(app, site):
    sign_in_settings = sign_in_config.load(
        {"IGNY8_SIGN_IN_HEADER": "Remote-User", "IGNY8_SIGN_IN_HEADER_FROM": "127.0.0.1"}
    )
    app.config["SETTINGS"] = dataclasses.replace(app.config["SETTINGS"], sign_in=sign_in_settings)
    clients = [app.test_client() for _ in range(PARALLEL)]
    headers = {"Remote-User": "nina"}
    found = together(
        [lambda c=client: c.get("/login", headers=headers).status_code for client in clients]
    )
    assert 303 in found and set(found) <= {303, 409}
    assert (count(User), count(ExternalIdentity)) == (1, 1)


def test_parallel_invitations_of_one_person(app, site, admins):
    user = make_user("member")
    with write_transaction() as tx:
        links = [Invitation.create(tx, "admin0", site, "viewer") for _ in range(PARALLEL)]
    clients = [sign_in(app.test_client(), user) for _ in links]
    found = together(
        [
            lambda c=client, link=link: c.post(f"/invitations/{link}").status_code
            for client, link in zip(clients, links, strict=True)
        ]
    )
    assert found.count(303) == 1 and set(found) <= {303, 409}
    assert count(Membership) == 1


def test_parallel_wrong_sign_ins(app, site):
    clients = [app.test_client() for _ in range(PARALLEL)]
    found = post(clients, "/login", {"name": "nobody", "password": "wrong"})
    assert set(found) <= {401, 429}
    assert count(RateLimit) > 0


def test_parallel_settings_of_one_name(admins):
    server = {
        "server_name": "Mine",
        "base_url": "http://127.0.0.1:9/v1",
        "chat_model": "small",
        "concurrent": "3",
        "per_minute": "60",
    }
    price = {"pattern": "same*", "tokens_in": "1", "tokens_out": "2", "image": "3"}
    prompt = {"text": prompts()["role"].text + " Be brief.", "do": "save"}
    for path, form, allowed, model in (
        ("models/servers/new", server, {303, 409, 422}, ProviderEndpoint),
        ("prices", price, {303}, Price),
        ("prompts/role", prompt, {303, 422}, Prompt),
        ("private", {"entry": "10.0.0.7"}, {303}, AllowedAddress),
    ):
        before = count(model)
        found = post(admins, f"{GREEN}/settings/{path}", form)
        assert 303 in found and set(found) <= allowed, (path, found)
        assert count(model) == before + 1, path


HOOK = {
    "on_approval": "nothing",
    "target_name": "Mine",
    "target_url": "http://127.0.0.1:9/in",
    "concurrent": "2",
}


def test_parallel_targets_of_one_name(admins):
    path = f"{GREEN}/settings/publishing/new/webhook"
    found = post(admins, path, HOOK | {"secret": new_secret()})
    assert 303 in found and set(found) <= {303, 409, 422}, found
    assert count(PublishingTarget) == 1


def test_parallel_sources_of_one_text(admins):
    found = post(admins, f"{GREEN}/settings/sources", {"text": "A roof lasts for 75 years."})
    assert found.count(303) == 1 and set(found) <= {303, 409}, found
    assert count(SiteSource) == 1


def test_parallel_publications_of_one_article(app, site, admins):
    with write_transaction() as tx:
        fill(tx, site, app.config["SETTINGS"].images)
        tx.execute(update(Content).values(status="approved"))
        secret, url = new_secret(), HOOK["target_url"]
        target = PublishingTarget.create(tx, site, "webhook", secret, name="Mine", url=url)
    found = post(admins, f"{GREEN}/content/1/publish", {"target_id": str(target)})
    assert found == [302] * PARALLEL or found == [303] * PARALLEL
    assert count(Publication) == 1


def test_parallel_changes_of_one_article(app, site, admins):
    change_settings(site, providers={"write": {"provider": "demonstration"}})
    with write_transaction() as tx:
        fill(tx, site, app.config["SETTINGS"].images)
        tx.execute(update(Content).values(run_id=select(Run.id).limit(1).scalar_subquery()))
    path = f"{GREEN}/review/1/edit"
    seen = re.search(r'name="seen" value="([\w-]+)"', admins[0].get(path).text).group(1)
    meta = {"meta_title": "Mine", "meta_description": "About it.", "excerpt": "Soon."}
    forms = [
        meta | {"title": f"Mine {n}", "html": f"<h2>When</h2><p>In {n} weeks.</p>", "seen": seen}
        for n in range(PARALLEL)
    ]
    found = post(admins, path, *forms)
    assert found.count(303) == 1 and set(found) <= {303, 409}, found
    asked = post(admins, f"{GREEN}/review/1/versions/changes", {"part": "1", "wish": "shorter"})
    assert 303 in asked and set(asked) <= {303, 409}, asked
    assert count(PartChange) == 1


def test_parallel_redraws_of_one_image(app, site, admins):
    change_settings(site, providers={"draw": {"provider": "demonstration"}})
    with write_transaction() as tx:
        fill(tx, site, app.config["SETTINGS"].images)
        tx.execute(update(Content).values(run_id=select(Run.id).limit(1).scalar_subquery()))
    with read_transaction() as tx:
        image_id = tx.execute(select(Image.id).where(Image.content_id == 1)).scalars().first()
    path = f"{GREEN}/content/1/images/{image_id}/redraw"
    assert post(admins, path, {"prompt": "A seed", "alt": ""}) == [303] * PARALLEL
    assert count(ImageRedraw) == 1


def test_parallel_plans_of_one_calendar(admins):
    form = {"days": "1", "times": "09:00", "missed": next(iter(MISSED))}
    assert post(admins, f"{GREEN}/calendar/plan", form) == [303] * PARALLEL
    assert count(PublishingPlan) == 1


def test_parallel_readings_of_one_website(admins):
    found = post(admins, f"{GREEN}/site-pages/reading", {"url": "http://127.0.0.1:9/"})
    assert found.count(303) == 1 and set(found) <= {303, 409}, found
    assert count(SiteReading) == 1


def test_parallel_records_of_one_moment(app, site):
    """What several processes store at the same moment is stored once."""
    make_keywords(site, 1)
    user_id = make_user("member", is_admin=True)
    now = clock.now()
    with write_transaction() as tx:
        channel_id = NotificationChannel.create(tx, site, user_id, "", kind="mail", address="a@b.c")
        channel = tx.execute(select(NotificationChannel.__table__)).one()
    assert channel.id == channel_id

    def store() -> bool:
        with app.app_context(), write_transaction() as tx:
            SitePage.enlist(tx, site, 1, [ListedAddress("https://a.test/x", "X", None)], 10)
            page_id = tx.execute(select(SitePage.id)).scalar_one()
            Coverage.add(tx, site, [Found("keyword", 1, page_id, 0.5, "near")])
            GateDecision.record(tx, site, 3, [1], "approved", "me")
            Notification.store(tx, channel, "once", kind="finished", text="Done", page="", run=1)
            ScheduleSkip.record(tx, site, now, "a run was open")
        return True

    assert together([store] * PARALLEL) == [True] * PARALLEL
    for model in (SitePage, Coverage, GateDecision, Notification, ScheduleSkip):
        assert count(model) == 1, model


def test_parallel_starts_of_one_run(site, admins):
    make_keywords(site, 12)
    found = post(admins, f"{GREEN}/automation/run", {})
    assert 303 in found and set(found) <= {303, 409}
    assert count(Run) == 1


def test_parallel_imports_of_the_same_keywords(app, site, tmp_path):
    lines = "\n".join(f"phrase {n},{n}\nphrases {n},{n}" for n in range(60))
    for n in range(PARALLEL):
        path = tmp_path / f"{n}.csv"
        path.write_text(f"Keyword,Volume\n{lines}\n")
        import_id = keyword_import.preview(site, path, path.name)
        keyword_import.confirm(site, import_id)

    def work() -> bool:
        with app.app_context():
            return keyword_import.import_next() or True

    for _ in range(PARALLEL):
        assert together([work] * PARALLEL) == [True] * PARALLEL
    with read_transaction() as tx:
        keys = tx.execute(select(Keyword.phrase_key)).scalars().all()
        keys += tx.execute(select(KeywordVariant.phrase_key)).scalars().all()
        states = tx.execute(
            select(KeywordImport.state, func.count()).group_by(KeywordImport.state)
        ).all()
    assert len(keys) == len(set(keys)) == 120 and dict(map(tuple, states)) == {"done": PARALLEL}


class SameTitles:
    """Mixed into a provider: it proposes the same title and address for every topic."""

    def propose(self, topic, count, sender=None):
        answer = super().propose(topic, count)
        same = tuple(
            dataclasses.replace(idea, titles=("The same title",), slug="the-same")
            for idea in answer.value
        )
        return dataclasses.replace(answer, value=same)


def test_parallel_workers_of_one_run(app, site, file):
    worker = InlineWorker(app)
    same_titles = type("SameTitlesProvider", (SameTitles, type(worker.provider)), {})
    worker.provider = same_titles()
    change_settings(
        site,
        parallelism=PARALLEL,
        cap_run=1_000_000,
        providers={"draw": {"provider": "demonstration"}},
        batches=dict.fromkeys(("cluster", "ideate", "plan", "write", "describe", "draw"), 1),
    )
    make_keywords(site, 24, a_cluster=2)
    start_run.start_run(site)
    over, troubles = threading.Event(), []

    def work() -> None:
        with app.app_context():
            while not over.is_set():
                try:
                    worker_loop.run_worker(worker.heartbeat, worker.tools_for)
                    for run_id in advanceable_runs():
                        advance(run_id)
                except Exception as error:
                    troubles.append(error)
                    return
                over.wait(0.005)

    def is_over() -> bool:
        worker.heartbeat.send()
        with read_transaction() as tx:
            return Run.find(tx, site).state in ENDED or bool(troubles)

    threads = [threading.Thread(target=work) for _ in range(PARALLEL)]
    for thread in threads:
        thread.start()
    try:
        until(is_over, 90, "the end of the run")
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert troubles == [] and checker.check(file) == []
    with read_transaction() as tx:
        run = Run.find(tx, site)
    assert run.state == "completed", run.status_reason
    assert count(Idea) > 1 and count(CreditAccount) == 3 and count(ProviderRequest) > 0

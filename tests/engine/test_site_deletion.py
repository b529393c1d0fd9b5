"""Deleting a site removes everything that belongs to it, and nothing else."""

import pytest
from sqlalchemy import func, select

from igny8.engine import keyword_import, site_deletion
from igny8.engine.runs import controls, start_run
from igny8.engine.work import recovery
from igny8.errors import ActionRefused
from igny8.extensions import db, read_transaction
from igny8.models import Site
from tests.factories import change_settings, make_keywords, make_site
from tests.waiting import until

SHARED = {
    "alembic_version",
    "app_user",
    "audit_entry",
    "login_session",
    "price",
    "provider_gate",
    "throttle",
    "worker",
}


def folders(app) -> tuple:
    """Return where images and uploads are."""
    return app.config["SETTINGS"].images, app.config["SETTINGS"].uploads


def claim_of_stage(number: int, inline_worker):
    """Work off all that comes before a stage; return its first claim."""

    def worked():
        batch = inline_worker.claim()
        if batch is not None and batch.stage == number:
            return batch
        if batch is not None:
            inline_worker.process(batch)
        inline_worker.sweep()
        return None

    return until(worked, 60, f"a claim of stage {number}")


def test_deleted_site_leaves_nothing(app, site, drain, tmp_path):
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    drain()
    images, uploads = folders(app)
    assert (images / str(site.id)).exists()
    site_deletion.remove_site(site.id, images, uploads)
    assert not (images / str(site.id)).exists()
    with read_transaction() as tx:
        for table in db.metadata.sorted_tables:
            if table.name not in SHARED:
                assert tx.execute(select(func.count()).select_from(table)).scalar_one() == 0, (
                    table.name
                )


def test_other_sites_keep_everything(app, site):
    other = make_site("other")
    make_keywords(other, 3)
    site_deletion.remove_site(site.id, *folders(app))
    with read_transaction() as tx:
        assert Site.find("other", tx) is not None
    start_run.start_run(other)


def test_site_with_an_open_run_is_not_deleted(app, site):
    make_keywords(site.id, 2)
    start_run.start_run(site.id)
    with pytest.raises(ActionRefused, match="Cancel it first"):
        site_deletion.remove_site(site.id, *folders(app))
    controls.cancel(site.id)
    site_deletion.remove_site(site.id, *folders(app))


def test_lost_claim_of_a_deleted_site_leaves_no_image(app, site, inline_worker):
    images, uploads = folders(app)
    make_keywords(site.id, 2)
    start_run.start_run(site.id)
    batch = claim_of_stage(6, inline_worker)

    def gone_meanwhile(file_name):
        recovery.requeue(batch.token, 0, "it stood still")
        controls.cancel(site.id)
        site_deletion.remove_site(site.id, images, uploads)

    inline_worker.provider.fails["draw"] = gone_meanwhile
    inline_worker.process(batch)
    assert list(images.iterdir()) == []


def test_lost_claim_of_an_existing_site_keeps_images(app, site, inline_worker):
    images, _ = folders(app)
    make_keywords(site.id, 2)
    change_settings(site.id, batches={"draw": 1})
    start_run.start_run(site.id)
    inline_worker.process(claim_of_stage(6, inline_worker))
    before = set(images.rglob("*.webp"))
    batch = claim_of_stage(6, inline_worker)
    recovery.requeue(batch.token, 0, "it stood still")
    inline_worker.process(batch)
    assert before and before <= set(images.rglob("*.webp"))


def test_site_deletion_deletes_its_uploads_only(app, site):
    images, uploads = folders(app)
    for owner, name in ((site.id, "mine.csv"), (make_site("other"), "others.csv")):
        (uploads / name).write_text("Keyword\ngreen tea\n")
        keyword_import.preview(owner, uploads / name, name)
    site_deletion.remove_site(site.id, images, uploads)
    assert [path.name for path in uploads.iterdir()] == ["others.csv"]

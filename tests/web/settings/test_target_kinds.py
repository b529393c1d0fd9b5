"""A kind that enters the register is offered, asked for, stored, tested and published to."""

import io
import zipfile

import pytest
from sqlalchemy import select, update

from igny8.engine.publications import kinds, worker
from igny8.engine.publications.kinds import Field, Kind, TargetTestResult
from igny8.extensions import db, write_transaction
from igny8.models import Content, Publication, PublishingTarget

PAGE = "/sites/green-garden/settings/publishing"


@pytest.fixture
def pigeon(monkeypatch):
    """Return what a kind of its own was given, which is in the register during the test."""
    sent = []

    def publish(work):
        work.intend("send")
        sent.append((work.text.slug, work.target.options["coop"]))
        work.store("sent", remote_id="1")
        work.settle(proof=[])

    kind = Kind(
        name="pigeon",
        label="Pigeon",
        noun="carrier pigeon",
        fields=(Field("coop", "Coop", what="the coop"), Field("fast", "Fly fast", type="tick")),
        publish=publish,
        test=lambda target, secret, context: TargetTestResult(
            True, f"{target.options['coop']} is near."
        ),
        test_label="Let it fly",
    )
    monkeypatch.setitem(kinds.KINDS, "pigeon", kind)
    return sent


def test_registered_kind_is_offered_stored_tested_and_used(client, garden, pigeon):
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="approved"))
    assert "carrier pigeon" in client.get(PAGE).text
    form = {"target_name": "Bird", "concurrent": "1", "fast": "1", "on_approval": "nothing"}
    refused = client.post(f"{PAGE}/new/pigeon", data=form)
    assert refused.status_code == 422 and "Enter the coop." in refused.text
    client.post(f"{PAGE}/new/pigeon", data=form | {"coop": "Attic"})
    [row] = db.session.execute(select(PublishingTarget.__table__)).all()
    assert row.options == {"coop": "Attic", "fast": True}
    assert "Let it fly" in client.get(f"{PAGE}/{row.id}").text
    assert "Attic is near." in client.post(f"{PAGE}/{row.id}/test").text
    data = {"target_id": row.id, "wanted": "publish"}
    client.post("/sites/green-garden/content/1/publish", data=data)
    worker.publish_next()
    assert pigeon == [("t1", "Attic")]
    assert db.session.execute(select(Publication.state)).scalar() == "published"


def test_kinds_have_unique_names_and_fields():
    for name, kind in kinds.KINDS.items():
        fields = [each.name for each in kind.fields]
        assert name == kind.name and len(name) <= 12 and len(set(fields)) == len(fields)
        assert kind.is_sent_to == (kind.test is not None)


FILES = {"on_approval": "nothing", "target_name": "Files", "concurrent": "2", "format": "hugo"}


def test_folder_is_added_tested_and_downloaded(client, garden):
    with write_transaction() as tx:
        tx.execute(update(Content).values(status="approved"))
    client.post(f"{PAGE}/new/folder", data=FILES)
    row = db.session.execute(select(PublishingTarget.__table__)).one()
    assert "Files can be written" in client.post(f"{PAGE}/{row.id}/test").text
    data = {"target_id": row.id, "wanted": "publish"}
    client.post("/sites/green-garden/content/1/publish", data=data)
    worker.publish_next()
    answer = client.get(f"{PAGE}/{row.id}/files")
    names = zipfile.ZipFile(io.BytesIO(answer.data)).namelist()
    assert "content/posts/t1/index.md" in names and len(names) == 3
    assert f"/{row.id}/files" in client.get(f"{PAGE}/{row.id}").text


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("folder", "path", "../{slug}.md"),
        ("folder", "path", "posts/x.md"),
        ("folder", "path", "{slug.__class__}.md"),
        ("folder", "folder", "/etc"),
        ("folder", "image_url", 'https://a.example/" onerror="x'),
        ("git", "target_url", "/etc"),
        ("git", "target_url", "https://169.254.169.254/x.git"),
        ("git", "branch", "--force"),
    ],
)
def test_forbidden_folder_or_file_name_is_refused(client, site, kind, name, value):
    git = {"target_url": "https://93.184.215.14/x.git", "branch": "main"}
    answer = client.post(f"{PAGE}/new/{kind}", data=FILES | git | {name: value})
    assert answer.status_code == 422 and f'id="e-{name}"' in answer.text

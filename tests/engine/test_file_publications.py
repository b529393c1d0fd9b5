"""Folders and Git repositories get each text exactly once, whoever dies and whatever is lost."""

import os
import re
import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest
from sqlalchemy import select, update

from igny8.engine import fault_injection as faults
from igny8.engine.publications import worker
from igny8.engine.publications.kinds import KINDS
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublishingTarget
from igny8.publishing.folder_zip import IMPORT_FILE, write_folder_zip
from tests.web.conftest import fill

BASE = {"path": "", "image_folder": "", "image_url": "", "page_url": "", "folder": ""}


@pytest.fixture
def articles(app, site) -> list[int]:
    """Return the ids of four approved articles with two images each."""
    with write_transaction() as tx:
        fill(tx, site.id, Path(app.config["SETTINGS"].images))
        tx.execute(update(Content).values(status="approved"))
        return list(tx.execute(select(Content.id).order_by(Content.id)).scalars())


@pytest.fixture
def repository(tmp_path, app, monkeypatch) -> Path:
    """Return an empty bare repository that targets may push to."""
    path = tmp_path / "site.git"
    subprocess.run(["git", "init", "--bare", "--quiet", path], check=True)
    settings = app.config["SETTINGS"]
    monkeypatch.setitem(
        app.config, "SETTINGS", _with(settings, publish_folders=(tmp_path.resolve(),))
    )
    return path.resolve()


def _with(settings, **more):
    return type(settings)(**{name: getattr(settings, name) for name in vars(settings)} | more)


def add(site, kind: str, **values) -> int:
    options = BASE | {"format": "hugo", "branch": "main"} | values.pop("options", {})
    with write_transaction() as tx:
        return PublishingTarget.create(
            tx, site.id, kind, None, name=kind, options=options, **values
        )


def publish(site, target, content_id, hours_later, rounds: int = 1, **more):
    with write_transaction() as tx:
        Publication.request(tx, site.id, content_id, target, "anna", **more)
    return work_off(target, content_id, hours_later, rounds)


def work_off(target, content_id, hours_later, rounds: int = 1):
    for number in range(rounds):
        hours_later(130) if number else None
        worker.publish_next()
    with read_transaction() as tx:
        return Publication.find(tx, content_id, target)


def root(app, target) -> Path:
    with read_transaction() as tx:
        row = tx.execute(select(PublishingTarget.__table__).filter_by(id=target)).one()
    return KINDS["folder"].folder(row)


def files_of(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file())


def git(repository, *words) -> str:
    done = subprocess.run(["git", "-C", repository, *words], capture_output=True, check=True)
    return done.stdout.decode()


def change(content_id, **values) -> None:
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == content_id).values(**values))


def test_folder_receives_the_article_and_its_images(app, site, articles, hours_later):
    target = add(site, "folder")
    row = publish(site, target, articles[0], hours_later)
    folder = root(app, target)
    text, *images = sorted(files_of(folder), key=lambda name: name.endswith(".webp"))
    assert (row.state, text, len(images)) == ("published", "content/posts/t1/index.md", 2), row
    made = (folder / text).read_text()
    assert f'igny8: "igny8:{row.marker}:{row.version[:16]}"' in made and "draft: false" in made
    for address in re.findall(r"!\[.*?\]\((.*?)\)", made):
        assert (folder / text).parent.joinpath(address).is_file()


@pytest.mark.parametrize("name", ["jekyll", "eleventy", "astro", "pelican", "plain", "html"])
def test_images_lie_where_each_format_refers_to_them(app, site, articles, hours_later, name):
    target = add(site, "folder", options={"format": name})
    publish(site, target, articles[0], hours_later)
    folder = root(app, target)
    [text] = [folder / each for each in files_of(folder) if not each.endswith(".webp")]
    found = re.findall(r"""(?:\]\(|src=")([^")]+)""", text.read_text())
    assert len(found) == 2 and all(text.parent.joinpath(each).is_file() for each in found)


def test_update_replaces_the_file_and_removes_unused_images(app, site, articles, hours_later):
    target = add(site, "folder", options={"page_url": "https://a.example/{slug}/"})
    publish(site, target, articles[0], hours_later)
    before = files_of(root(app, target))
    change(articles[0], title="New title", slug="other")
    with write_transaction() as tx:
        tx.exec_driver_sql("DELETE FROM image WHERE position = 1")
    row = publish(site, target, articles[0], hours_later)
    after = files_of(root(app, target))
    assert set(after) < set(before) and len(after) == 2
    assert row.state == "published" and row.remote_url == "https://a.example/t1/"
    assert "New title" in (root(app, target) / "content/posts/t1/index.md").read_text()


def test_changed_or_deleted_file_is_not_overwritten(app, site, articles, hours_later):
    target = add(site, "folder")
    publish(site, target, articles[0], hours_later)
    text = root(app, target) / "content/posts/t1/index.md"
    text.write_text(text.read_text() + "By hand")
    change(articles[0], title="New title")
    row = publish(site, target, articles[0], hours_later)
    assert (row.state, row.changed_there) == ("outdated", True) and "By hand" in text.read_text()
    row = publish(site, target, articles[0], hours_later, overwrite=True)
    assert row.state == "published" and "By hand" not in text.read_text()
    text.unlink()
    change(articles[0], title="Newer title")
    assert publish(site, target, articles[0], hours_later).state == "missing"
    assert publish(site, target, articles[0], hours_later).state == "published"


def test_file_of_another_origin_is_not_touched(app, site, articles, hours_later):
    target = add(site, "folder", options={"format": "plain"})
    folder = root(app, target)
    folder.mkdir(parents=True)
    (folder / "t1.md").write_text("mine")
    assert publish(site, target, articles[0], hours_later).state == "published"
    assert (folder / "t1.md").read_text() == "mine" and (folder / "t1-2.md").is_file()


def test_link_out_of_the_folder_is_not_followed(app, site, articles, hours_later, tmp_path):
    target = add(site, "folder", options={"format": "plain", "path": "posts/{slug}.md"})
    folder = root(app, target)
    folder.mkdir(parents=True)
    (folder / "posts").symlink_to(tmp_path)
    row = publish(site, target, articles[0], hours_later)
    assert row.state == "failed" and "through a link" in row.reason
    assert not (tmp_path / "t1.md").exists()


def test_repository_receives_one_commit_per_version(site, articles, repository, hours_later):
    target = add(site, "git", url=str(repository))
    assert publish(site, target, articles[0], hours_later).state == "published"
    assert publish(site, target, articles[1], hours_later).state == "published"
    change(articles[0], title="New title")
    publish(site, target, articles[0], hours_later)
    subjects = git(repository, "log", "--format=%s", "main").splitlines()
    assert [line.split("“")[0] for line in subjects] == ["Update ", "Publish ", "Publish "]
    assert len(git(repository, "ls-tree", "-r", "--name-only", "main").splitlines()) == 6
    assert "New title" in git(repository, "show", "main:content/posts/t1/index.md")


def test_concurrent_commit_of_another_person_is_kept(
    site, articles, repository, hours_later, monkeypatch
):
    target = add(site, "git", url=str(repository))
    publish(site, target, articles[0], hours_later)
    work, has_moved = worker.Work.intend, []

    def intend(self, name, **more):
        work(self, name, **more)
        if "commit" in more and not has_moved:
            has_moved.append(True)
            tree = git(repository, "rev-parse", "main^{tree}").strip()
            author = ["-c", "user.name=a", "-c", "user.email=a@b"]
            new = git(repository, *author, "commit-tree", tree, "-p", "main", "-m", "Mine")
            git(repository, "update-ref", "refs/heads/main", new.strip())

    monkeypatch.setattr(worker.Work, "intend", intend)
    assert publish(site, target, articles[1], hours_later).state == "published"
    subjects = git(repository, "log", "--format=%s", "main").splitlines()
    assert [line.split()[0] for line in subjects] == ["Publish", "Mine", "Publish"]


class Died(BaseException):
    """The process is killed here."""


def die(*_):
    raise Died


@pytest.mark.parametrize("kind", ["folder", "git"])
def test_worker_killed_at_any_point_leaves_one_file_and_one_commit(
    app, site, articles, repository, hours_later, monkeypatch, kind
):
    monkeypatch.setattr(os, "kill", die)
    target = add(site, kind, url=str(repository) if kind == "git" else "")
    deaths = 0
    for number, point in enumerate(faults.PUBLISHING_FAULT_POINTS):
        content_id = articles[number % 4]
        with write_transaction() as tx:
            tx.execute(Publication.__table__.delete().where(Publication.content_id == content_id))
            Publication.request(tx, site.id, content_id, target, "anna")
        change(content_id, slug=f"s{number}")
        faults._passages.clear()
        monkeypatch.setenv("IGNY8_FAULT", point)
        try:
            worker.publish_next()
        except Died:
            deaths += 1
        monkeypatch.delenv("IGNY8_FAULT")
        hours_later(100)
        row = work_off(target, content_id, hours_later, 3)
        assert row.state == "published", (point, row.reason)
    if kind == "git":
        assert len(git(repository, "log", "--format=%s", "main").splitlines()) == 5
        made = git(repository, "ls-tree", "-r", "--name-only", "main").splitlines()
    else:
        made = files_of(root(app, target))
    assert (len(made), deaths) == (15, 5)


def test_import_files_are_well_formed_and_complete(app, site, articles, hours_later, tmp_path):
    options = {"format": "wxr", "image_url": "https://a.example/media"}
    target = add(site, "folder", options=options)
    change(articles[0], html="<h2>A ]]> b</h2><p>x &amp; y</p>", title="A & \x01B ]]>")
    for content_id in articles[:2]:
        publish(site, target, content_id, hours_later, wanted="draft")
    zipped = tmp_path / "all.zip"
    with zipped.open("wb") as file:
        write_folder_zip(root(app, target), file)
    document = ElementTree.fromstring(zipfile.ZipFile(zipped).read(IMPORT_FILE))
    space = {
        "wp": "http://wordpress.org/export/1.2/",
        "c": "http://purl.org/rss/1.0/modules/content/",
    }
    assert document.find("channel/wp:wxr_version", space).text == "1.2"
    items = document.findall("channel/item")
    posts = [i for i in items if i.find("wp:post_type", space).text == "post"]
    media = [i for i in items if i.find("wp:post_type", space).text == "attachment"]
    assert (len(posts), len(media)) == (2, 4)
    assert posts[0].find("title").text == "A & B ]]>"
    assert "igny8:" in posts[0].find("c:encoded", space).text
    assert posts[0].find("wp:status", space).text == "draft"
    assert {c.get("domain") for c in posts[0].findall("category")} == {"category", "post_tag"}
    ids = [i.find("wp:post_id", space).text for i in items]
    thumbnail = posts[1].find("wp:postmeta/wp:meta_value", space).text
    assert len(set(ids)) == 6 and thumbnail in ids
    assert all(
        i.find("wp:attachment_url", space).text.startswith("https://a.example/media/")
        for i in media
    )

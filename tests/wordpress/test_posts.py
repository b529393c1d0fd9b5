"""A real WordPress keeps a post whole, is updated in place, and gets no second one whatever fails."""

from contextlib import contextmanager

import pytest
from sqlalchemy import delete, update

from igny8.engine.publications import worker
from igny8.extensions import read_transaction, write_transaction
from igny8.models import Content, Publication, PublishingTarget
from igny8.publishing.requests import TargetError, make_target_client
from igny8.publishing.wordpress import check_access
from tests.chaos.publication_fields import check_fields
from tests.wordpress.conftest import HERE
from tests.wordpress.server import PRETTY_PERMALINKS, USER
from tests.wordpress.tables import read_tables

MISSING_ROLE = "get_user_by('login', 'anna')->set_role('{}'); return 1;"


@pytest.fixture
def publish(site, articles, target, wordpress, hours_later):
    """Return a function that publishes an article in so many attempts; gives its row."""

    def go(attempts: int = 1, article: int = articles[0], **more):
        with write_transaction() as tx:
            Publication.request(tx, site.id, article, target, "anna", **more)
        for _ in range(attempts):
            worker.publish_next()
            hours_later(1000)
        with read_transaction() as tx:
            return Publication.find(tx, article, target)

    return go


@pytest.fixture
def tables(wordpress, publish):
    """Return a function that reads posts and media that this test made, from WordPress's tables."""
    before = read_tables(wordpress.database)

    def read():
        now = read_tables(wordpress.database)
        now.posts = {k: v for k, v in now.posts.items() if k not in before.posts}
        now.media = {k: v for k, v in now.media.items() if k not in before.media}
        return now

    return read


@pytest.fixture
def faults(wordpress):
    """Return a function that sets faults of the site, which end with the test."""
    yield wordpress.set_faults
    wordpress.set_faults()


@contextmanager
def option(wordpress, name: str, value: str, usual: str):
    """Let an option of WordPress have another value inside the block."""
    wordpress.evaluate(f"return update_option('{name}', '{value}');")
    try:
        yield
    finally:
        wordpress.evaluate(f"return update_option('{name}', '{usual}');")


def change(article: int, **values) -> None:
    with write_transaction() as tx:
        tx.execute(update(Content).where(Content.id == article).values(**values))


def test_post_is_complete_and_updated_in_place(publish, tables, articles, file):
    row = publish()
    assert (row.state, [part for part in row.proof if not part["ok"]]) == ("published", [])
    assert check_fields(file, tables()) == []
    change(articles[0], title="Seeds & trays")
    again = publish()
    assert (again.state, again.remote_id) == ("published", row.remote_id)
    assert check_fields(file, tables()) == [] and len(tables().posts) == 1


def test_field_check_finds_lost_values(publish, tables, articles, file, wordpress):
    row = publish()
    wordpress.evaluate(
        f"wp_update_post(['ID' => {row.remote_id}, 'post_title' => 'x', 'post_excerpt' => 'x', "
        "'post_content' => 'x', 'post_name' => 'x', 'post_status' => 'draft', 'tags_input' => []]);"
        f"wp_set_post_terms({row.remote_id}, [], 'category');"
        f"return delete_post_thumbnail({row.remote_id});"
    )
    found = " ".join(check_fields(file, tables()))
    for name in ("title", "excerpt", "text", "address", "status", "category", "tags"):
        assert f"field: {name} " in found
    assert "images in the text" in found and "featured image" in found


def test_post_whose_record_was_lost_is_found_again(publish, tables):
    row = publish()
    kept = {name: getattr(row, name) for name in ("site_id", "content_id", "target_id", "marker")}
    with write_transaction() as tx:
        tx.execute(delete(Publication))
        tx.execute(Publication.__table__.insert().values(state="queued", **kept))
    found = publish()
    assert (found.state, found.changed_there) == ("outdated", True)
    found = publish(overwrite=True)
    assert (found.state, found.remote_id) == ("published", row.remote_id), found.reason
    assert len(tables().posts) == 1 and len(tables().media) == 2


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("login page", "Log In"),
        ("maintenance", "Briefly unavailable"),
        ("500 after", "critical error"),
        ("empty after", "an empty answer"),
    ],
)
def test_fault_of_each_request_leaves_one_post(publish, tables, faults, file, fault, sentence):
    faults(*[f"once {fault}"] * 3)
    row = publish()
    assert row.state in ("queued", "unknown") and sentence in row.reason
    row = publish(9)
    assert row.state == "published", row.reason
    assert len(tables().posts) == 1 and check_fields(file, tables()) == []


def test_warning_of_php_before_the_data_is_named_and_leaves_one_post(publish, tables, faults):
    faults("warning")
    row = publish(8)
    assert row.state == "failed" and "Warning: Undefined variable" in row.reason
    assert len(tables().posts) == 1
    faults()
    assert publish(3).state == "published" and len(tables().posts) == 1


def test_site_that_refuses_webp_gets_jpeg(publish, tables, faults):
    faults("no webp")
    assert publish().state == "published"
    assert [each["source_url"][-4:] for each in tables().media.values()] == [".jpg", ".jpg"]


def test_taken_address_gets_the_number_that_the_site_gives(publish, wordpress, articles):
    change(articles[0], slug="taken")
    wordpress.evaluate(
        "return wp_insert_post(['post_title' => 'Taken', 'post_name' => 'taken', "
        "'post_status' => 'publish']);"
    )
    row = publish()
    assert row.state == "published" and row.remote_url.endswith("/taken-2/")
    assert [part["note"] for part in row.proof if not part["ok"]] == [
        "“taken-2”, because the other is taken"
    ]


def test_existing_category_with_another_slug_is_used(publish, tables, wordpress, articles):
    name = "how to start seeds indoors in winter"
    wordpress.evaluate(
        "foreach (get_terms(['taxonomy' => 'category', 'hide_empty' => false]) as $each) "
        "wp_delete_term($each->term_id, 'category');"
        f"return wp_insert_term('{name}', 'category', ['slug' => 'other']);"
    )
    assert publish().state == "published"
    [post] = tables().posts.values()
    assert post["categories"] == [name]


def test_plain_permalinks_work(publish, tables, wordpress, site, target):
    with write_transaction() as tx:
        PublishingTarget.store_facts(tx, target, {})
    with option(wordpress, "permalink_structure", "", PRETTY_PERMALINKS):
        assert publish().state == "published"
    assert len(tables().posts) == 1 and len(tables().media) == 2


@pytest.mark.parametrize("role", ["contributor", "subscriber"])
def test_lost_role_fails_with_its_cure_and_continues_later(publish, tables, wordpress, role):
    wordpress.evaluate(MISSING_ROLE.format(role))
    row = publish()
    wordpress.evaluate(MISSING_ROLE.format("editor"))
    assert row.state == "failed" and "author or editor" in row.reason, row.reason
    assert publish(2).state == "published" and len(tables().posts) == 1


def test_post_that_a_person_edited_is_not_overwritten_unless_asked(publish, wordpress, tables):
    row = publish()
    wordpress.evaluate(f"return wp_update_post(['ID' => {row.remote_id}, 'post_title' => 'Mine']);")
    row = publish()
    assert row.state == "outdated" and "by a person" in row.reason
    assert tables().posts[int(row.remote_id)]["title"] == "Mine"
    assert publish(overwrite=True).state == "published" and len(tables().posts) == 1


@pytest.mark.parametrize(
    ("act", "sentence"),
    [("wp_trash_post({})", "in the bin"), ("wp_delete_post({}, true)", "deleted on the site")],
)
def test_post_that_a_person_deleted_is_missing_until_asked(publish, wordpress, act, sentence):
    row = publish()
    wordpress.evaluate(f"return (bool) {act.format(row.remote_id)};")
    found = publish()
    assert (found.state, sentence in found.reason) == ("missing", True)
    again = publish()
    assert again.state == "published" and again.remote_id != row.remote_id


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        ("no application passwords", "not served over https"),
        ("no authorization header", "removes the Authorization header"),
    ],
)
def test_connection_test_names_the_obstacle(wordpress, faults, fault, sentence):
    faults(fault)
    with make_target_client(HERE) as http, pytest.raises(TargetError, match=sentence):
        check_access(http, lambda line: None, wordpress.url, USER, wordpress.secret)


@pytest.mark.parametrize("user", [USER, "bob"])
def test_wrong_password_or_user_is_named(wordpress, user):
    sentence = "the user name or the application password is wrong"
    with make_target_client(HERE) as http, pytest.raises(TargetError, match=sentence):
        check_access(http, lambda line: None, wordpress.url, user, "x" * 24)

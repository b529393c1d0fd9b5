"""Secrets are encrypted, never shown, and survive key rotation (attacks 37 to 40)."""

import io
import re
import stat
import zipfile

import psycopg
import pytest
from sqlalchemy import select

from igny8 import redaction
from igny8.errors import Igny8Error
from igny8.extensions import read_transaction, write_transaction
from igny8.models import ProviderEndpoint
from igny8.models.encryption import DecryptError, decrypt
from igny8.upkeep import key_rotation
from tests.conftest import DATABASES, PostgresDatabase
from tests.providers.openai_compatible.server import Say, chat, schema_of
from tests.security import hostile
from tests.security.conftest import started
from tests.security.outside import Visitor
from tests.security.test_rule_07_hostile_texts import pages_of
from tests.servers import PASSWORD, QUOTED_PASSWORD

SECRET, STORED, GIVEN = (
    f"canary-{name}-0123456789abcdef" for name in ("secret", "stored", "given")
)
CANARIES = (SECRET, STORED, GIVEN, PASSWORD, QUOTED_PASSWORD)
SERVER = {
    "server_name": "Echo",
    "chat_model": "small",
    "image_model": "",
    "concurrent": "4",
    "per_minute": "",
}


class Echo(hostile.Model):
    """A model server that repeats the key it was given: in errors at first, then in every text."""

    def __init__(self):
        super().__init__()
        self.errors = [400, 500, 429, 404]

    def __call__(self, request: dict) -> Say:
        key = (request.get("key") or "").removeprefix("Bearer ")
        if "messages" not in request:
            return Say({"data": [{"id": "small"}, {"id": f"model-of-{key}"}]})
        if self.errors:
            return Say(
                {"error": {"message": f"Incorrect API key provided: {key}. Bearer {key}"}},
                self.errors.pop(),
            )
        return chat(self._filled(self._value(schema_of(request), request), key))

    def _filled(self, value, key: str):
        if isinstance(value, dict):
            return {name: self._filled(inner, key) for name, inner in value.items()}
        if isinstance(value, list):
            return [self._filled(inner, key) for inner in value]
        return f"Garden {key}" if isinstance(value, str) and len(value) > 20 else value


@pytest.fixture(scope="module", params=DATABASES)
def told(request, tmp_path_factory, model):
    """Return (product, visitor, everything that can be seen of it), after a run with a server that repeats its key."""
    environ = {
        "IGNY8_SECRET_KEY": SECRET,
        "IGNY8_AI_BASE_URL": model.will(Echo()).url,
        "IGNY8_AI_API_KEY": GIVEN,
        "IGNY8_AI_MODEL": "small",
        "IGNY8_LOG_LEVEL": "DEBUG",
    }
    if request.param == "postgresql":
        environ["DATABASE_URL"] = PostgresDatabase(request.getfixturevalue("postgres")).url
    with started(tmp_path_factory.mktemp("canaries") / "var", **environ) as product:
        visitor = Visitor(product.address, product.cookies())
        slug = visitor.new_site("Canaries")
        answer = visitor.post(
            f"/sites/{slug}/settings/models/servers/new",
            {**SERVER, "base_url": model.url, "key": STORED},
        )
        assert answer.status == 303
        where = answer.headers["Location"]
        seen = {f"tried {n}": visitor.post(f"{where}/test").text for n in range(6)}
        visitor.post(
            f"/sites/{slug}/settings/models",
            {"provider_ideate": "1", "provider_write": "1", "model_write": "small"},
        )
        visitor.take_in(
            slug,
            [f"garden {word} ideas" for word in ("shed", "fence", "pond", "bench", "lamp", "path")],
        )
        seen["snapshot"] = str(visitor.run(slug))
        yield product, visitor, seen | pages_of(visitor, f"/sites/{slug}")


def test_pages_contain_no_secret(told):
    _, _, seen = told
    assert len(seen) > 20 and any("Garden ***" in text for text in seen.values())
    assert {where for where, text in seen.items() for canary in CANARIES if canary in text} == set()


def test_stored_key_is_shown_by_its_end_only(told):
    _, visitor, _ = told
    page = visitor.get("/sites/canaries/settings/models/servers/1").text
    assert "••••cdef" in page and not re.search(r'name="key"[^>]*value=', page)


def test_downloads_contain_no_secret(told):
    _, visitor, seen = told
    texts = [path for path in seen if re.search(r"/content/\d+$", path)]
    files = [
        visitor.get(f"{path}/download.{kind}").body
        for path in texts
        for kind in ("html", "md", "zip")
    ]
    files += [visitor.get("/sites/canaries/keywords/export.csv").body]
    for packed in [data for data in files if data.startswith(b"PK")]:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            files += [archive.read(name) for name in archive.namelist()]
    assert len(files) > 8 and [c for c in CANARIES for data in files if c.encode() in data] == []


def test_api_responses_contain_no_secret(told):
    _, visitor, _ = told
    run_id = visitor.json("/api/v1/automation/history/?site_id=canaries")["runs"][0]["run_id"]
    for name in ("run_progress", "pipeline_overview", "estimate", "history", "logs"):
        answer = visitor.get(f"/api/v1/automation/{name}/?site_id=canaries&run_id={run_id}")
        assert answer.status == 200 and [c for c in CANARIES if c in answer.text] == []


def test_log_contains_no_secret(told):
    product, visitor, _ = told
    visitor.get(f"/nope?api_key={STORED}")
    visitor.get(f"/nope/{STORED}/{SECRET}")
    assert "/nope" in product.written and [c for c in CANARIES if c in product.written] == []


def test_database_and_files_contain_no_plain_secret(told):
    product, _, _ = told
    for path in [
        p for p in product.folder.rglob("*") if p.is_file() and not p.name.endswith(".key")
    ]:
        assert [c for c in CANARIES if c.encode() in path.read_bytes()] == [], path
    if "DATABASE_URL" in product.environ:
        with psycopg.connect(product.environ["DATABASE_URL"].replace("+psycopg", "")) as connection:
            tables = connection.execute(
                "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
            ).fetchall()
            held = [
                connection.execute(f'SELECT t::text FROM "{name}" t').fetchall()
                for [name] in tables
            ]
        bodies = repr(held)
        assert (
            len(tables) > 15
            and [c for c in CANARIES if c in bodies or c.encode().hex() in bodies] == []
        )


def test_commands_print_no_secret(told):
    product, _, _ = told
    for words in (
        ("doctor",),
        ("status", "canaries", "--json"),
        ("db", "upgrade"),
        ("import-keywords", "a", "/none"),
    ):
        done = product.command(*words)
        assert [c for c in CANARIES if c in done.stdout + done.stderr] == []
    done = product.command(
        "doctor", DATABASE_URL=f"postgresql://nobody:{QUOTED_PASSWORD}@127.0.0.1:1/none"
    )
    assert done.returncode == 1
    assert not any(form in done.stdout + done.stderr for form in (PASSWORD, QUOTED_PASSWORD))


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("key sk-proj-abcdefgh1234", "abcdefgh1234"),
        ('{"api_key": "abcdefgh1234"}', "abcdefgh1234"),
        ("?token=abcdefgh1234&a=b", "abcdefgh1234"),
        ("postgresql://me:hunter2hunter2@host/db", "hunter2hunter2"),
        ("gAAAA" + "a" * 60, "a" * 60),
    ],
)
def test_text_that_looks_like_a_secret_is_redacted(text, gone):
    assert gone not in redaction.redact(text) and redaction.MASK in redaction.redact(text)


def test_ordinary_words_are_not_redacted():
    text = "The token of love: a secret garden, its password-free gate, and 3 basic tools at https://a.example/b@c"
    assert redaction.redact(text) == text


@pytest.fixture
def kept(tmp_path, model):
    """Return (product, visitor, address of a model server's page): a started product with a stored key."""
    model.will(
        lambda request: (
            Say({"data": [{"id": "small"}]})
            if "messages" not in request
            else chat({"word": "hello"})
        )
    )
    model.asked.clear()
    with started(tmp_path / "var") as product:
        visitor = Visitor(product.address, product.cookies())
        slug = visitor.new_site("Kept")
        answer = visitor.post(
            f"/sites/{slug}/settings/models/servers/new",
            {**SERVER, "base_url": model.url, "key": STORED},
        )
        yield product, visitor, answer.headers["Location"]


def sealed_in(product) -> str:
    [[sealed]] = product.look("SELECT sealed FROM endpoint")
    return sealed


def test_running_processes_use_a_rotated_key_at_once(kept, model):
    product, visitor, where = kept
    path = product.folder / "encryption.key"
    before, sealed = path.read_text(), sealed_in(product)
    done = product.command("rotate-key")
    assert done.returncode == 0 and "1 stored secret is encrypted" in done.stdout
    assert path.read_text() not in ("", before) and "," not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and list(product.folder.glob(".key-*")) == []
    assert sealed_in(product) != sealed
    assert "The connection works" in visitor.post(f"{where}/test").text
    assert model.asked[-1]["key"] == f"Bearer {STORED}"
    path.write_text(before)
    assert "cannot be decrypted" in visitor.get(where).text, "the old key must decrypt nothing"


def test_wrong_encryption_key_locks_secrets_without_overwriting(kept, model):
    product, visitor, where = kept
    path = product.folder / "encryption.key"
    key, sealed = path.read_text(), sealed_in(product)
    product.stop()
    path.write_text("another-key-that-was-never-used-here-0123456789")
    product.start()
    visitor = Visitor(product.address, product.cookies())
    assert "The stored key cannot be decrypted" in visitor.get(where).text
    assert "key locked" in visitor.get("/sites/kept/settings/models").text
    assert "locked" in visitor.post(f"{where}/test").text
    visitor.post("/sites/kept/settings/models", {"provider_ideate": "1"})
    visitor.take_in("kept", ["garden shed", "garden fence"])
    visitor.post("/sites/kept/automation/run")
    assert (
        visitor.post(
            where, {**SERVER, "base_url": model.url, "key": "", "chat_model": "other"}
        ).status
        == 303
    )
    done = product.command("rotate-key")
    assert done.returncode == 1 and "Nothing was changed" in done.stderr and "locked" in done.stderr
    assert sealed_in(product) == sealed and model.asked == []
    path.write_text(key)
    assert "locked" not in visitor.get(where).text


def test_rotation_refuses_a_key_from_the_environment(tmp_path):
    old, new = "old-key-of-the-environment-0123456789", "new-key-of-the-environment-0123456789"
    with started(tmp_path / "var", IGNY8_ENCRYPTION_KEY=old) as product:
        slug = Visitor(product.address, product.cookies()).new_site("Kept")
        Visitor(product.address, product.cookies()).post(
            f"/sites/{slug}/settings/models/servers/new",
            {**SERVER, "base_url": "http://127.0.0.1:9/v1", "key": STORED},
        )
        done = product.command("rotate-key")
        assert (
            done.returncode == 1
            and "IGNY8_ENCRYPTION_KEY" in done.stderr
            and "NEW,OLD" in done.stderr
        )
        before = sealed_in(product)
        done = product.command("rotate-key", IGNY8_ENCRYPTION_KEY=f"{new},{old}")
        assert done.returncode == 0 and sealed_in(product) != before
        assert product.command("rotate-key", IGNY8_ENCRYPTION_KEY=f"{new},{new}x").returncode == 0
        assert product.command("rotate-key", IGNY8_ENCRYPTION_KEY=f"{old},{old}x").returncode == 1
        assert not (product.folder / "encryption.key").exists()


def test_interrupted_rotation_keeps_all_secrets_readable(app, site, monkeypatch):
    with write_transaction() as tx:
        for number in range(3):
            ProviderEndpoint.create(
                tx, site.id, f"Server {number}", "http://127.0.0.1:9/v1", f"{STORED}-{number}"
            )
    real = key_rotation.write_transaction

    def once():
        monkeypatch.setattr(key_rotation, "write_transaction", broken)
        return real()

    def broken():
        raise Igny8Error("the power went out")

    monkeypatch.setattr(key_rotation, "write_transaction", once)
    with pytest.raises(Igny8Error, match="power"):
        key_rotation.rotate_key(app.config["SETTINGS"])
    with read_transaction() as tx:
        sealed = (
            tx.execute(select(ProviderEndpoint.encrypted_key).order_by(ProviderEndpoint.id))
            .scalars()
            .all()
        )
    assert [decrypt(one) for one in sealed] == [f"{STORED}-{number}" for number in range(3)]
    monkeypatch.setattr(key_rotation, "write_transaction", real)
    assert key_rotation.rotate_key(app.config["SETTINGS"]) == 3


def test_tampered_secret_cannot_be_decrypted(app):
    with pytest.raises(DecryptError):
        decrypt("gAAAAABtampered")

"""Outbound requests: forbidden addresses in every spelling, rebinding, redirects, keys that stay where they belong."""

import gzip
import ipaddress
import socket
import ssl
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import httpx2
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select

from igny8 import config
from igny8.engine.runs import controls, start_run
from igny8.errors import ExternalError
from igny8.extensions import db, read_transaction, write_transaction
from igny8.models import AllowedAddress, AuditEntry, ProviderEndpoint, ProviderRequest, SiteSettings
from igny8.outbound import host_lookup, http_client
from igny8.outbound.addresses import ForbiddenAddress, check_addresses, check_url
from igny8.outbound.allowlist import EMPTY_ALLOWLIST, Allowlist
from igny8.outbound.checked_network import MAX_HEADER_BYTES
from igny8.providers.base import Endpoint as Server
from igny8.providers.base import ImagePrompt, Palette
from igny8.providers.openai_compatible import make
from igny8.providers.openai_compatible.connection_test import check_connection
from tests.conftest import on_sqlite
from tests.factories import make_keywords, make_user, sign_in
from tests.providers.contract import TOPIC
from tests.providers.openai_compatible.server import Say, local, model_server
from tests.providers.openai_compatible.test_answers import by_schema

SPELLED = (
    "http://127.1/v1",
    "http://127.0.1/v1",
    "http://0x7f000001/v1",
    "http://0x7f.1/v1",
    "http://2130706433/v1",
    "http://0177.0.0.1/v1",
    "http://127.0.0.1./v1",
    "http://localhost./v1",
    "http://127%2e0.0.1/v1",
    "http://１２７.0.0.1/v1",
    "http://①②⑦.0.0.1/v1",
    "file:///etc/passwd",
    "gopher://example.com/v1",
    "http://user@example.com/v1",
    "http://user:pass@example.com/v1",
    "http://example.com\\@127.0.0.1/v1",
    "http://example.com/v1\r\nX-Evil: 1",
    "http://exam\tple.com/v1",
    "http://[fe80::1%25lo]/v1",
    "http://example.com:0/v1",
    "http://example.com:99999/v1",
    "http:///v1",
    "http://-x-/v1",
)
PLACES = (
    "http://127.0.0.1/v1",
    "http://localhost/v1",
    "http://[::ffff:127.0.0.1]/v1",
    "http://[::1]/v1",
    "http://[::]/v1",
    "http://0.0.0.0/v1",
    "http://10.1.2.3/v1",
    "http://192.168.1.1/v1",
    "http://172.16.0.1/v1",
    "http://169.254.169.254/v1",
    "http://100.100.100.200/v1",
    "http://100.64.0.1/v1",
    "http://224.0.0.1/v1",
    "http://255.255.255.255/v1",
    "http://198.18.0.1/v1",
    "http://192.0.2.1/v1",
    "http://[fd00:ec2::254]/v1",
    "http://[fe80::1]/v1",
    "http://[fc00::1]/v1",
    "http://[ff02::1]/v1",
    "http://[2002:7f00:1::]/v1",
    "http://[2001:0:7f00:1::]/v1",
    "http://[64:ff9b::7f00:1]/v1",
    "http://[64:ff9b:1::1]/v1",
    "http://[::7f00:1]/v1",
    "http://[fec0::1]/v1",
)
PAGE = "/sites/green/settings/models/servers"
FORM = {
    "server_name": "Mine",
    "key": "sk-canary-0123456789",
    "chat_model": "small",
    "concurrent": "2",
}
PROMPT = ImagePrompt(0, "featured", "Prune", "a bush", "A bush", "bush.webp", 600, 315)


@pytest.fixture
def client(app):
    """Return a client that an administrator of the installation is signed in with."""
    return sign_in(app.test_client(), make_user("owner", is_admin=True))


@pytest.fixture
def server():
    """Return a server that answers as it is told."""
    with model_server() as state:
        yield state


@pytest.fixture
def strict(app):
    """Let the installation allow nothing private."""
    app.config["SETTINGS"] = replace(app.config["SETTINGS"], outbound=EMPTY_ALLOWLIST)
    return app


def leads(*found: str):
    """Return a lookup under which every name leads to these addresses, and the names that were asked for."""
    asked = []

    def lookup(host, port, seconds):
        asked.append(host)
        return tuple(map(ipaddress.ip_address, found))

    return lookup, asked


@contextmanager
def wire(*answer: bytes, tls: ssl.SSLContext | None = None):
    """Lend a port that notes the head of each request and answers with these pieces; "" waits for the asker."""
    heads: list[str] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                plain, _ = listener.accept()
                connection = tls.wrap_socket(plain, server_side=True) if tls else plain
            except OSError:
                return
            with connection:
                heads.append(connection.recv(65536).decode("latin-1"))
                for piece in answer or (b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}",):
                    if piece:
                        connection.sendall(piece)
                    else:
                        connection.recv(1)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield listener.getsockname()[1], heads
    finally:
        listener.close()


# 33: spellings and places, on save and on use


@on_sqlite
@pytest.mark.parametrize("url", SPELLED + PLACES)
def test_forbidden_address_is_refused_on_saving(client, strict, site, url):
    answer = client.post(f"{PAGE}/new", data=FORM | {"base_url": url})
    assert answer.status_code == 422 and 'id="e-base_url"' in answer.text
    assert db.session.execute(select(ProviderEndpoint.__table__)).all() == []


@pytest.mark.parametrize("url", SPELLED + PLACES)
def test_forbidden_address_is_refused_on_request(url):
    with pytest.raises(ForbiddenAddress) as caught:
        make(Server(url, "key", "small")).propose(TOPIC, 1)
    assert caught.value.kind == "address" and caught.value.is_external_fault


@pytest.mark.parametrize("url", SPELLED)
def test_allow_list_accepts_plain_addresses_only(url):
    with pytest.raises(ForbiddenAddress):
        check_url(url, Allowlist.of("0.0.0.0/0", "::/0", "localhost", "example.com"))


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/",
        "http://100.100.100.200/",
        "http://[fd00:ec2::254]/",
        "http://[64:ff9b::7f00:1]/",
        "http://224.0.0.1/",
        "http://0.0.0.0/",
    ],
)
def test_allow_list_never_covers_metadata_addresses(url):
    with pytest.raises(ForbiddenAddress, match="never allowed"):
        check_url(url, Allowlist.of("0.0.0.0/0", "::/0"))


def test_forbidden_address_in_the_database_blocks_the_run(strict, site, inline_worker, run_of):
    with model_server() as server, write_transaction() as tx:
        server.will(by_schema)
        endpoint = ProviderEndpoint.create(
            tx, site.id, "Inside", server.url, "key-1", chat_model="small"
        )
        SiteSettings.change(
            tx,
            site.id,
            providers={"write": {"provider": "openai-compatible", "endpoint": endpoint}},
        )
    make_keywords(site.id, 4)
    start_run.start_run(site.id)
    inline_worker.drain()
    row = run_of()
    assert (row.state, row.block_kind, server.asked) == ("blocked", "address", [])
    assert "IGNY8_OUTBOUND_ALLOW=127.0.0.1" in row.status_reason
    with read_transaction() as tx:
        assert set(tx.execute(select(ProviderRequest.charge)).scalars()) == {"released"}


def test_newly_allowed_address_continues_the_run(strict, site, inline_worker, run_of):
    with model_server() as server:
        server.will(by_schema)
        with write_transaction() as tx:
            endpoint = ProviderEndpoint.create(
                tx, site.id, "Inside", server.url, "key-1", chat_model="small"
            )
            SiteSettings.change(
                tx,
                site.id,
                images_per_article=0,
                providers={"write": {"provider": "openai-compatible", "endpoint": endpoint}},
            )
        make_keywords(site.id, 4)
        start_run.start_run(site.id)
        inline_worker.drain()
        with write_transaction() as tx:
            AllowedAddress.add(tx, server.url.split("/")[2])
        controls.resume(site.id)
        inline_worker.drain()
        assert run_of().state == "completed" and server.asked


# 34: names that lead elsewhere


def test_name_that_resolves_to_a_private_address_later_is_refused():
    lookup, asked = leads("127.0.0.1")
    check_addresses("rebind.example", 80, (ipaddress.ip_address("93.184.215.14"),))
    with wire() as (port, heads), pytest.raises(ForbiddenAddress):
        http_client.make_client(lookup=lookup).get(f"http://rebind.example:{port}/")
    assert heads == [] and asked == ["rebind.example"]


def test_name_with_one_private_address_is_refused():
    lookup, _ = leads("93.184.215.14", "10.0.0.1")
    with pytest.raises(ForbiddenAddress):
        http_client.make_client(lookup=lookup).get("http://both.example/")


def test_name_is_resolved_once_and_the_checked_address_is_used():
    lookup, asked = leads("127.0.0.1")
    with wire() as (port, heads):
        client = http_client.make_client(Allowlist.of("models.example"), lookup=lookup)
        client.get(f"http://models.example:{port}/v1/models")
        client.get(f"http://models.example:{port}/v1/models")
    assert asked == ["models.example"] * 2
    assert [f"Host: models.example:{port}\r\n" in head for head in heads] == [True, True]


def test_tls_connection_verifies_host_and_certificate(monkeypatch, tmp_path):
    served, trusted, told = _certificates(tmp_path, "models.example")
    monkeypatch.setattr(http_client, "default_ssl_context", lambda: trusted)
    lookup, _ = leads("127.0.0.1")
    allowed = Allowlist.of("models.example", "other.example")
    with wire(tls=served) as (port, heads):
        http_client.make_client(allowed, lookup=lookup).get(f"https://models.example:{port}/")
        with pytest.raises(httpx2.ConnectError, match="certificate"):
            http_client.make_client(allowed, lookup=lookup).get(f"https://other.example:{port}/")
    assert told == ["models.example", "other.example"] and len(heads) == 1


def test_connection_test_names_an_untrusted_certificate(tmp_path):
    served, _, _ = _certificates(tmp_path, "127.0.0.1")
    with wire(tls=served) as (port, heads):
        trial = check_connection(local(f"https://127.0.0.1:{port}/v1", "key", "small"))
    assert (
        not trial.ok and "is not safe" in trial.text and "certificate" in trial.text and heads == []
    )


def test_allowed_name_may_be_private_but_not_a_metadata_address():
    allowed = Allowlist.of("gpu.lan:8000")
    check_addresses(
        "gpu.lan",
        8000,
        (ipaddress.ip_address("192.168.1.20"), ipaddress.ip_address("fd12::1")),
        allowed,
    )
    for found, port in (
        ("169.254.169.254", 8000),
        ("169.254.1.1", 8000),
        ("192.168.1.20", 22),
        ("0.0.0.0", 8000),
    ):
        with pytest.raises(ForbiddenAddress):
            check_addresses("gpu.lan", port, (ipaddress.ip_address(found),), allowed)


# 35: redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_to_localhost_is_not_followed(server, status):
    with model_server() as inside:
        inside.will(by_schema)
        server.will(Say("", status, {"location": f"{inside.url}/chat/completions"}))
        with pytest.raises(ExternalError, match="redirect"):
            make(local(server.url, "key", "small")).propose(TOPIC, 1)
        assert inside.asked == [] and len(server.asked) == 1


def test_image_behind_a_redirect_is_not_fetched(server):
    with model_server() as inside:
        inside.will(by_schema)
        server.will(
            Say({"data": [{"url": f"{server.url}/1.png"}]}),
            Say("", 302, {"location": f"{inside.url}/2.png"}),
        )
        with pytest.raises(ExternalError, match="302"):
            make(local(server.url, "", "", "painter")).draw(PROMPT, Palette())
        assert inside.asked == []


def test_image_at_a_private_address_is_not_fetched(server):
    with wire() as (port, heads):
        server.will(Say({"data": [{"url": f"http://127.0.0.2:{port}/x.png"}]}))
        with pytest.raises(ExternalError, match="not fetched"):
            make(local(server.url, "", "", "painter")).draw(PROMPT, Palette())
    assert heads == []


# 36: a key belongs to one origin


@pytest.mark.parametrize(
    ("url", "stays"),
    [
        ("https://api.example/other/v2", True),
        ("https://api.example:443/v1", True),
        ("http://api.example/v1", False),
        ("https://api.example:8443/v1", False),
        ("https://api.example.evil.test/v1", False),
    ],
)
def test_changed_origin_clears_the_key(client, site, monkeypatch, url, stays):
    monkeypatch.setattr(
        host_lookup.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("93.184.215.14", 443))]
    )
    assert (
        client.post(f"{PAGE}/new", data=FORM | {"base_url": "https://api.example/v1"}).status_code
        == 303
    )
    [row] = db.session.execute(select(ProviderEndpoint.__table__)).all()
    client.post(f"{PAGE}/{row.id}", data=FORM | {"base_url": url, "key": ""})
    db.session.rollback()
    [after] = db.session.execute(select(ProviderEndpoint.__table__)).all()
    assert after.base_url == url and (after.encrypted_key is not None) is stays


# What is told, and how much is taken


def test_request_sends_no_unneeded_headers(monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login me password netrc-canary")
    for name, value in {
        "OPENAI_ORG_ID": "org-canary",
        "OPENAI_PROJECT_ID": "project-canary",
        "OPENAI_CUSTOM_HEADERS": "X-Canary: canary",
        "OPENAI_BASE_URL": "http://127.0.0.1:1/canary",
        "OPENAI_API_KEY": "env-canary",
        "HTTP_PROXY": "http://127.0.0.1:1",
        "NETRC": str(tmp_path / "netrc"),
        "ALL_PROXY": "http://127.0.0.1:1",
        "http_proxy": "http://127.0.0.1:1",
    }.items():
        monkeypatch.setenv(name, value)
    with wire(
        b'HTTP/1.1 200 OK\r\ncontent-length: 11\r\nset-cookie: a=canary\r\n\r\n{"data":[]}'
    ) as (port, heads):
        provider = make(local(f"http://127.0.0.1:{port}/v1", "key-1", "small"))
        for _ in range(2):
            provider._client.models()
    names = [line.partition(":")[0].lower() for line in heads[1].split("\r\n")[1:] if line]
    assert sorted(names) == [
        "accept",
        "accept-encoding",
        "authorization",
        "connection",
        "host",
        "user-agent",
    ]
    assert "Bearer key-1" in heads[1] and "User-Agent: IGNY8\r\n" in heads[1]
    assert "canary" not in "".join(heads) and "stainless" not in "".join(heads).lower()


def test_slow_response_ends_at_the_deadline():
    for pieces in (
        (b"HTTP/1.1 200 OK\r\n", b""),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{", b""),
    ):
        with wire(*pieces) as (port, _), pytest.raises(httpx2.TimeoutException):
            http_client.make_client(Allowlist.of("127.0.0.1"), deadline=0.3).get(
                f"http://127.0.0.1:{port}/"
            )


def test_response_is_read_up_to_the_size_limit():
    with (
        wire(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (MAX_HEADER_BYTES + 2**17)) as (
            port,
            _,
        ),
        pytest.raises(ExternalError, match="larger than"),
    ):
        http_client.make_client(Allowlist.of("127.0.0.1"), largest=2**16).get(
            f"http://127.0.0.1:{port}/"
        )


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, br"])
def test_unknown_content_encoding_is_refused(coding):
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: {coding}\r\ncontent-length: 2\r\n\r\n"
    with (
        wire(head.encode() + b"\x1f\x8b") as (port, _),
        pytest.raises(ExternalError, match="compresses its answers"),
    ):
        http_client.make_client(Allowlist.of("127.0.0.1")).get(f"http://127.0.0.1:{port}/")


def gzipped(plain: bytes) -> bytes:
    """Return an HTTP answer whose body is packed."""
    body = gzip.compress(plain)
    head = f"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


def test_unrequested_gzip_response_is_unpacked():
    with wire(gzipped(b"hello")) as (port, _):
        client = http_client.make_client(Allowlist.of("127.0.0.1"))
        assert client.get(f"http://127.0.0.1:{port}/").text == "hello"


def test_gzip_bomb_stops_at_the_size_limit():
    with (
        wire(gzipped(bytes(2**22))) as (port, _),
        pytest.raises(ExternalError, match="larger than"),
    ):
        http_client.make_client(Allowlist.of("127.0.0.1"), largest=2**16).get(
            f"http://127.0.0.1:{port}/"
        )


def test_damaged_gzip_response_is_an_error():
    answer = b"HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n\x1f\x8b"
    with wire(answer) as (port, _), pytest.raises(ExternalError, match="cannot be unpacked"):
        http_client.make_client(Allowlist.of("127.0.0.1")).get(f"http://127.0.0.1:{port}/")


# The list, and who may write on it


def test_administrator_allows_a_private_address(client, strict, site):
    new = FORM | {"base_url": "http://127.0.0.1:11434/v1"}
    page = client.post(f"{PAGE}/new", data=new)
    assert page.status_code == 422 and 'value="127.0.0.1:11434"' in page.text
    assert client.post(f"{PAGE}/new", data=new | {"allow": "10.0.0.0/8"}).status_code == 422
    assert client.post(f"{PAGE}/new", data=new | {"allow": "127.0.0.1:11434"}).status_code == 303
    with read_transaction() as tx:
        assert AllowedAddress.load(tx) == Allowlist.of("127.0.0.1:11434")
        [line] = tx.execute(select(AuditEntry.detail).where(AuditEntry.status == 303)).scalars()
    assert "127.0.0.1:11434" in line


@pytest.mark.parametrize(
    ("role", "answer"),
    [("administrator", 422), ("reviewer", 403), ("editor", 403), ("viewer", 403)],
)
def test_only_installation_administrators_allow_private_addresses(app, strict, site, role, answer):
    client = sign_in(app.test_client(), make_user(role, green=role))
    new = FORM | {"base_url": "http://127.0.0.1:11434/v1", "allow": "127.0.0.1:11434"}
    page = client.post(f"{PAGE}/new", data=new)
    assert page.status_code == answer and 'name="allow"' not in page.text
    assert answer == 403 or "IGNY8_OUTBOUND_ALLOW" in page.text
    for path in ("private", "private/remove"):
        assert (
            client.post(f"/sites/green/settings/{path}", data={"entry": "127.0.0.1"}).status_code
            == 403
        )
    with read_transaction() as tx:
        assert AllowedAddress.load(tx) == EMPTY_ALLOWLIST


def test_addresses_are_listed_added_and_removed(client, site):
    page = "/sites/green/settings/private"
    assert client.post(page, data={"entry": "GPU.lan:8000"}).status_code == 303
    shown = client.get(page).text
    assert "gpu.lan:8000" in shown and "127.0.0.1" in shown and "set on the server" in shown
    for wrong in (
        "",
        "http://gpu.lan",
        "127.1",
        "0x7f.1",
        "a b",
        "gpu.lan:99999",
        "10.0.0.0/33",
        "*.lan",
    ):
        assert client.post(page, data={"entry": wrong}).status_code == 422, wrong
    client.post(f"{page}/remove", data={"entry": "gpu.lan:8000"})
    with read_transaction() as tx:
        assert AllowedAddress.load(tx) == EMPTY_ALLOWLIST
    assert client.post(f"{page}/remove", data={"entry": "gpu.lan:8000"}).status_code == 404


def test_environment_allows_its_model_server_and_listed_addresses(tmp_path):
    env = {
        "IGNY8_DATA_DIR": str(tmp_path),
        "IGNY8_AI_BASE_URL": "http://[::1]:11434/v1",
        "IGNY8_AI_MODEL": "small",
        "IGNY8_OUTBOUND_ALLOW": "10.0.0.0/24, gpu.lan",
    }
    assert config.load(env).outbound == Allowlist.of("10.0.0.0/24", "gpu.lan", "[::1]:11434")
    with pytest.raises(config.ConfigError, match="IGNY8_OUTBOUND_ALLOW"):
        config.load(env | {"IGNY8_OUTBOUND_ALLOW": "http://gpu.lan"})
    with pytest.raises(config.ConfigError, match="IGNY8_AI_BASE_URL"):
        config.load(env | {"IGNY8_AI_BASE_URL": "http://127.1/v1"})


def _certificates(folder, name: str):
    """Return the context of a server, one that trusts it, and the list of the names that it is asked by."""
    key, told = ec.generate_private_key(ec.SECP256R1()), []
    who, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), False)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    served = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    served.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    served.sni_callback = lambda _connection, asked, _context: told.append(asked)
    return served, ssl.create_default_context(cafile=folder / "cert.pem"), told

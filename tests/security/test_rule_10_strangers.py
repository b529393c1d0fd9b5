"""Whoever is not signed in takes little memory, no disk, and few rows, and locks nobody out."""

import http.client
import re
import socket
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.security import bombs, wire
from tests.security.outside import TOKEN, WAIT, Visitor
from tests.waiting import until

BODY_BYTES = 60 * bombs.MEGA
STRANGERS = 20
PIECE = b"a" * bombs.MEGA
SMALL = 4 * bombs.MEGA
ROOM = 60 * bombs.MEGA


class Neighbour:
    """A browser at another address of this machine; it keeps its cookies."""

    def __init__(self, product, address: str):
        self.product, self.address, self.cookies = product, address, {}

    def sign_in(self, name: str, password: str) -> int:
        return self.submit("/login", "/login", name=name, password=password)

    def follow(self, link: str, name: str, password: str) -> int:
        return self.submit(link, link, name=name, password=password)

    def leave(self) -> None:
        """Sign out as a browser does whose session ended: it keeps the other cookies."""
        self.cookies = {k: v for k, v in self.cookies.items() if k.endswith("-device")}

    def submit(self, page: str, path: str, **fields) -> int:
        fields["csrf_token"] = TOKEN.search(self.send("GET", page)[1])[1]
        return self.send("POST", path, urlencode(fields))[0]

    def send(self, method: str, path: str, body: str | None = None) -> tuple[int, str]:
        line = http.client.HTTPConnection(
            "127.0.0.1", self.product.port, WAIT, source_address=(self.address, 0)
        )
        cookie = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": cookie}
        line.request(method, path, body, headers)
        answer = line.getresponse()
        for given in answer.headers.get_all("Set-Cookie", []):
            name, _, value = given.partition(";")[0].partition("=")
            self.cookies[name] = value
        text = answer.read().decode()
        line.close()
        return answer.status, text


def login_head(*lines: str, length: int = BODY_BYTES) -> bytes:
    head = ["POST /login HTTP/1.1", "Host: localhost", f"Content-Length: {length}", *lines]
    return "\r\n".join([*head, "", ""]).encode()


def temporary_bytes(product) -> int:
    """Return the bytes of the files without a name that a product has open."""
    total = 0
    for link in Path(f"/proc/{product.process.pid}/fd").iterdir():
        try:
            if "(deleted)" in str(link.readlink()):
                total += link.stat().st_blocks * 512
        except OSError:  # closed meanwhile
            continue
    return total


@pytest.mark.parametrize("kind", ["no cookie", "forged cookie", "multipart form"])
def test_large_anonymous_bodies_are_not_stored(product, kind):
    name = product.cookies()[0]["name"]
    lines = {
        "no cookie": (),
        "forged cookie": (f"Cookie: {name}=eyJzaWQiOiJ4In0.aaaa.bbbb",),
        "multipart form": ("Content-Type: multipart/form-data; boundary=a",),
    }[kind]
    before = product.rss
    product.forget_peak()
    with ExitStack() as stack:
        strangers = [stack.enter_context(wire.dial(product)) for _ in range(STRANGERS)]
        for line in strangers:
            line.sendall(login_head(*lines))
        for _ in range(20):
            for line in strangers:
                line.sendall(PIECE)
        assert Visitor(product.address, product.cookies()).get("/health").status == 200
        assert temporary_bytes(product) < SMALL
    assert product.peak - before < ROOM


def test_chunked_anonymous_bodies_are_not_stored(product):
    head = b"POST /login HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n"
    with wire.dial(product) as line:
        line.sendall(head + (b"100000\r\n" + PIECE + b"\r\n") * 20)
        assert Visitor(product.address, product.cookies()).get("/health").status == 200
        assert temporary_bytes(product) < SMALL


def test_large_anonymous_body_gets_an_error_page(product):
    length = 2 * bombs.MEGA
    said = wire.said(
        product, login_head("Connection: close", length=length) + b"a" * length, hangs_up=False
    )
    assert said.startswith(b"HTTP/1.1 413") and b"Content-Security-Policy" in said


def test_body_of_an_aborted_upload_is_removed_at_once(product):
    cookie = product.cookies()[0]
    head = login_head(
        f"Cookie: {cookie['name']}={cookie['value']}",
        "Content-Type: multipart/form-data; boundary=a",
    )
    before = temporary_bytes(product)
    with wire.dial(product) as line:
        line.sendall(head + PIECE * 10)
        until(lambda: temporary_bytes(product) - before > SMALL, 20, "a stored body")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    until(lambda: temporary_bytes(product) <= before, 20, "the end of the body")


def test_refused_sign_ins_write_a_limited_number_of_audit_entries(product):
    counted = "SELECT count(*) FROM audit_entry WHERE action = 'sign in' AND status >= 400"
    before = product.look(counted)[0][0]
    stranger = Visitor(product.address)
    for _ in range(120):
        stranger.send("POST", "/login", b"name=a&password=b")
    assert 0 < product.look(counted)[0][0] - before <= 60


def test_refused_address_leaves_no_row_per_name(product):
    counted = "SELECT count(*) FROM throttle WHERE key LIKE 'login name%'"
    before = product.look(counted)[0][0]
    stranger = Neighbour(product, "127.0.0.77")
    answers = [stranger.sign_in(f"nobody{n}", "wrong") for n in range(60)]
    assert answers[-1] == 429
    assert product.look(counted)[0][0] - before < 30


def test_wrong_attempts_cannot_lock_out_a_known_device(product):
    administrator = Visitor(product.address, product.cookies())
    name, password = "Locked Out", "green wheelbarrow tuesday"
    slug = administrator.new_site("Locked")
    answer = administrator.post(f"/sites/{slug}/settings/people/invite", {"role": "viewer"})
    link = re.search(r"/invitations/[\w-]+", answer.text)[0]
    owner, elsewhere = (Neighbour(product, f"127.0.0.{n}") for n in (81, 82))
    assert owner.follow(link, name, password) == 303
    for address in ("127.0.0.66", "127.0.0.81"):
        stranger = Neighbour(product, address)
        assert 429 in [stranger.sign_in(name, "wrong") for _ in range(8)]
        product.spoil(f"UPDATE throttle SET free_at = free_at + 900 WHERE key LIKE '%{address}'")
        assert stranger.sign_in(name, password) == 429
    assert elsewhere.sign_in(name, password) == 303
    owner.leave()
    assert owner.sign_in(name, password) == 303


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Forwarded-Proto", "Forwarded", "Via"])
def test_request_through_an_undeclared_proxy_is_not_local(product, header):
    stranger = Visitor(product.address)
    assert stranger.get("/metrics").status == 200
    assert stranger.get("/metrics", **{header.replace("-", "_"): "https"}).status == 403
    page = stranger.get("/login", **{header.replace("-", "_"): "https"})
    assert "Strict-Transport-Security" not in page.headers


def test_valid_invitation_is_not_in_the_log(product):
    administrator = Visitor(product.address, product.cookies())
    slug = administrator.new_site("Invited")
    answer = administrator.post(f"/sites/{slug}/settings/people/invite", {"role": "viewer"})
    link = re.search(r"/invitations/[\w-]+", answer.text)[0]
    stranger = Visitor(product.address)
    assert stranger.send("POST", link, b"name=a&password=b").status == 400
    assert stranger.get(link).status == 200
    until(lambda: "/invitations/" in product.written, 20, "the log")
    assert link.rsplit("/", 1)[1] not in product.written

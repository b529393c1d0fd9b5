"""Chat messages leave through our own HTTP client only, to services that are known."""

import json

import httpx2
import pytest
import requests

from igny8.notifications import chat
from igny8.outbound.allowlist import EMPTY_ALLOWLIST, Allowlist
from igny8.publishing.requests import TargetError, make_target_client
from tests.publishing.http_server import Reply, serving

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"
DISCORD = "https://discord.com/api/webhooks/4174216298/JHMHI8qBe7bk2ZwO5U711o3dV_js"
TELEGRAM = "tgram://123456789:abcdefg_hijklmnop/12315544/"
LOCAL = Allowlist.of("127.0.0.1")


@pytest.fixture
def sink():
    """Return what a Mattermost server got, its address, and its answers."""
    got, replies = [], [Reply(200, b"ok")]

    def answer(request) -> Reply:
        got.append(request)
        return replies[0]

    with serving(answer) as url:
        yield got, url.replace("http://", "mmost://") + "/3ccdd113474722377935511fc85d3dd4", replies


@pytest.mark.parametrize(
    ("address", "service", "host"),
    [
        (SLACK, "Slack", "hooks.slack.com"),
        (DISCORD, "Discord", "discord.com"),
        (TELEGRAM, "Telegram", "api.telegram.org"),
    ],
)
def test_pasted_address_identifies_its_service(address, service, host):
    got = []

    def answer(request) -> httpx2.Response:
        got.append(request)
        return httpx2.Response(200, content=b"ok")

    with httpx2.Client(transport=httpx2.MockTransport(answer)) as http:
        chat.send_chat(http, address, "Garden: done", "Run #1 is done.\nhttps://a.example/")
    assert chat.service_of(address) == service and [one.url.host for one in got] == [host]
    assert "Run #1 is done." in got[0].content.decode()


@pytest.mark.parametrize(
    "address",
    ["json://127.0.0.1/", "mailto://a:b@example.com", "file:///etc/passwd", "syslog://", "x", ""],
)
def test_other_kinds_of_addresses_are_refused(address):
    with pytest.raises(TargetError, match="not the address of a chat service"):
        chat.service_of(address)


def test_message_arrives_at_an_allowed_address(sink):
    got, address, _ = sink
    with make_target_client(LOCAL) as http:
        chat.send_chat(http, address, "Garden: done", "Run #1 is done.")
    assert "Run #1 is done." in json.loads(got[0].body)["text"] and len(got) == 1


def test_private_address_that_is_not_allowed_gets_nothing(sink):
    got, address, _ = sink
    with make_target_client(EMPTY_ALLOWLIST) as http, pytest.raises(TargetError) as error:
        chat.send_chat(http, address, "S", "T")
    assert "lies inside of this machine or network" in str(error.value)
    assert got == [] and error.value.permanent and not error.value.is_unknown


@pytest.mark.parametrize(
    ("reply", "permanent", "is_unknown"),
    [
        (Reply(404, b"no"), True, False),
        (Reply(429, b"later"), False, False),
        (Reply(502, b"bad"), False, True),
        (Reply(cut=True), False, True),
        (Reply(302, headers={"location": "http://169.254.169.254/"}), True, False),
    ],
)
def test_refusal_says_whether_it_may_have_arrived(sink, reply, permanent, is_unknown):
    got, address, replies = sink
    replies[0] = reply
    with make_target_client(LOCAL) as http, pytest.raises(TargetError) as error:
        chat.send_chat(http, address, "S", "T")
    assert (error.value.permanent, error.value.is_unknown) == (permanent, is_unknown)
    assert len(got) == 1


def test_requests_library_sends_nothing_by_itself():
    chat.service_of(SLACK)
    with pytest.raises(requests.ConnectionError, match="may not send here"):
        requests.get("http://127.0.0.1:1/", timeout=1)

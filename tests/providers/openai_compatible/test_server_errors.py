"""Everything that a model server can do wrong, sent over the wire, ends in a sentence with a cure."""

import email.utils
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from igny8.errors import ExternalError, Interrupted
from igny8.outbound.checked_network import MAX_HEADER_BYTES
from igny8.outbound.http_client import MAX_RESPONSE_BYTES
from igny8.providers.base import UNRECORDED, Reply
from igny8.providers.openai_compatible import OpenAICompatible
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.connection_test import check_connection
from igny8.providers.openai_compatible.retry_wait import retry_after
from igny8.providers.openai_compatible.schemas import names
from igny8.providers.openai_compatible.structured_output import StructuredClient
from tests.providers.contract import TOPIC
from tests.providers.openai_compatible.server import Say, chat, local

KEY = "sk-secret-0123456789"
GOOD = {"clusters": [{"number": 1, "name": "Pruning", "intent": "informational"}]}
QUESTION = [{"role": "user", "content": "Name them."}]


class Keeper:
    """Calls that remember what was sent and rejected."""

    def __init__(self):
        self.sent, self.rejected = [], []

    def send_once(self, name, model, expected, send) -> Reply:
        self.sent.append(name)
        return send()

    def rejection_reason(self, name, again, model) -> str:
        return ""

    def is_answered(self, name, model) -> bool:
        return False

    def reject(self, name, why) -> None:
        self.rejected.append((name, why))


def endpoint(server):
    return local(server.url, KEY, "small", "painter")


def ask(server, calls=UNRECORDED, deadline=20.0):
    return StructuredClient(Client(endpoint(server), deadline), "small").ask(
        calls, "names", QUESTION, names(3)
    )


@pytest.mark.parametrize(
    ("say", "kind", "permanent", "wait"),
    [
        (
            Say({"error": {"message": "slow down"}}, 429, {"retry-after": "7"}),
            "rate_limit",
            False,
            7.0,
        ),
        (Say("", 429, {"retry-after": "soon, please"}), "rate_limit", False, None),
        (Say({"error": {"code": "insufficient_quota"}}, 429), "money", False, None),
        (Say({"error": {"message": "pay"}}, 402), "money", False, None),
        (Say({"error": {"message": "bad key"}}, 401), "auth", False, None),
        (Say("<html>forbidden</html>", 403), "auth", False, None),
        (Say({"error": {"message": "flagged by moderation"}}, 403), "policy", True, None),
        (Say({"error": {"message": "not implemented"}}, 501), "refused", True, None),
        (Say("oops", 500), "server", False, None),
        (Say("", 503, {"retry-after": "3"}), "server", False, 3.0),
        (Say("", 408), "server", False, None),
        (Say({"error": {"message": "no model"}}, 404), "unknown_model", True, None),
        (Say({"error": {"message": "exceed context size"}}, 400), "too_long", True, None),
        (Say({"error": {"message": "content_policy_violation"}}, 400), "policy", True, None),
        (Say("", 413), "too_long", True, None),
        (Say("", 302, {"location": "http://127.0.0.1:1/"}), "refused", True, None),
        (Say(reset=True), "connection", False, None),
        (Say({"choices": []}, cut=True), "connection", False, None),
    ],
)
def test_status_error_has_kind_and_remedy_but_no_key(server, say, kind, permanent, wait):
    server.will(say)
    with pytest.raises(ExternalError) as caught:
        ask(server)
    assert (caught.value.kind, caught.value.permanent, caught.value.retry_after) == (
        kind,
        permanent,
        wait,
    )
    assert KEY not in str(caught.value) and "127.0.0.1" in str(caught.value)


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (chat("{broken"), "JSON"),
        (chat('{"clusters": [{"number"', finish="length"), "longest allowed length"),
        (chat(""), "empty"),
        (chat(GOOD, refusal="I will not"), "refused"),
        (chat(GOOD, finish="content_filter"), "filter"),
        (chat({"clusters": "none"}), "clusters"),
        (chat({"clusters": []}), "clusters"),
        (Say("<html>welcome</html>", kind="text/html"), "web page"),
        (Say({"error": {"message": "out"}}), "out"),
        (Say(b"\xff\xfe\xfa"), "not JSON"),
        (Say({"choices": []}), "no message"),
        (Say("[]"), "error"),
    ],
)
def test_unusable_answer_is_requested_again_with_the_reason(server, say, why):
    calls = Keeper()
    server.will(say, chat(GOOD))
    answer, used = ask(server, calls)
    assert answer.clusters[0].name == "Pruning" and used.requests == 2
    assert calls.sent == ["names", "names-again"] and why in calls.rejected[0][1]
    assert why in server.asked[1]["messages"][-1]["content"]


def test_three_unusable_answers_fail_the_item_permanently(server):
    server.will(chat("no"))
    with pytest.raises(ExternalError, match="3 attempts") as caught:
        ask(server)
    assert (caught.value.kind, caught.value.permanent) == ("bad_answer", True)


def test_endless_answer_is_aborted_at_the_deadline(server):
    server.will(Say(hang=True))
    with pytest.raises(ExternalError) as caught:
        ask(server, deadline=0.5)
    assert caught.value.kind == "timeout" and caught.value.may_be_billed


def test_oversized_answer_is_not_read_completely(server):
    server.will(Say(b" " * (MAX_RESPONSE_BYTES + MAX_HEADER_BYTES + 1)))
    with pytest.raises(ExternalError, match="larger than"):
        ask(server)


def test_stopping_aborts_current_requests_and_refuses_later_ones(server, monkeypatch):
    monkeypatch.setattr("igny8.providers.openai_compatible.client.GRACE_S", 0.1)
    provider = OpenAICompatible(Client(endpoint(server)))
    server.will(lambda _: provider.interrupt() or Say(hang=True))
    for _ in range(2):
        with pytest.raises(Interrupted):
            provider.propose(TOPIC, 2)
    assert len(server.asked) == 1


def test_refused_connection_is_reported():
    with pytest.raises(ExternalError, match="nothing listens") as caught:
        StructuredClient(Client(local("http://127.0.0.1:9/v1")), "small").ask(
            UNRECORDED, "names", QUESTION, names(3)
        )
    assert caught.value.kind == "connection"


def test_unknown_host_is_reported():
    trial = check_connection(local("http://nowhere.invalid/v1", chat_model="small"))
    assert not trial.ok and "no host nowhere.invalid" in trial.text


@pytest.mark.parametrize(
    ("says", "way"),
    [("response_format is not supported", "tools"), ("unknown field: response_format", "tools")],
)
def test_server_without_schemas_gets_tool_calls_then_plain_text(server, says, way):
    refuse = Say({"error": {"message": says}}, 400)
    server.will(
        refuse,
        chat(
            None,
            tool_calls=[
                {
                    "function": {
                        "arguments": '{"clusters": [{"number": 1, "name": "P", "intent": "local"}]}'
                    }
                }
            ],
        ),
    )
    asker = StructuredClient(Client(endpoint(server)), "small")
    answer, _ = asker.ask(UNRECORDED, "names", QUESTION, names(3))
    assert answer.clusters[0].intent == "local"
    assert "response_format" in server.asked[0] and way in server.asked[1]
    server.will(
        refuse,
        chat(
            "Sure!\n```json\n"
            + '{"clusters": [{"number": 2, "name": "Q", "intent": "local"}]}\n```'
        ),
    )
    answer, _ = asker.ask(UNRECORDED, "names", QUESTION, names(3))
    assert answer.clusters[0].number == 2 and "tools" not in server.asked[-1]
    asker.ask(UNRECORDED, "names", QUESTION, names(3))
    assert "response_format" not in server.asked[-1], "it remembers which way worked"


def test_unsupported_parameter_is_left_out(server):
    server.will(
        Say(
            {
                "error": {
                    "message": "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens'."
                }
            },
            400,
        ),
        chat(GOOD),
    )
    ask(server)
    assert server.asked[-1]["max_completion_tokens"] > 100
    assert {"frequency_penalty", "max_tokens"} & set(server.asked[-1]) == set()
    assert "response_format" in server.asked[-1]


def test_unspecific_refusal_changes_no_later_request(server):
    server.will(*[Say({"error": {"message": "nonsense"}}, 400)] * 4, chat(GOOD))
    asker = StructuredClient(Client(endpoint(server)), "small")
    with pytest.raises(ExternalError, match="nonsense"):
        asker.ask(UNRECORDED, "names", QUESTION, names(3))
    asker.ask(UNRECORDED, "names", QUESTION, names(3))
    assert len(server.asked) == 5 and "response_format" in server.asked[-1]


def test_parallel_refusals_change_the_profile_once(server):
    both = threading.Barrier(2)

    def answer(request):
        if "max_tokens" in request:
            both.wait(10)
            return Say({"error": {"message": "max_tokens is not supported"}}, 400)
        return chat(GOOD)

    server.will(answer)
    asker = StructuredClient(Client(endpoint(server)), "small")
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: asker.ask(UNRECORDED, "names", QUESTION, names(3)), range(2)))
    assert len(server.asked) == 4 and all("response_format" in request for request in server.asked)


def test_reasoning_model_gets_a_higher_token_limit(server):
    thought = chat("", finish="length")
    thought.body["usage"]["completion_tokens_details"] = {"reasoning_tokens": 500}
    server.will(
        Say({"error": {"message": "Use 'max_completion_tokens' instead of max_tokens"}}, 400),
        thought,
        chat(GOOD),
    )
    asker, calls = StructuredClient(Client(endpoint(server)), "o-small"), Keeper()
    asker.ask(calls, "names", QUESTION, names(3))
    asker.ask(calls, "names", QUESTION, names(3))
    room = [request["max_completion_tokens"] for request in server.asked[1:]]
    assert room == [room[0], 8192, 8192] and "thoughts" in calls.rejected[0][1]


def test_key_is_sent_only_to_its_server(server):
    server.will(chat(GOOD))
    ask(server)
    assert server.asked[0]["key"] == f"Bearer {KEY}"
    assert KEY not in repr(endpoint(server))


@pytest.mark.parametrize("status", [200, 400, 401, 404, 500])
def test_key_echoed_by_a_server_is_redacted(server, status):
    server.will(Say({"error": {"message": f"Authorization: Bearer {KEY} is odd"}}, status))
    calls = Keeper()
    with pytest.raises(ExternalError) as caught:
        ask(server, calls)
    told = f"{caught.value} {getattr(caught.value, 'told', '')} {calls.rejected}"
    assert KEY not in told and "***" in told


def test_retry_after_is_a_number_a_date_or_nothing():
    assert retry_after("2.5") == 2.5 and retry_after("9" * 30) == 86_400
    assert 50 < retry_after(email.utils.formatdate(time.time() + 60, usegmt=True)) <= 60
    assert [retry_after(text) for text in (None, "", "-3", "never", "nan", "²")] == [None] * 6


@pytest.mark.parametrize(
    ("script", "ok", "text"),
    [
        (
            [Say({"data": [{"id": "small"}, {"id": "painter"}]}), chat('{"word": "hello"}')],
            True,
            "It offers 2 models",
        ),
        ([Say({"data": [{"id": "other"}]})], False, "does not offer “small”"),
        (
            [Say({"data": [{"id": "small"}]}), chat('{"word": "hello"}')],
            False,
            "does not offer “painter”",
        ),
        (
            [
                Say({"data": [{"id": "/models/any.gguf"}, {"id": "painter:latest"}]}),
                chat('{"word": "hello"}'),
            ],
            True,
            "“small” answered",
        ),
        ([Say("", 401)], False, "does not accept the key"),
        ([Say("<html>", 404), chat('{"word": "hello"}')], True, "does not list its models"),
        ([Say("<html>hello</html>"), Say("<html>hello</html>")], False, "web page"),
    ],
)
def test_connection_test_of_a_faulty_server_names_the_cause(server, script, ok, text):
    server.will(*script)
    trial = check_connection(endpoint(server))
    assert (trial.ok, text in trial.text) == (ok, True), trial.text

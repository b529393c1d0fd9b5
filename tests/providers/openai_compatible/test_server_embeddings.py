"""Embeddings of a server compare keywords where it offers them; where not, the built-in vectors do, and it is said."""

import base64
import json
import struct
from array import array
from dataclasses import replace

import pytest

from igny8.errors import ExternalError
from igny8.providers.base import ClusterOptions, KnownCluster, Phrase
from igny8.providers.openai_compatible import make
from igny8.providers.openai_compatible.connection_test import check_connection
from igny8.providers.openai_compatible.embeddings import fetch_embeddings, read
from igny8.providers.openai_compatible.structured_output import UnusableAnswer
from tests.providers.openai_compatible.mocks import llmock, small_model
from tests.providers.openai_compatible.server import Say, local
from tests.providers.openai_compatible.test_answers import by_schema
from tests.providers.openai_compatible.test_server_errors import Keeper

# Words that share no letters with each other: only vectors can tell that they belong together.
TOPICS = {
    "dog": ("dog", "puppy", "hound", "canine"),
    "sea": ("ocean", "marsh tide", "wave"),
    "tax": ("levy", "tariff"),
}
WORDS = {word: topic for topic, words in TOPICS.items() for word in words}
PHRASES = tuple(Phrase(at, word, 10 * at) for at, word in enumerate(sorted(WORDS), 1))


def vector(text: str) -> list[float]:
    """Return a vector that is near to those of the same topic."""
    at = list(TOPICS).index(WORDS.get(text, "dog"))
    return [1.0 if place == at else 0.05 * ((len(text) + place) % 3) for place in range(6)]


def embeddings(request: dict, packed: bool = True) -> Say:
    """Answer with the vectors of the texts, last one first, as the request wants them."""
    rows = []
    for at, text in reversed(list(enumerate(request["input"]))):
        numbers = vector(text)
        told = base64.b64encode(struct.pack("<6f", *numbers)).decode() if packed else numbers
        rows.append({"index": at, "embedding": told})
    return Say(
        {"data": rows, "usage": {"prompt_tokens": 3 * len(rows), "total_tokens": 3 * len(rows)}}
    )


def serving(vectors):
    """Return a script of a server: `vectors` answers for embeddings, the schema for all else."""
    return lambda request: (
        vectors(request) if request["path"] == "/v1/embeddings" else by_schema(request)
    )


def provider(server, model: str = "compare"):
    return make(local(server.url, "key-1", "small", "painter", model))


def groups(answer) -> set[frozenset]:
    texts = {phrase.key: phrase.text for phrase in PHRASES}
    return {frozenset(texts[key] for key in cluster.members) for cluster in answer.value.clusters}


@pytest.mark.parametrize("packed", [True, False])
def test_server_vectors_group_keywords_without_common_words(server, packed):
    server.will(serving(lambda request: embeddings(request, packed)))
    answer = provider(server).cluster(PHRASES, (), ClusterOptions())
    assert groups(answer) == {frozenset(words) for words in TOPICS.values()}
    assert answer.value.vectors == "compare" and answer.note == "compare compares 9 keywords"
    assert answer.usage.tokens_in >= 27 and answer.usage.requests == 2
    sent = next(request for request in server.asked if "input" in request)
    assert sent["model"] == "compare" and sent["input"] == sorted(WORDS)


def test_order_of_rows_changes_neither_requests_nor_groups(server):
    server.will(serving(embeddings))
    once, again = (
        provider(server).cluster(rows, (), ClusterOptions()) for rows in (PHRASES, PHRASES[::-1])
    )
    asked = [request for request in server.asked if "input" in request]
    assert asked[0] == asked[1] and once.value == again.value


def test_many_keywords_are_requested_in_named_batches(server):
    server.will(serving(embeddings))
    calls = Keeper()
    found, used = fetch_embeddings(
        provider(server)._client, {f"word {n:03}" for n in range(600)}, calls
    )
    assert (
        calls.sent == ["vectors-256-1", "vectors-256-2", "vectors-256-3"] and len(found.rows) == 600
    )
    assert used.tokens_in == 1800 and used.tokens_out == 0


def test_batch_size_adapts_to_the_server(server):
    server.will(
        lambda request: (
            Say({"error": {"message": "batch too large"}}, 422)
            if len(request["input"]) > 32
            else embeddings(request)
        )
    )
    calls = Keeper()
    assert (
        len(
            fetch_embeddings(provider(server)._client, {f"word {n}" for n in range(40)}, calls)[
                0
            ].rows
        )
        == 40
    )
    assert calls.sent == ["vectors-256-1", "vectors-32-1", "vectors-32-2"]


@pytest.mark.parametrize(
    ("say", "why"),
    [
        (Say({"error": {"message": "no such path"}}, 404), "no such path"),
        (Say({"error": {"message": "start it with --embeddings"}}, 501), "--embeddings"),
        (Say({"error": {"message": "not an embedding model"}}, 400), "not an embedding model"),
        (Say({"data": []}), "0 vectors for 9"),
        (Say("<html>"), "no vectors"),
        (Say({"data": [{"index": 0, "embedding": [1, float("nan")]}] * 9}), "vectors for 9"),
    ],
)
def test_without_embeddings_built_in_vectors_are_used_and_noted(server, say, why):
    server.will(serving(lambda _: say))
    answer = provider(server).cluster(PHRASES, (), ClusterOptions())
    assert (
        answer.value.vectors == "MiniLM" and sum(len(c.members) for c in answer.value.clusters) == 9
    )
    assert (
        answer.note.startswith("The built-in vectors compare the keywords, not compare: ")
        and why in answer.note
    )


@pytest.mark.parametrize(
    ("say", "kind"),
    [
        (Say("", 503), "server"),
        (Say("", 429), "rate_limit"),
        (Say("", 401), "auth"),
        (Say(reset=True), "connection"),
    ],
)
def test_temporary_error_is_retried_without_fallback(server, say, kind):
    server.will(serving(lambda _: say))
    with pytest.raises(ExternalError) as caught:
        provider(server).cluster(PHRASES, (), ClusterOptions())
    assert caught.value.kind == kind and not caught.value.permanent


def test_unusable_vectors_are_requested_again(server):
    server.will(Say({"data": []}), embeddings)
    calls = Keeper()
    fetch_embeddings(provider(server)._client, set(WORDS), calls)
    assert (
        calls.sent == ["vectors-256-1", "vectors-256-1-again"]
        and calls.rejected[0][0] == "vectors-256-1"
    )


def test_unsupported_embedding_parameter_is_left_out(server):
    def answer(request):
        if "dimensions" in request:
            return Say({"error": {"message": "dimensions is not supported"}}, 400)
        if request["encoding_format"] == "base64":
            return Say({"error": {"message": "encoding_format must be float"}}, 400)
        return embeddings(request, packed=False)

    server.will(answer)
    assert (
        len(
            fetch_embeddings(
                provider(server, "text-embedding-3-small")._client, set(WORDS), Keeper()
            )[0].rows
        )
        == 9
    )
    assert [request.get("dimensions") for request in server.asked] == [512, None, None]


@pytest.mark.parametrize(
    "data",
    [
        [{"index": 0, "embedding": [1, 2]}, {"index": 0, "embedding": [1, 2]}],
        [{"index": 0, "embedding": [1]}],
        [{"embedding": [1, 2]}, {"embedding": [1, 2, 3]}],
        [{"embedding": "AAA"}, {"embedding": "AAA"}],
        [{"embedding": "AAAAAAAA"}],
        [{"embedding": ["a", "b"]}] * 2,
        [{"embedding": None}] * 2,
        ["x", "y"],
        {"a": 1},
        None,
        [{"embedding": [1e39, 1.0]}] * 2,
        [{"index": "1" * 5000, "embedding": [1, 2]}] * 2,
    ],
)
def test_malformed_vectors_are_unusable(data):
    with pytest.raises(UnusableAnswer):
        read(json.dumps({"data": data}).encode(), 2)


def test_threshold_of_other_vectors_is_not_used(server):
    server.will(serving(embeddings))
    known = (KnownCluster(7, "Dogs", ("dog", "puppy")),)
    options = ClusterOptions(threshold=0.9)
    joined = [
        provider(server).cluster(PHRASES, known, replace(options, vectors=vectors)).value
        for vectors in ("", "compare")
    ]
    assert joined[0].threshold != 0.9 and joined[1].threshold == 0.9
    assert all(plan.clusters[0].known == 7 for plan in joined)


def test_connection_test_reports_missing_embeddings(server):
    models = Say({"data": [{"id": name} for name in ("small", "compare", "painter")]})
    server.will(
        lambda request: (
            models
            if request["path"] == "/v1/models"
            else Say({"error": {"message": "no"}}, 404)
            if "input" in request
            else by_schema(request)
        )
    )
    trial = check_connection(local(server.url, "", "small", "painter", "compare"))
    assert not trial.ok and "“compare” gives no embeddings" in trial.text
    server.will(
        lambda request: (
            models
            if request["path"] == "/v1/models"
            else embeddings(request)
            if "input" in request
            else by_schema(request)
        )
    )
    assert check_connection(local(server.url, "", "small", "painter", "compare")).ok


def test_third_party_mock_returns_vectors():
    with llmock() as url:
        found, used = fetch_embeddings(
            make(local(url, "key", "gpt-4o", "", "text-embedding-3-small"))._client,
            set(WORDS),
            Keeper(),
        )
    assert {len(row) for row in found.rows.values()} <= {4 * 512, 4 * 1536} and used.tokens_in > 0


def test_real_model_gives_vectors_over_the_wire():
    with small_model(embeddings=True) as url:
        endpoint = local(url, "", "smollm", "", "smollm")
        found, _ = fetch_embeddings(make(endpoint)._client, set(WORDS), Keeper())
        assert {len(row) for row in found.rows.values()} == {4 * 576}
        assert len({bytes(row) for row in found.rows.values()}) == len(WORDS)
        assert {
            round(sum(number * number for number in array("f", row)), 3)
            for row in found.rows.values()
        } == {1.0}

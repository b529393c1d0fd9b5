"""One part that failed a check is written again, once, and the better text is taken."""

import pytest

from igny8.article_parts import split_parts
from igny8.providers.base import UNRECORDED, Assignment, Draft, Phrase, Section
from igny8.providers.checks import check_article
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.second_pass import improve
from igny8.providers.openai_compatible.structured_output import StructuredClient
from tests.providers.openai_compatible.server import Say, chat, local, model_server

JOB = Assignment(
    "How to prune blueberries",
    "how-to-prune-blueberries",
    "Prune.",
    "guide",
    "informational",
    "",
    300,
    (Section("When to prune"), Section("Tools")),
    Phrase(1, "prune blueberries"),
    (),
    "blueberries",
    "Green garden",
)
LEAK = "As an AI language model, I cannot know your garden."
HTML = (
    "<p>Prune blueberries in late winter.</p><h2>When to prune</h2>"
    f"<p>Begin in February. {LEAK}</p><h2>Tools</h2><p>Take <strong>sharp</strong> shears.</p>"
)


@pytest.fixture
def server():
    with model_server() as served:
        yield served


def improved(server):
    draft = Draft("article", JOB.title, JOB.slug, "", "", "", HTML, 20, ("When to prune", "Tools"))
    draft = check_article(draft, JOB)
    client = StructuredClient(Client(local(server.url, "", "small")), "small")
    return draft, improve(client, JOB, draft, UNRECORDED)


def test_part_named_by_an_error_is_rewritten(server):
    server.will(chat({"html": "<p>Begin in February, before the buds swell.</p>"}))
    _, result = improved(server)
    parts = [part.html for part in split_parts(result.draft.html)]
    assert parts[1] == "<h2>When to prune</h2><p>Begin in February, before the buds swell.</p>"
    assert [parts[0], parts[2]] == [p.html for p in split_parts(HTML)][::2]
    assert result.draft.first_html == HTML and "part@2" in result.prompts
    assert LEAK in server.asked[0]["messages"][-1]["content"] and len(server.asked) == 1


@pytest.mark.parametrize(
    "answer",
    [chat({"html": f"<p>{LEAK} {LEAK}</p>"}), Say({"error": {"message": "content_policy"}}, 400)],
)
def test_rewrite_without_improvement_is_discarded(server, answer):
    server.will(answer)
    draft, result = improved(server)
    assert result.draft == draft and result.draft.first_html == ""

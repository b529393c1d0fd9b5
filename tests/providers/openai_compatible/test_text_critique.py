"""A model reads its article again; checks and critique together lead to one rewrite."""

from dataclasses import replace

import pytest

from igny8.article_parts import split_parts
from igny8.critiques import ALWAYS, NEVER, ON_FINDINGS
from igny8.errors import ExternalError
from igny8.providers.checks import check_article
from igny8.providers.checks.places import part_to_mend
from igny8.providers.openai_compatible.client import Client
from igny8.providers.openai_compatible.second_pass import improve
from igny8.providers.openai_compatible.structured_output import StructuredClient
from tests.providers.openai_compatible.server import Say, chat, local
from tests.providers.openai_compatible.test_second_pass import HTML, JOB, LEAK, Draft
from tests.providers.openai_compatible.test_server_errors import Keeper

GOOD = HTML.replace(f" {LEAK}", "")
WEAK_TOOLS = {"number": 2, "reason": "It names one tool and says nothing about saws."}
BETTER = "<p>Take <strong>sharp</strong> shears, and a saw for thick canes.</p>"


def improved(server, html, critique, rewrite=None, choice=ALWAYS, sender=None):
    """Return (draft, result, what was asked) with these answers to the two kinds of requests."""
    rewrite = rewrite or chat({"html": BETTER})

    def answer(request):
        is_critique = "once more before it is published" in request["messages"][-1]["content"]
        return critique if is_critique else rewrite

    server.will(answer)
    job = replace(JOB, text_critique=choice)
    facts = (JOB.title, JOB.slug, "", "", "", html, 20, ("When to prune", "Tools"))
    draft = check_article(Draft("article", *facts), job)
    client = StructuredClient(Client(local(server.url, "", "small")), "small")
    calls = sender or Keeper()
    return draft, improve(client, job, draft, calls), calls.sent


def critique(*parts) -> Say:
    return chat({"parts": list(parts)})


def text_of(draft, number: int) -> str:
    return split_parts(draft.html)[number].html


def test_weak_part_is_rewritten_and_both_texts_are_kept(server):
    draft, result, sent = improved(server, GOOD, critique(WEAK_TOOLS))
    assert sent == ["critique", "second-pass"]
    assert text_of(result.draft, 2) == f"<h2>Tools</h2>{BETTER}"
    assert result.draft.first_html == draft.html and result.used.requests == 2
    assert "nothing about saws" in server.asked[-1]["messages"][-1]["content"]
    assert "critique" not in {check.kind for check in result.draft.checks}
    assert result.prompts == "critique@1, role@1, part@2, role@1, rules@1"


def test_failed_check_and_critique_choose_one_part_together(server):
    reason = {"number": 1, "reason": "It does not say why."}
    mended = chat({"html": "<p>Begin in February, before the buds swell.</p>"})
    _, result, sent = improved(server, HTML, critique(WEAK_TOOLS, reason), mended)
    assert sent == ["critique", "second-pass"]
    wish = server.asked[-1]["messages"][-1]["content"]
    assert "It does not say why." in wish and LEAK in wish
    [left] = [check for check in result.draft.checks if check.kind == "critique"]
    assert (left.ok, left.severity) == (False, "warning")
    parts = split_parts(result.draft.html)
    assert part_to_mend(parts, left.kind, left.text) == parts[2]


@pytest.mark.parametrize(
    "rewrite",
    [chat({"html": f"<p>{LEAK} {LEAK}</p>"}), Say({"error": {"message": "content_policy"}}, 400)],
)
def test_weak_part_without_a_better_text_becomes_a_check(server, rewrite):
    draft, result, _ = improved(server, GOOD, critique(WEAK_TOOLS), rewrite)
    assert (result.draft.html, result.draft.first_html) == (draft.html, "")
    [found] = [check for check in result.draft.checks if check.kind == "critique"]
    assert "below “Tools”" in found.text and "nothing about saws" in found.text


@pytest.mark.parametrize(
    ("choice", "html", "sent"),
    [
        (NEVER, HTML, ["second-pass"]),
        (ON_FINDINGS, GOOD, []),
        (ON_FINDINGS, HTML, ["critique", "second-pass"]),
        (ALWAYS, GOOD, ["critique"]),
    ],
)
def test_setting_and_failed_checks_decide_about_the_critique(server, choice, html, sent):
    _, _, asked = improved(server, html, critique(), choice=choice)
    assert asked == sent


@pytest.mark.parametrize("answer", [chat("no JSON"), Say({"error": {"message": "policy"}}, 400)])
def test_critique_that_cannot_be_used_leaves_the_choice_to_the_checks(server, answer):
    mended = chat({"html": "<p>Begin in February, before the buds swell.</p>"})
    draft, result, sent = improved(server, HTML, answer, mended)
    assert sent[-1] == "second-pass" and result.draft.first_html == draft.html
    assert LEAK not in result.draft.html


def test_numbers_of_no_part_are_ignored(server):
    unknown = {"number": 7, "reason": "It is weak."}
    draft, result, sent = improved(server, GOOD, critique(unknown))
    assert sent == ["critique"] and result.draft == draft


def test_passing_error_is_raised_so_that_the_article_waits(server):
    with pytest.raises(ExternalError) as caught:
        improved(server, GOOD, Say("", 503))
    assert not caught.value.permanent


class Rewrote(Keeper):
    """An earlier attempt rewrote a part without a usable critique."""

    def is_answered(self, name, model) -> bool:
        return name == "second-pass"


def test_attempt_that_follows_rewrites_the_part_of_the_first(server):
    mended = chat({"html": "<p>Begin in February, before the buds swell.</p>"})
    _, _, sent = improved(server, HTML, critique(WEAK_TOOLS), mended, sender=Rewrote())
    assert sent == ["second-pass"]

"""Let the model name the weak parts of its finished article: one request."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from igny8.article_parts import ArticlePart
from igny8.critiques import is_wanted
from igny8.errors import ExternalError
from igny8.providers.base import Assignment, Check, RequestSender, Usage, was_skipped
from igny8.providers.builtin.vocabulary import one_line
from igny8.providers.checks.places import CRITIQUE as KIND
from igny8.providers.checks.reasons import WARNING
from igny8.providers.openai_compatible.messages import question
from igny8.providers.openai_compatible.schemas import Critique
from igny8.providers.openai_compatible.structured_output import ATTEMPTS, StructuredClient

REQUEST, NEXT_REQUEST = "critique", "second-pass"
MAX_WEAK_PARTS = 3
WHY = "Who reads the whole article sees what single checks do not."


@dataclass(frozen=True, slots=True)
class TextCritique:
    """Why parts are weak, by their number; what the critique used, and its prompts."""

    reasons: dict[int, str] = field(default_factory=dict)
    used: Usage = field(default_factory=Usage)
    prompts: str = ""


def criticise_text(
    client: StructuredClient,
    job: Assignment,
    parts: Sequence[ArticlePart],
    sender: RequestSender,
    *,
    has_faults: bool,
) -> TextCritique:
    """Return the critique of an article, empty where none is wanted or its answer is unusable."""
    if not is_wanted(job.text_critique, has_findings=has_faults) or was_skipped(
        sender, REQUEST, NEXT_REQUEST, client.model, ATTEMPTS
    ):
        return TextCritique()
    asked = question(
        "critique",
        job.voice,
        job.site_name,
        job.language,
        title=one_line(job.title),
        keyword=one_line(job.primary.text),
        intent=job.intent,
        angle=one_line(job.angle) or "none",
        most=str(MAX_WEAK_PARTS),
        text="\n\n".join(f"{part.number}. {part.text}" for part in parts if part.text),
    )
    try:
        answer, used = client.ask(sender, REQUEST, asked.messages, Critique)
    except ExternalError as error:
        if not error.spoils_one_request:
            raise
        return TextCritique(prompts=asked.prompt)  # the checks alone choose the part
    known = {part.number for part in parts if part.text}
    reasons: dict[int, str] = {}
    for weak in answer.parts:
        if weak.number in known and one_line(weak.reason):
            reasons.setdefault(weak.number, one_line(weak.reason))
    return TextCritique(reasons, used, asked.prompt)


def weak_part_check(part: ArticlePart, reason: str) -> Check:
    """Return the check that shows reviewers a weak part that was not rewritten."""
    place = f"below “{part.heading}”" if part.heading else "in the opening"
    text = f"The model calls its text {place} weak: {reason}"
    return Check(False, text, KIND, WARNING, WHY)

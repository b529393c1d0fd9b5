"""Give a model the passages relevant to a part, and read the citations in its answer."""

import re
from collections.abc import Iterable
from dataclasses import replace

from igny8.providers.base import Assignment, Citation, Passage
from igny8.providers.builtin.vocabulary import one_line
from igny8.providers.checks.citations import BEGIN, END
from igny8.providers.openai_compatible.messages import Question, data
from igny8.providers.passage_search import passage_index
from igny8.providers.prompts import fill_placeholders, select_prompt

MAX_PASSAGES = 4  # of a part
# [2], [1, 3] and 【2†source】; no Markdown link, and nothing that only begins like one
MARKS = re.compile(
    r"\s?(?:\[(\d{1,3}(?:\s?,\s?\d{1,3}){0,5})\](?!\()|【(\d{1,3})[^】\d][^】]{0,60}】)"
)
MARKS_AT_END = re.compile(rf"([.!?…,;:])\s?((?:{BEGIN}\d+{END})+)")


class CitedPassages:
    """The passages given to the parts of one article, numbered from 1."""

    def __init__(self, job: Assignment) -> None:
        self._job = job
        self._numbers: dict[Passage, int] = {}

    def choose(self, values: dict[str, str]) -> dict[int, Passage]:
        """Return {number: passage} for a part with these prompt values."""
        if not self._job.sources:
            return {}
        index = passage_index(self._job.sources, self._job.language)
        points = "" if values["points"] == NO_POINTS else values["points"]
        wanted = " ".join((values["keyword"], values["heading"], points, values["keywords"]))
        found = index.best(wanted, MAX_PASSAGES)
        return {self._numbers.setdefault(p, len(self._numbers) + 1): p for p in found}

    @property
    def citations(self) -> tuple[Citation, ...]:
        """Return the passages as citations, number 1 first."""
        return tuple(Citation(p.title, p.address, (p.text,)) for p in self._numbers)


NO_POINTS = "as you see fit"


def with_passages(asked: Question, job: Assignment, passages: dict[int, Passage]) -> Question:
    """Return a question with passages and citation rules added, if there are passages."""
    if not passages:
        return asked
    version, text = select_prompt("sources", job.voice.prompts)
    lines = [f"[{number}] {one_line(p.title)}: {p.text}" for number, p in passages.items()]
    passages_text = fill_placeholders(text, {"passages": data("\n\n".join(lines))})
    *before, last = asked.messages
    messages = [*before, {**last, "content": f"{last['content']}\n{passages_text}"}]
    return replace(asked, messages=messages, prompt=f"{asked.prompt}, sources@{version}")


def marked(text: str, numbers: Iterable[int]) -> str:
    """Return a text with its citations of these numbers as tokens for inline_html()."""
    known = {str(number) for number in numbers}
    text = text.replace(BEGIN, "").replace(END, "")
    if not known:
        return text

    def tokens(found: re.Match[str]) -> str:
        cited = re.findall(r"\d+", found[1] or found[2])
        return "".join(f"{BEGIN}{number}{END}" for number in cited if number in known)

    return MARKS_AT_END.sub(r"\2\1", MARKS.sub(tokens, text))

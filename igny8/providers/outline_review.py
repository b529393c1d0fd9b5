"""Review the outline of an article before it is written, without a request, and mend it.

Sections that repeat each other are joined, sections in the wrong place are moved, and every keyword
gets a section; a question that no section answers becomes one.
"""

import re
from collections.abc import Iterator

from igny8.providers.base import Assignment, OutlineReview
from igny8.providers.builtin.ideas.outline import MAX_HEADING_CHARS, MAX_SECTIONS, Part
from igny8.providers.builtin.vocabulary import one_line, stems, tokens, truncate
from igny8.providers.builtin.wording import Pack, load_pack
from igny8.providers.builtin.wording.casing import as_question, heading

MAX_ADDED = 2
SAME = 0.8  # share of words that two headings have in common, from which they are one
# Words that stems() leaves out of English and that make another question all the same.
_ASKING = "best how near nearby top versus vs what when where which who why"
ASKING = frozenset(_ASKING.split())
QUESTION_MARKS = ("?", "？", "؟")
QUESTIONS = re.compile(
    "faq|frequently asked|common questions|häufige|foire aux|questions fréquentes|"
    "preguntas frecuentes|domande frequenti|veelgestelde|perguntas frequentes|よくある質問|常见问题"
)
CLOSING = re.compile(
    "conclusion|in summary|summary$|final thoughts|next steps|fazit|zusammenfassung|en résumé|"
    "résumé$|conclusión|en resumen|conclusione|in sintesi|conclusie|samenvatting|conclusão|"
    f"em resumo|まとめ|结论|总结|{QUESTIONS.pattern}"
)
OPENING = re.compile("introduction|einleitung|einführung|introducci|introduzi|inleiding|introdução")


def review_outline(job: Assignment) -> OutlineReview:
    """Return the outline of an assignment, mended, with a sentence for each fault that it had."""
    parts = [
        Part(
            section.role,
            one_line(section.heading),
            [point for point in map(one_line, section.points) if point],
            [word for word in map(one_line, section.keywords) if word],
        )
        for section in job.outline
        if one_line(section.heading)
    ]
    if not parts:
        return OutlineReview(job.outline)
    review = _Review(job, parts)
    findings = (
        *review.join_repeated(),
        *review.drop_repeated_points(),
        *review.reorder(),
        *review.place_keywords(),
    )
    return OutlineReview(tuple(part.as_section() for part in review.parts), findings)


class _Review:
    """The sections of an outline while they are mended; each method yields what it found."""

    def __init__(self, job: Assignment, parts: list[Part]) -> None:
        self.job, self.parts, self.added = job, parts, 0
        self.pack: Pack | None = load_pack(job.language)
        self.subject = self._words(job.primary.text)

    def join_repeated(self) -> Iterator[str]:
        """Join each section with an earlier one that has the same question."""
        kept: list[Part] = []
        for part in self.parts:
            first = next((one for one in kept if self._is_same(one.heading, part.heading)), None)
            if first is None:
                kept.append(part)
                continue
            first.points += part.points
            first.keywords += part.keywords
            yield f"“{part.heading}” repeats “{first.heading}”: the two were joined."
        self.parts = kept

    def drop_repeated_points(self) -> Iterator[str]:
        """Leave out points that are sections of their own, or points of an earlier section."""
        owners = {self._words(part.heading): part for part in reversed(self.parts)}
        for part in self.parts:
            kept: list[str] = []
            for point in part.points:
                owner = owners.get(self._words(point))
                if owner is None:
                    owners[self._words(point)] = part
                    kept.append(point)
                elif owner is not part:
                    yield (
                        f"“{point}” of “{part.heading}” is a matter of “{owner.heading}”: left out."
                    )
            part.points = kept

    def reorder(self) -> Iterator[str]:
        """Move introductions to the front and conclusions to the end."""
        for part in list(self.parts):
            at = self.parts.index(part)
            if part.role:
                continue
            if at and OPENING.match(part.heading.casefold()):
                self.parts.insert(0, self.parts.pop(at))
                yield f"“{part.heading}” stood behind other sections: it comes first now."
            elif _is_closing(part) and not all(map(_is_closing, self.parts[at:])):
                self.parts.append(self.parts.pop(at))
                yield f"“{part.heading}” stood before other sections: it closes the article now."

    def place_keywords(self) -> Iterator[str]:
        """Give every keyword a section; one that fits none is a gap."""
        placed = {word.casefold() for part in self.parts for word in part.keywords}
        texts = (one_line(phrase.text) for phrase in (self.job.primary, *self.job.secondary))
        for text in dict.fromkeys(texts):
            if not text or text.casefold() in placed:
                continue
            fitting = self._fitting(text)
            if fitting is not None:
                fitting.keywords.append(text)
            else:
                yield self._fill_gap(text)

    def _fitting(self, text: str) -> Part | None:
        """Return the section that is about what a keyword adds to the subject, None for none."""
        extra = self._words(text) - self.subject
        if not extra:
            return self.parts[0]
        telling = extra - ASKING or extra
        shared = [len(telling & self._covered(part)) for part in self.parts]
        most = max(shared)
        return self.parts[shared.index(most)] if most else None

    def _fill_gap(self, text: str) -> str:
        """Place a keyword that no section is about; return what was done."""
        asked = as_question(text, self.pack)
        if not asked.endswith(QUESTION_MARKS):
            part = min(self.parts, key=lambda one: (_is_closing(one), len(one.keywords)))
            part.keywords.append(text)
            return f"No section is about “{text}”: it goes to “{part.heading}”."
        line = truncate(heading(asked, self.pack), MAX_HEADING_CHARS)
        questions = next((part for part in self.parts if _has_questions(part)), None)
        if questions is not None:
            questions.take(line, text)
            return f"No section answers “{line}”: it goes to “{questions.heading}”."
        if self.added < MAX_ADDED and len(self.parts) < MAX_SECTIONS:
            self.added += 1
            at = next((at for at, one in enumerate(self.parts) if at and _is_closing(one)), None)
            self.parts.insert(len(self.parts) if at is None else at, Part("", line, [], [text]))
            return f"No section answers “{line}”: one was added."
        last = self.parts[-1]
        last.take(line, text)
        return f"No section answers “{line}”: it goes to “{last.heading}”."

    def _covered(self, part: Part) -> frozenset[str]:
        """Return the words that a section is about, without those of the subject."""
        texts = (part.heading, *part.points, *part.keywords)
        return frozenset().union(*map(self._words, texts)) - self.subject

    def _is_same(self, one: str, other: str) -> bool:
        first, second = self._words(one), self._words(other)
        rest = first - self.subject
        if rest and rest == second - self.subject:
            return True
        return len(first & second) >= SAME * len(first | second)

    def _words(self, text: str) -> frozenset[str]:
        """Return the stems of a text, and the words that make it another question."""
        return stems(text, self.job.language) | (ASKING & set(tokens(text)))


def _has_questions(part: Part) -> bool:
    return part.role == "questions" or QUESTIONS.match(part.heading.casefold()) is not None


def _is_closing(part: Part) -> bool:
    closing_role = part.role in ("questions", "related")
    return closing_role or CLOSING.match(part.heading.casefold()) is not None

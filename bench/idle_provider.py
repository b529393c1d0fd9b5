"""A provider that answers at once and does nothing outside: what remains is the engine's own cost."""

from igny8.providers.base import (
    UNRECORDED,
    Answer,
    ClusterPlan,
    Draft,
    Idea,
    ImageFile,
    ImagePrompt,
    PlannedCluster,
    Section,
    ignore_progress,
)

OUTLINE = (Section("What it is"), Section("How to begin"))


class IdleProvider:
    """Groups by the first word, plans three articles a cluster, writes one line, draws one byte."""

    name = "idle"

    def cluster(
        self, phrases, known, options, sender=UNRECORDED, report_progress=ignore_progress
    ) -> Answer:
        groups: dict[str, list] = {}
        for phrase in sorted(phrases, key=lambda p: p.text):
            groups.setdefault(phrase.text.split()[0], []).append(phrase.key)
        return Answer(
            ClusterPlan(
                tuple(
                    PlannedCluster(name, name, "informational", name, tuple(keys))
                    for name, keys in groups.items()
                ),
                {},
                0.28,
            )
        )

    def propose(self, topic, count: int, sender=UNRECORDED) -> Answer:
        return Answer(
            tuple(
                Idea(
                    (f"All about {p.text}",),
                    p.text.replace(" ", "-"),
                    "meta",
                    p.key,
                    (),
                    "guide",
                    "informational",
                    "angle",
                    800,
                    OUTLINE,
                )
                for p in topic.phrases[: min(count, 3)]
            )
        )

    def write(self, assignment, sender=UNRECORDED) -> Answer:
        return Answer(
            Draft(
                "brief",
                assignment.title,
                assignment.slug,
                assignment.title,
                "meta",
                "excerpt",
                "<h2>Text</h2>",
                3,
                ("What it is", "How to begin"),
            )
        )

    def describe(self, page, count: int, sender=UNRECORDED) -> Answer:
        return Answer(
            tuple(
                ImagePrompt(
                    n,
                    "section" if n else "featured",
                    page.title,
                    "prompt",
                    "alt",
                    f"{page.slug}-{n}.webp",
                    1200,
                    630,
                )
                for n in range(count)
            )
        )

    def draw(self, prompt, palette, sender=UNRECORDED) -> Answer:
        return Answer(ImageFile(b"p", "image/webp", prompt.width, prompt.height))

    def interrupt(self) -> None:
        """Stop asking; it never asks for long."""

"""Stand-ins for the outside rooms: plain, deterministic, and able to misbehave on request."""

from slugify import slugify

from igny8.errors import ExternalError
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


class FakeProvider:
    """Groups by the first word, plans `ideas` articles a cluster, writes one line, draws one byte.

    `tells` are the shares of its grouping that it says are done.
    `fails` maps a call's name to a function of its argument that returns an error or None.
    """

    name = "fake"

    def __init__(self, ideas: int = 2, fails: dict | None = None, sections: int = 2):
        self.ideas, self.fails, self.asked = ideas, fails or {}, []
        self.tells = ()
        self.outline = (Section("What it is"), Section("How to begin"))[:sections]

    def cluster(
        self, phrases, known, options, sender=UNRECORDED, report_progress=ignore_progress
    ) -> Answer:
        self._call("cluster", phrases)
        for share in self.tells:
            report_progress(share)
        groups: dict[str, list] = {}
        for phrase in sorted(phrases, key=lambda p: p.text):
            groups.setdefault(phrase.text.split()[0], []).append(phrase.key)
        names = {k.name: k.key for k in known}
        return Answer(
            ClusterPlan(
                tuple(
                    PlannedCluster(
                        name, slugify(name), "informational", name, tuple(keys), names.get(name)
                    )
                    for name, keys in groups.items()
                ),
                {},
                0.28,
            )
        )

    def interrupt(self) -> None:
        """Nothing of it takes long."""

    def propose(self, topic, count: int, sender=UNRECORDED) -> Answer:
        self._call("propose", topic.name)
        free = [p for p in topic.phrases if p.key not in topic.covered][: min(count, self.ideas)]
        return Answer(
            tuple(
                Idea(
                    (f"All about {p.text}",),
                    slugify(p.text),
                    "meta",
                    p.key,
                    (),
                    "guide",
                    "informational",
                    "angle",
                    800,
                    self.outline,
                )
                for p in free
            )
        )

    def write(self, assignment, sender=UNRECORDED) -> Answer:
        self._call("write", assignment.title)
        return Answer(
            Draft(
                "brief",
                assignment.title,
                assignment.slug,
                assignment.title,
                "meta",
                "excerpt",
                f"<h2>{assignment.title}</h2>",
                3,
                ("What it is", "How to begin"),
            )
        )

    def describe(self, page, count: int, sender=UNRECORDED) -> Answer:
        self._call("describe", page.title)
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
        self._call("draw", prompt.file_name)
        return Answer(ImageFile(b"picture", "image/webp", prompt.width, prompt.height))

    def _call(self, name: str, what) -> None:
        self.asked.append((name, what))
        error = self.fails.get(name, lambda _: None)(what)
        if error is not None:
            raise error


def permanent(message: str = "refused") -> ExternalError:
    """Return an error that trying again cannot help."""
    return ExternalError(message, kind="refused", permanent=True)


def passing(message: str = "busy") -> ExternalError:
    """Return an error that may pass."""
    return ExternalError(message, kind="busy")

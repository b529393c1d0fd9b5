"""Name clusters after their most representative member; names and slugs are unique per site."""

from collections.abc import Iterable

from igny8.slugs import cluster_slug_of as slug_of

LONGEST_NAME = 80
UNSEEN = dict.fromkeys(
    [*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A)], " "
)  # control and direction characters


class Namer:
    """Assigns names and slugs that are not taken yet, ignoring case."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._names = {name.casefold() for name in taken}
        self._slugs = {slug_of(name) for name in taken}

    def take(self, texts: list[str]) -> tuple[str, str]:
        """Return the first unused name of some texts, best first, and an unused slug for it."""
        names = [tidy_name(text) for text in texts]
        free = (name for name in names if name.casefold() not in self._names)
        name = next(free, None) or self._numbered(names[0], self._names, " ")
        slug = self._numbered(slug_of(name), self._slugs, "-")
        self._names.add(name.casefold())
        self._slugs.add(slug)
        return name, slug

    @staticmethod
    def _numbered(text: str, taken: set[str], between: str) -> str:
        number, free = 1, text
        while free.casefold() in taken:
            number += 1
            free = f"{text}{between}{number}"
        return free


def tidy_name(text: str) -> str:
    """Return a text on one line, cut to LONGEST_NAME characters with an ellipsis."""
    line = " ".join(text.translate(UNSEEN).split())
    if len(line) <= LONGEST_NAME:
        return line
    return (line[:LONGEST_NAME].rpartition(" ")[0] or line[: LONGEST_NAME - 1]) + "…"

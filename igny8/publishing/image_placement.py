"""Place the images of an article below their headings."""

import re
from collections.abc import Iterable

from bs4 import BeautifulSoup

NUMBER = re.compile(r"^\d+\. ")


def insert_images(html: str, figures: Iterable[tuple[str, str]]) -> str:
    """Return the fragment with each (heading, markup) below its h2 or h3, else at the end.

    Both must be trusted: the caller has sanitised the fragment and created the markup. A number
    before a heading ("2. Soil") and letter case are ignored; below one heading they keep their
    order.
    """
    soup = BeautifulSoup(html, "html.parser")
    ends = {_key(heading.get_text()): heading for heading in reversed(soup.find_all(["h2", "h3"]))}
    for heading, markup in figures:
        figure = BeautifulSoup(markup, "html.parser").find_all(True)[0]
        key = _key(heading)
        if key in ends:
            ends[key].insert_after(figure)
            ends[key] = figure
        else:
            soup.append(figure)
    return str(soup)


def _key(heading: str) -> str:
    return NUMBER.sub("", " ".join(heading.split())).casefold()

"""Convert HTML to Markdown in which text is never mistaken for markup."""

import re
from collections.abc import Callable

from bs4 import Tag
from markdownify import MarkdownConverter

CELLS = {"td", "th"}
RUNS = re.compile("`+")
BLANKS = re.compile(r"\n{3,}")


def html_to_markdown(html: str) -> str:
    """Return a clean fragment as Markdown (CommonMark with tables)."""
    made = (
        _Converter(heading_style="ATX", bullets="-", escape_misc=True, autolinks=False)
        .convert(html)
        .strip()
    )
    return BLANKS.sub("\n\n", made)


def escape_markdown(text: str) -> str:
    """Return a text on one line with all Markdown characters escaped."""
    return _Converter(escape_misc=True).escape(" ".join(text.split()), set())


class _Converter(MarkdownConverter):
    escape: Callable[[str, set[str]], str]  # not in the stubs of markdownify

    def convert_a(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        el.attrs.pop("title", None)  # its quotes cannot be made safe
        return super().convert_a(el, text, parent_tags)  # type: ignore[misc]  # not in its stubs

    def convert_img(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        return f"![{escape_markdown(str(el.get('alt', '')))}]({el['src']})"

    def convert_code(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if "_noformat" in parent_tags:
            return text
        # within code, too, a bar ends a cell and a new line may begin a block
        if CELLS & set(parent_tags):
            return escape_markdown(text)
        text = " ".join(text.split())
        return super().convert_code(el, text, parent_tags)  # type: ignore[misc]  # not in its stubs

    def convert_pre(self, el: Tag, text: str, parent_tags: set[str]) -> str:
        if CELLS & set(parent_tags):
            return escape_markdown(text)
        fence = "`" * max(3, 1 + max(map(len, RUNS.findall(text)), default=0))
        lines = text.strip("\n")
        return f"\n\n{fence}\n{lines}\n{fence}\n\n" if lines.strip() else ""

"""Convert a model's prose to HTML: Markdown, entities and tags are interpreted."""

import re
from html import escape, unescape

from igny8.providers.checks.blocks import split_sentences
from igny8.providers.checks.citations import TOKEN

# Patterns read text of any length: each takes time linear in it (tests/security/test_rule_10_*).
BLOCK_BREAK = re.compile(r"\n[^\S\n]*\n|</?p\b[^<>]*>", re.IGNORECASE)
LINE_BREAK = re.compile(r"\s{0,20}<br\s{0,5}/?>\s{0,20}", re.IGNORECASE)
TABLE_RULE = re.compile(r"[\s:|-]+")
BULLET = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+(?=\S)")
NUMBERED = re.compile(r"^\s*\d{1,2}[.)]\s+")
HEADING = re.compile(r"^\s*#{1,6}\s+(?=\S)")
CITATION = re.compile(
    r"(?:\s?【[^】]{0,60}】)+(?:\s?\[\d{1,2}\])*|(?<=[\w.,;:!?%)])(?:\s?\[\d{1,2}\])+"
)
CHATTER = re.compile(
    r"^\W*(?:(?:sure|certainly|of course|absolutely|okay|ok)[!,.:]?\s*)?"
    r"here(?: is|['’]s| are) (?:the|an?|your) [\w\s“”\"'’-]{0,80}[:.]\s*",
    re.IGNORECASE,
)
# One alternative per kind of inline markup; what fits none is text.
INLINE = re.compile(
    r"(?P<code>``?(?P<code_text>[^`]+)``?)"
    r"|(?P<link>!?\[(?P<link_text>[^\[\]]{1,200})\]\((?P<url>[^()\s]{1,500})(?:\s+\"[^\"]*\")?\))"
    r"|(?P<strong>(?<![\w*])\*\*(?P<strong_text>[^\s*](?:[^*]*[^\s*])?)\*\*(?![\w*]))"
    r"|(?P<em>(?<![\w*])\*(?P<em_text>[^\s*](?:[^*\n]*[^\s*])?)\*(?![\w*]))"
    r"|(?P<bar>(?<![\w_])__(?=[^\s_]+\s)(?P<bar_text>[^_]*[^\s_])__(?![\w_]))"
    r"|(?P<tag></?(?:strong|b|em|i|code)\s*>)"
    r"|(?P<gone></?(?:span|div|ul|ol|li|h[1-6]|u|font|a|table|tr|td|th|tbody|thead)\b[^<>]*>"
    r"|<(?:script|style)\b.*?(?:</(?:script|style)>|\Z))",
    re.IGNORECASE | re.DOTALL,
)
HEADING_LABEL = re.compile(
    r"^(?:#{1,6}\s*|h[1-6]\s*[:.)]\s*|(?:sub)?(?:heading|title)\s*\d*\s*[:：]\s*|\d{1,2}[.)]\s+(?=\D))",
    re.IGNORECASE,
)
QUOTES = "\"'“”„‘’«»*_` "


def prose_html(text: str) -> str:
    """Return a text as HTML blocks: paragraphs, lists and tables."""
    html = ""
    for block in BLOCK_BREAK.split(LINE_BREAK.sub(" \n ", _without_chatter(text))):
        lines = [line.strip() for line in block.split("\n") if line.strip()]
        if len(lines) >= 2 and _is_table_rule(lines[1]) and "|" in lines[0]:
            html += _table(lines)
        elif len(lines) >= 2 and all(BULLET.match(line) for line in lines):
            html += list_html(lines, ordered=all(NUMBERED.match(line) for line in lines))
        elif lines:
            html += f"<p>{inline_html(HEADING.sub('', ' '.join(lines)))}</p>"
    return html.replace("<p></p>", "")


def list_html(items: list[str], *, ordered: bool) -> str:
    """Return items as a list, without their own bullets and numbers."""
    found = [inline_html(BULLET.sub("", item)) for item in items]
    tag = "ol" if ordered else "ul"
    inner = "".join(f"<li>{item}</li>" for item in found if item)
    return f"<{tag}>{inner}</{tag}>" if inner else ""


def _is_table_rule(line: str) -> bool:
    return "---" in line and TABLE_RULE.fullmatch(line) is not None


def _table(lines: list[str]) -> str:
    """Return Markdown rows as a table; the second row is the rule below the head."""
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    head = "".join(f"<th>{inline_html(cell)}</th>" for cell in rows[0])
    body = "".join(
        "<tr>" + "".join(f"<td>{inline_html(cell)}</td>" for cell in row) + "</tr>"
        for row in rows[2:]
    )
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def inline_html(text: str) -> str:
    """Return a line as HTML: emphasis and code as such, links as text, the rest escaped.

    Citation tokens become marks. Words in angle brackets that are not HTML tags are kept, as are
    __init__, 2**3 and set<int>.
    """
    text = CITATION.sub("", text)
    html, at = "", 0
    for found in INLINE.finditer(text):
        html += _escaped(text[at : found.start()]) + _inline(found)
        at = found.end()
    html = TOKEN.sub(r"<sup>[\1]</sup>", html + _escaped(text[at:]))
    return " ".join(html.split())


def _inline(found: re.Match) -> str:
    if found["code"]:
        return f"<code>{_escaped(found['code_text'])}</code>"
    if found["link"]:
        return inline_html(found["link_text"])
    if found["tag"]:
        return found["tag"].lower().replace(" ", "")
    for name, tag in (("strong", "strong"), ("bar", "strong"), ("em", "em")):
        if found[name]:
            return f"<{tag}>{inline_html(found[f'{name}_text'])}</{tag}>"
    return ""


def _escaped(text: str) -> str:
    """Return a text escaped exactly once, whether or not it contains entities."""
    return escape(unescape(text).replace("\xa0", " "), quote=False)


def _without_chatter(text: str) -> str:
    """Return a text without a model's introductory sentence."""
    found = CHATTER.match(text)
    return text[found.end() :] if found and found.end() < len(text) else text


def plain_heading(text: str) -> str:
    """Return a heading or title without label, number, marks and quotes around it."""
    before = None
    found = unescape(text)
    while before != found:
        before = found
        found = HEADING_LABEL.sub("", found.strip()).strip(QUOTES)
    return re.sub(r"</?[a-z][^>]*>", "", found).rstrip(":").strip() or text.strip()


def first_sentences(text: str, most: int) -> str:
    """Return the first sentences of a text, at most `most` characters but at least one."""
    kept = ""
    for sentence in split_sentences(text):
        if kept and len(kept) + 1 + len(sentence) > most:
            break
        kept = f"{kept} {sentence}".strip()
    return kept

"""Read documents as text: TXT, Markdown, HTML, PDF and DOCX. Only the child process loads this."""

import io
import zipfile
from collections.abc import Callable
from pathlib import PurePath

import chardet
import docx
import pypdf
from bs4 import BeautifulSoup
from docx.table import Table

from igny8.errors import ExternalError

MAX_UNPACKED_BYTES = 50 * 1024 * 1024
MAX_PDF_PAGES = 500
NO_TEXT_TAGS = (
    *("script", "style", "template", "noscript", "svg", "head", "iframe", "object"),
    *("nav", "header", "footer", "aside", "form", "button", "select"),
)
HEADING_TAGS = ("h1", "h2", "h3", "h4", "h5", "h6")
BLOCK_TAGS = (
    *HEADING_TAGS,
    *("p", "li", "div", "section", "article", "main", "blockquote", "pre", "table", "tr", "dd"),
    *("dt", "dl", "ul", "ol", "figure", "figcaption"),
)
CELL_TAGS = ("td", "th")
UNKNOWN_KIND = "This kind of file cannot be read. Choose a TXT, Markdown, HTML, PDF or DOCX file."


def read_document(name: str, data: bytes) -> str:
    """Return the text of a file by its name's extension, with blank lines between paragraphs.

    Raise ExternalError with the reason, or any error of the libraries for a broken file.
    """
    read = READERS.get(PurePath(name).suffix.lower())
    if read is None:
        raise _unreadable(UNKNOWN_KIND)
    return read(data)


def html_text(html: str) -> str:
    """Return the text of an HTML page, or of its main part if it has one."""
    page = BeautifulSoup(html, "html.parser")
    for tag in page.find_all(NO_TEXT_TAGS):
        tag.decompose()
    for tag in page.find_all(BLOCK_TAGS):
        tag.insert(0, "\n\n# " if tag.name in HEADING_TAGS else "\n\n")
        tag.append("\n\n")
    for tag in page.find_all(CELL_TAGS):
        tag.append(" ")
    for tag in page.find_all("br"):
        tag.replace_with("\n")
    main = page.find("main") or page.find("article") or page
    return main.get_text()


def _read_text(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16")
    if b"\0" in data:
        raise _unreadable("This is not a text file. Save it as plain text, or choose the original.")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode(chardet.detect(data)["encoding"] or "cp1252", "replace")


def _read_html(data: bytes) -> str:
    return html_text(_read_text(data))


def _read_pdf(data: bytes) -> str:
    reader = pypdf.PdfReader(io.BytesIO(data))
    if reader.is_encrypted and not reader.decrypt(""):
        raise _unreadable("This PDF is locked with a password. Save it without one.")
    if len(reader.pages) > MAX_PDF_PAGES:
        raise _unreadable(
            f"This PDF has {len(reader.pages):,} pages; {MAX_PDF_PAGES} can be read. Divide it."
        )
    text = "\n\n".join(page.extract_text() for page in reader.pages)
    if not text.strip():
        raise _unreadable(
            "This PDF holds no text, only pictures. Recognise its text first (OCR), or paste it."
        )
    return text


def _read_docx(data: bytes) -> str:
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise _unreadable(
            "This is not a DOCX file, or it is locked with a password. Save it again as DOCX."
        )
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_UNPACKED_BYTES:
            raise _unreadable(
                f"This file is larger than {MAX_UNPACKED_BYTES >> 20} MB unpacked. "
                "Save it without its pictures."
            )
    paragraphs: list[str] = []
    for block in docx.Document(io.BytesIO(data)).iter_inner_content():
        if isinstance(block, Table):
            paragraphs += [" ".join(cell.text for cell in row.cells) for row in block.rows]
        else:
            is_heading = (block.style.name if block.style else "").startswith("Heading")
            paragraphs.append(f"# {block.text}" if is_heading else block.text)
    return "\n\n".join(paragraphs)


def _unreadable(reason: str) -> ExternalError:
    return ExternalError(reason, kind="bad_file", permanent=True)


READERS: dict[str, Callable[[bytes], str]] = {
    ".txt": _read_text,
    ".md": _read_text,
    ".markdown": _read_text,
    ".html": _read_html,
    ".htm": _read_html,
    ".pdf": _read_pdf,
    ".docx": _read_docx,
}

"""Each kind of file becomes text; a broken, locked or hostile one is refused with the reason."""

import io
import zipfile

import pytest

from igny8.errors import ExternalError
from igny8.sources.child import read_file
from igny8.sources.documents import MAX_UNPACKED_BYTES
from igny8.sources.passages import MAX_PASSAGE_CHARS, split_passages
from tests.sources.files import SENTENCE, pdf, word_file

PAGE = (
    f"<html><head><title>T</title><script>no()</script></head><body><nav>Menu</nav>"
    f"<main><h1>Roofs</h1><p>{SENTENCE}</p></main><footer>Foot</footer></body></html>"
)


def bomb() -> bytes:
    """Return a DOCX that unpacks to more than is read."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("word/document.xml", b" " * (MAX_UNPACKED_BYTES + 1))
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", SENTENCE.encode()),
        ("a.TXT", SENTENCE.encode("utf-16")),
        ("a.md", f"# Roofs\n\n{SENTENCE}".encode()),
        ("a.html", PAGE.encode()),
        ("a.pdf", pdf("First page.", SENTENCE)),
        ("locked by its owner only.pdf", pdf(SENTENCE, password="x", owner_only=True)),
        ("a.docx", word_file(SENTENCE)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_text_of_each_kind_is_read(name, data):
    text = read_file(name, data)
    assert SENTENCE in text and "Menu" not in text and "no()" not in text


def test_text_in_an_old_encoding_and_tables_are_read():
    german = "Größere Dächer müssen häufiger geprüft werden, weil Laub die Rinnen füllt. " * 5
    assert "Größere Dächer" in read_file("a.txt", german.encode("cp1252"))
    assert "Gutter 80 euros" in read_file("a.docx", word_file(SENTENCE))


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("a.xlsx", b"x", "Choose a TXT"),
        ("a", b"x", "Choose a TXT"),
        ("a.txt", b"\x00\x01\x02", "not a text file"),
        ("a.pdf", b"no pdf", "is broken"),
        ("a.pdf", pdf(SENTENCE)[:300], "is broken"),
        ("a.pdf", pdf(SENTENCE, password="secret"), "locked with a password"),
        ("a.pdf", pdf(""), "only pictures"),
        ("a.pdf", pdf(*["x"] * 501), "501 pages"),
        ("a.docx", b"\xd0\xcf\x11\xe0 encrypted", "locked with a password"),
        ("a.docx", word_file(SENTENCE)[:2000], "not a DOCX file"),
        ("a.docx", bomb(), "50 MB unpacked"),
    ],
)
def test_file_that_cannot_be_read_is_refused_with_the_reason(name, data, reason):
    with pytest.raises(ExternalError, match=reason) as caught:
        read_file(name, data)
    assert caught.value.permanent


def test_reading_ends_when_it_takes_too_long():
    with pytest.raises(ExternalError, match="took longer") as caught:
        read_file("a.txt", b"x", timeout_s=0.001)
    assert caught.value.kind == "timeout"


def test_passages_hold_the_whole_text_and_none_is_too_long():
    text = "\n\n".join(f"## Part {n}\n\n" + f"Sentence {n} of a part. " * (n * 9) for n in range(9))
    passages = split_passages(text + "\n\n" + "x" * 5_000)
    joined = "".join("".join(passages).split())
    assert joined == "".join(text.replace("## ", "").split()) + "x" * 5_000
    assert max(map(len, passages)) <= MAX_PASSAGE_CHARS
    assert [p.split("\n")[0] for p in passages if p.startswith("Part 3")] == ["Part 3"]
    assert split_passages(" \n\n ") == []

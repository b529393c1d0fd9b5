"""Files as programs write them: PDF with text, locked and scanned, DOCX with a table."""

import io

import docx
import pypdf
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

SENTENCE = "A new roof costs 12,500 euros."


def pdf(*texts: str, password: str = "", owner_only: bool = False) -> bytes:
    """Return a PDF with one page per text, locked where a password is given."""
    writer = pypdf.PdfWriter()
    helvetica = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for text in texts:
        page = writer.add_blank_page(600, 800)
        stream = DecodedStreamObject()
        stream.set_data(f"BT /F1 12 Tf 50 700 Td ({text}) Tj ET".encode() if text else b"")
        page[NameObject("/Contents")] = writer._add_object(stream)
        fonts = DictionaryObject({NameObject("/F1"): helvetica})
        page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    if password:
        user = "" if owner_only else password
        writer.encrypt(user, owner_password=password, algorithm="AES-256")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def word_file(*paragraphs: str) -> bytes:
    """Return a DOCX with a heading, paragraphs and a table."""
    document = docx.Document()
    document.add_heading("Roof prices", 1)
    for text in paragraphs:
        document.add_paragraph(text)
    row = document.add_table(1, 2).rows[0]
    row.cells[0].text, row.cells[1].text = "Gutter", "80 euros"
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()

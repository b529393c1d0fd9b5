"""Tables taken along as CSV: one way to write them, in which no cell can act as a formula."""

import csv
import io
from collections.abc import Iterable
from itertools import chain

from flask import Response

RISKY = ("=", "+", "-", "@", "\t", "\r")


def plain_cell(value):
    """Return a value as a spreadsheet shall show it: a text that would begin a formula gets an apostrophe."""
    return f"'{value}" if isinstance(value, str) and value.startswith(RISKY) else value


def answer(name: str, head: tuple[str, ...], rows: Iterable) -> Response:
    """Return a CSV file of this name as an answer, made a line at a time."""
    def lines():
        text = io.StringIO()
        writer = csv.writer(text)
        for row in chain((head,), rows):
            writer.writerow([plain_cell(cell) for cell in row])
            yield text.getvalue()
            text.seek(0)
            text.truncate()
    response = Response(lines(), mimetype="text/csv")
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response

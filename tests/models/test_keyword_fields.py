"""Rows of files and the table of keywords have every declared field."""

from dataclasses import fields

from igny8.importers.base import Row
from igny8.keyword_fields import BY_NAME, STORED
from igny8.models import Keyword


def test_every_stored_keyword_field_is_a_column():
    assert set(STORED) <= set(Keyword.__table__.c.keys())


def test_every_field_is_read_from_files():
    assert set(BY_NAME) <= {field.name for field in fields(Row)}

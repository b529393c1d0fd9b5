"""The table of keywords has a column for every declared field."""

from igny8.keyword_fields import STORED
from igny8.models import Keyword


def test_every_stored_keyword_field_is_a_column():
    assert set(STORED) <= set(Keyword.__table__.c.keys())

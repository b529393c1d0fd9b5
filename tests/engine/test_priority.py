"""Articles with the highest search volume, or else impressions, are written first."""

from igny8.providers.base import Phrase
from igny8.stages.s3_plan import opportunity


def test_impressions_count_only_without_a_volume():
    assert opportunity(Phrase(1, "a", None, 50, impressions=400), []) == 200
    assert opportunity(Phrase(1, "a", 10, 50, impressions=400), []) == 5
    assert opportunity(None, [{"volume": None, "impressions": 400, "difficulty": 50}]) == 100


def test_ideas_without_impressions_have_a_priority():
    assert opportunity(None, [{"volume": 400, "difficulty": 50}]) == 100

"""Slugs follow the language of the site, keep signs that carry meaning, and are never empty."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from igny8 import readings
from igny8.slug_scripts import LATIN, NATIVE
from igny8.slugs import MAX_CHARS, slug_of


@pytest.mark.parametrize(
    ("text", "language", "slug"),
    [
        ("c# tutorial", "en", "c-sharp-tutorial"),
        ("c++ tutorial", "en", "c-plus-plus-tutorial"),
        ("c tutorial", "en", "c-tutorial"),
        (".net developer salary", "en", "dot-net-developer-salary"),
        ("men's shoes & boots", "en", "mens-shoes-and-boots"),
        ("50% off", "en", "50-percent-off"),
        ("frühbeet bauen", "de", "fruehbeet-bauen"),
        ("ボルダリング ホテル", "ja", "borudaringu-hoteru"),
        ("チェックイン ティーシャツ", "ja", "chekkuin-ti-shatsu"),
        ("ｙｕ ｋｉｒｏｒｏ", "ja", "yu-kiroro"),
        ("お盆 旅行", "ja", "obon-ryokou"),
        ("個別指導 守山区", "ja", "kobetsu-shidou-moriyama-ku"),
        ("купить обувь", "ru", "kupit-obuv"),
        ("운동화 추천", "ko", "undonghwa-cuceon"),
        ("跑步鞋推荐", "zh", "pao-bu-xie-tui-jian"),
        ("🚗 rental", "en", "rental"),
    ],
)
def test_slug_follows_the_language(text, language, slug):
    assert slug_of(text, language) == slug


def test_kanji_are_kept_without_a_dictionary(monkeypatch):
    monkeypatch.setattr(readings, "DICTIONARY", "no_such_package")
    assert slug_of("お盆 旅行", "ja") == "お盆-旅行"
    assert slug_of("ボルダリング ホテル", "ja") == "borudaringu-hoteru"


@pytest.mark.parametrize(
    ("text", "language", "slug"),
    [
        ("ボルダリング ホテル", "ja", "ボルダリング-ホテル"),
        ("купить обувь", "ru", "купить-обувь"),
        ("운동화 추천", "ko", "운동화-추천"),
        ("c# 教程", "zh", "c-sharp-教程"),
    ],
)
def test_native_slug_keeps_the_script_of_the_language(text, language, slug):
    assert slug_of(text, language, script=NATIVE) == slug


@given(
    some.text(max_size=120),
    some.sampled_from(["en", "de", "ja", "zh", "ar"]),
    some.sampled_from([LATIN, NATIVE]),
)
def test_slug_is_stable_short_and_never_empty(text, language, script):
    slug = slug_of(text, language, script=script)
    assert slug and slug == slug_of(text, language, script=script)
    assert len(slug) <= MAX_CHARS and "/" not in slug and " " not in slug

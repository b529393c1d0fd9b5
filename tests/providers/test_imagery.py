"""Title cards can be read on every backdrop and in every script that a bundled font has."""

import time
from io import BytesIO

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from PIL import Image

from igny8.errors import ExternalError
from igny8.providers.base import ImagePrompt, Page, Palette
from igny8.providers.builtin.imagery import backdrop as backdrops
from igny8.providers.builtin.imagery import card, colour, describe, draw, lettering
from igny8.providers.builtin.imagery.motifs import MOTIFS
from igny8.providers.builtin.imagery.wrapping import fit

PAGE = Page(
    "When to Prune Roses",
    "when-to-prune-roses",
    ("The short answer", "Tools", "Step by step", "Costs", "Questions readers also ask"),
    "prune roses",
)


def prompt(heading="When to Prune Roses", size=(600, 315), position=0):
    return ImagePrompt(
        position, "section" if position else "featured", heading, "", "", "a.webp", *size
    )


def opened(image):
    return Image.open(BytesIO(image.data)).convert("RGB")


def test_card_has_the_requested_size():
    assert opened(draw(prompt(size=(1200, 630)), Palette())).size == (1200, 630)


def test_same_prompt_gives_the_same_bytes():
    assert draw(prompt(), Palette()).data == draw(prompt(), Palette()).data


@pytest.mark.parametrize(
    "colours",
    [
        ("#ffffff", "#ffffff"),
        ("#000000", "#000000"),
        ("#808080", "#7f7f7f"),
        ("#ffd166", "#ef476f"),
        ("#00ff00", "#ff00ff"),
        ("nonsense", ""),
    ],
)
@pytest.mark.parametrize(
    "heading", ["Prune Roses", "Costs", "A long title that goes over three lines or even more"]
)
def test_text_is_legible_on_every_backdrop(colours, heading):
    palette, size = Palette(*colours), (600, 315)
    backdrop = backdrops.backdrop(size, palette, heading.encode(), 0, False)
    _, box = card._title(heading, size, False)
    shaded, ink = card._readable(backdrop, [box])
    assert (
        min(colour.contrast(ink, pixel) for _, pixel in shaded.crop(box).getcolors(10**6))
        >= colour.READABLE
    )


def test_every_motif_is_visible_and_none_fills_the_card():
    for at in range(len(MOTIFS)):
        mask = backdrops._motif((300, 158), bytes([at, 3, 7, 9]))
        assert 0 < sum(mask.histogram()[20:]) < 0.7 * 300 * 158


def test_title_without_a_font_is_refused():
    assert lettering.drawable("ᓂᕐᑭᑦ ᐊᑭᖏᑦ") == ""
    with pytest.raises(ExternalError, match="no bundled font"):
        draw(prompt("ᓂᕐᑭᑦ ᐊᑭᖏᑦ"), Palette())


@pytest.mark.parametrize(
    "title",
    ["蓝莓修剪指南：何时修剪", "藍莓修剪指南", "ブルーベリーの剪定時期", "블루베리 가지치기 방법"],
)
def test_chinese_japanese_and_korean_titles_are_drawn(title):
    assert lettering.drawable(title) == title
    bare, titled = (opened(draw(prompt(text), Palette())) for text in ("🫐", title))
    assert len(titled.getcolors(10**6)) != len(bare.getcolors(10**6))


def test_japanese_uses_japanese_glyphs():
    assert [name for name, _ in lettering.runs("直した骨の時期")] == [lettering.JAPANESE]


def test_removed_emoji_leaves_no_space_before_a_colon():
    assert lettering.drawable("Coffee Emoji ☕: Meaning") == "Coffee Emoji: Meaning"
    assert lettering.drawable("Taille : guide") == "Taille : guide"


def test_emoji_are_removed_and_words_kept():
    assert lettering.drawable("Prune 🫐 blueberries") == "Prune blueberries"


@pytest.mark.parametrize("text", ["Обрезка", "Κλάδεμα", "تقليم التوت", "גיזום", "การตัดแต่ง"])
def test_bundled_scripts_are_drawn(text):
    assert lettering.drawable(text) == text
    assert lettering.width(text, 40) > 40


@pytest.mark.parametrize("text", ["تقليم التوت 2026 SEO", "Guide: تقليم"])
def test_arabic_is_shaped_without_raqm(text, monkeypatch):
    monkeypatch.setattr(lettering, "RAQM", False)
    lettering.font.cache_clear()
    lettering._run_width.cache_clear()
    drawn = "".join(part for _, part in lettering.runs(text))
    assert any("\ufe70" <= c <= "\ufeff" for c in drawn)
    assert draw(prompt(text), Palette()).data
    lettering.font.cache_clear()
    lettering._run_width.cache_clear()


def test_lines_are_balanced():
    block = fit(
        "one two three four five six seven eight",
        (300, 400),
        (20,),
        5,
        lambda text, size: len(text) * 10,
    )
    assert max(map(len, block.lines)) - min(map(len, block.lines)) <= 8


def test_chinese_and_japanese_never_break_before_a_comma():
    block = fit(
        "蓝莓修剪指南，什么时候修剪", (70, 400), (10,), 5, lambda text, size: len(text) * 10
    )
    assert "".join(block.lines) == "蓝莓修剪指南，什么时候修剪"
    assert not any(line.startswith("，") for line in block.lines)


def test_overlong_word_is_split_into_lines():
    block = fit("x" * 300, (300, 100), (20,), 3, lambda text, size: len(text) * 10)
    assert len(block.lines) == 3 and max(map(len, block.lines)) <= 30
    assert block.lines[-1].endswith("…")


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=120), st.text(max_size=30), st.integers(1, 400), st.integers(1, 400))
def test_any_text_and_size_makes_a_card(heading, name, width, height):
    assume(lettering.drawable(heading) or not any(map(str.isalnum, heading)))
    image = draw(prompt(heading, (width, height)), Palette(name=name))
    assert opened(image).size == (image.width, image.height)


def test_card_takes_a_few_dozen_milliseconds():
    draw(prompt(size=(1200, 630)), Palette(name="Green Garden"))
    started = time.process_time()
    for at in range(5):
        draw(prompt(f"When to Prune Roses {at}", (1200, 630)), Palette(name="Green Garden"))
    assert (
        time.process_time() - started
    ) / 5 < 0.25  # far above the usual 0.05: the machine may be busy


def test_images_are_spread_over_suitable_sections():
    assert [p.heading for p in describe(PAGE, 3)] == [
        "When to Prune Roses",
        "Tools",
        "Step by step",
    ]


def test_short_page_gets_fewer_images():
    assert len(describe(Page("T", "t", ("One",), "k"), 5)) == 2


def test_prompts_ask_for_no_text_and_alts_are_short():
    for image in describe(Page("T" * 300, "s" * 300, ("h " * 200, "g"), "k" * 300), 3):
        assert "No text" in image.prompt
        assert 0 < len(image.alt) <= 125
        assert len(image.file_name) <= 120

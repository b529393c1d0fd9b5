"""A model's prose becomes HTML: markup is read as what it means, words are kept to the letter."""

import pytest

from igny8.providers.openai_compatible.articles import whole_sentences
from igny8.providers.openai_compatible.prose import list_html, plain_heading, prose_html
from igny8.providers.openai_compatible.schemas import passage
from igny8.sanitising import clean


@pytest.mark.parametrize(
    ("text", "html"),
    [
        ("See [our guide](https://shop.example/size) now.", "<p>See our guide now.</p>"),
        ("Choose *light* shoes.", "<p>Choose <em>light</em> shoes.</p>"),
        ("Choose **light** shoes.", "<p>Choose <strong>light</strong> shoes.</p>"),
        (
            "replace <text> with your own name and keep going",
            "<p>replace &lt;text&gt; with your own name and keep going</p>",
        ),
        ("First<br>Second", "<p>First Second</p>"),
        ("<p>One</p><p>Two</p>", "<p>One</p><p>Two</p>"),
        ("AT&amp;T pays 5&nbsp;€", "<p>AT&amp;T pays 5 €</p>"),
        (
            "`std::set<int>` and __init__.py and 2**3 = 8",
            "<p><code>std::set&lt;int&gt;</code> and __init__.py and 2**3 = 8</p>",
        ),
        ("std::set<int> and __init__ and 4**5", "<p>std::set&lt;int&gt; and __init__ and 4**5</p>"),
        (
            "| Shoe | Price |\n|---|---|\n| Road | 90 |",
            "<table><thead><tr><th>Shoe</th><th>Price</th></tr></thead><tbody><tr><td>Road</td>"
            "<td>90</td></tr></tbody></table>",
        ),
        ("Prices fell【4†source】 [1][2].", "<p>Prices fell.</p>"),
        (
            "Sure! Here is the introduction you asked for: Light shoes win.",
            "<p>Light shoes win.</p>",
        ),
        ("## Why it matters", "<p>Why it matters</p>"),
        ("One.\n\nTwo.", "<p>One.</p><p>Two.</p>"),
        ("- a\n- b", "<ul><li>a</li><li>b</li></ul>"),
        ("1. a\n2. b", "<ol><li>a</li><li>b</li></ol>"),
        ("<script>bad()</script>Good.", "<p>Good.</p>"),
        ("5 < 6 & 7 > 6", "<p>5 &lt; 6 &amp; 7 &gt; 6</p>"),
        ("<strong>Bold</strong> words", "<p><strong>Bold</strong> words</p>"),
    ],
)
def test_prose_is_converted_by_its_meaning(text, html):
    assert prose_html(text) == html
    assert "<script" not in clean(prose_html(text))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("## Introduction", "Introduction"),
        ("H2: What to look for", "What to look for"),
        ('1. "Running Shoes: The Complete Guide"', "Running Shoes: The Complete Guide"),
        ("**Heading: Care**", "Care"),
        ("10 ways to rest", "10 ways to rest"),
        ("3.5 litres a day", "3.5 litres a day"),
    ],
)
def test_heading_loses_its_label_and_quotes(text, plain):
    assert plain_heading(text) == plain


def test_list_items_lose_their_own_numbers():
    assert (
        list_html(["1. Wet it", "2) Dry it"], ordered=True)
        == "<ol><li>Wet it</li><li>Dry it</li></ol>"
    )


def test_slightly_overlong_text_is_kept():
    text = "It is a sentence of some length. " * 20
    found = passage(100).model_validate({"paragraphs": [text], "items": [], "points": []})
    assert found.paragraphs == [text.strip()]


def test_much_too_long_text_is_cut_after_a_sentence():
    text = "It is a sentence of some length. " * 200
    found = passage(100).model_validate({"paragraphs": [text], "items": [], "points": []})
    assert len(found.paragraphs[0]) < 400 and found.paragraphs[0].endswith("length.")


def test_description_is_cut_after_a_sentence_if_possible():
    text = "Cold brew at 1:8 tastes best to most people who try it. " + "It keeps for days " * 12
    assert whole_sentences(text, 155).endswith("try it.") is False
    assert whole_sentences(f"{'Cold brew keeps well. ' * 9}", 155).endswith("well.")

"""Pictures in a text: each below its own heading, none lost."""

from igny8.publishing import insert_images

TEXT = "<h2>1. Soil &amp; light</h2><p>a</p><h3>Soil</h3><p>b</p><h2>Water</h2><p>c</p>"


def test_images_are_placed_below_their_headings():
    assert insert_images(TEXT, [("soil & light", "<i>1</i>"), ("Water", "<i>2</i>")]) == (
        "<h2>1. Soil &amp; light</h2><i>1</i><p>a</p><h3>Soil</h3><p>b</p><h2>Water</h2><i>2</i><p>c</p>"
    )


def test_two_images_of_one_heading_keep_their_order():
    assert "<h2>Water</h2><i>1</i><i>2</i>" in insert_images(
        TEXT, [("Water", "<i>1</i>"), ("Water", "<i>2</i>")]
    )


def test_image_without_its_heading_comes_last():
    assert insert_images(TEXT, [("Gone", "<i>1</i>")]) == TEXT + "<i>1</i>"

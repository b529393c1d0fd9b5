"""The fields of SEO plugins of WordPress: search title, meta description, focus keyword."""

from igny8.publishing.base import Text

# plugin → meta keys of title, description and focus keyword
SEO_KEYS = {
    "Yoast SEO": ("_yoast_wpseo_title", "_yoast_wpseo_metadesc", "_yoast_wpseo_focuskw"),
    "Rank Math": ("rank_math_title", "rank_math_description", "rank_math_focus_keyword"),
}
SEO_LABELS = ("Search title", "Meta description", "Focus keyword")


def seo_meta(text: Text, plugin: str) -> dict[str, str]:
    """Return the values of a text by the meta keys of a plugin, empty for an unknown one."""
    keys = SEO_KEYS.get(plugin, ())
    values = (text.meta_title, text.meta_description, text.keyword)
    return dict(zip(keys, values, strict=True)) if keys else {}

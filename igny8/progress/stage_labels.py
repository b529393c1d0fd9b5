"""The names of stages on pages; JSON uses those of the stages package."""

# key of the stage: (one word for it, what it makes of what)
STAGE_LABELS = {
    "cluster": ("Group", "Keywords → Clusters"),
    "ideate": ("Plan articles", "Clusters → Ideas"),
    "plan": ("Accept", "Ideas → Plan"),
    "write": ("Write", "Plan → Articles"),
    "describe": ("Image ideas", "Articles → Image ideas"),
    "draw": ("Create images", "Image ideas → Images"),
    "review": ("Review", "Your review"),
}
# key of the stage: what the run does there
DOING = {
    "cluster": "Grouping keywords",
    "ideate": "Planning articles",
    "plan": "Accepting ideas",
    "write": "Writing {texts}",
    "describe": "Finding image ideas",
    "draw": "Creating images",
    "review": "Handing over {texts}",
}


def stage_short(key: str) -> str:
    """Return the short name of a stage by its key: "Write"."""
    return STAGE_LABELS[key][0]


def stage_name(key: str) -> str:
    """Return the full name of a stage by its key: "Plan → Articles"."""
    return STAGE_LABELS[key][1]


def doing(key: str, texts: str = "articles") -> str:
    """Return the activity of a stage; `texts` are articles or briefs: "Writing briefs"."""
    return DOING[key].format(texts=texts)

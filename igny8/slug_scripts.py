"""The scripts that slugs of articles may use."""

LATIN, NATIVE = "latin", "native"
SCRIPTS = {  # how addresses of articles are written → label
    LATIN: "Latin letters (transcribed)",
    NATIVE: "The script of the language",
}

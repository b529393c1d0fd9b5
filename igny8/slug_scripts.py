"""The scripts that addresses of articles may be written in."""

LATIN, NATIVE = "latin", "native"
SCRIPTS = {  # how addresses of articles are written → label
    LATIN: "Latin letters (transcribed)",
    NATIVE: "The script of the language",
}

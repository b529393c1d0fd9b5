"""Everything that the built-in provider reads is part of the package."""

import configparser
from pathlib import Path

ROOT = Path(__file__).parents[2]
BUILT_IN = ROOT / "igny8" / "providers" / "builtin"


def test_every_folder_of_data_is_packaged():
    settings = configparser.ConfigParser()
    settings.read(ROOT / "setup.cfg")
    packaged = {
        ROOT / package.replace(".", "/") / pattern.strip().removesuffix("/*")
        for package, patterns in settings["options.package_data"].items()
        for pattern in patterns.split(",")
        if pattern.strip().endswith("/*")
    }
    folders = {
        path.parent
        for path in BUILT_IN.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".py"
    }
    assert folders == packaged

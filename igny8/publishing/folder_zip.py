"""A folder of published files as a ZIP, with WordPress import files merged."""

import zipfile
from pathlib import Path
from typing import IO

from igny8.publishing import wxr

IMPORT_FILE = "wordpress-import.xml"


def write_folder_zip(root: Path, target: IO[bytes]) -> int:
    """Write the files of a folder except hidden ones to a ZIP; return how many."""
    imports: list[str] = []
    count = 0
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(root.rglob("*")):
            name = path.relative_to(root)
            if path.is_symlink() or not path.is_file() or any(p[0] == "." for p in name.parts):
                continue
            archive.write(path, str(name))
            count += 1
            if path.suffix == ".xml":
                imports.append(path.read_text(encoding="utf-8", errors="replace"))
        if imports:
            archive.writestr(IMPORT_FILE, wxr.merged(imports))
    return count

#!/usr/bin/env python3
"""Fetches the few front-end files that stand in static/vendor; `--check` compares them with their manifest.

Run without arguments only to change a version: needs npm. Neither the product nor its tests need it.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).resolve().parent.parent / "static" / "vendor"
MANIFEST = FOLDER / "manifest.json"
# The maps are not shipped, and the collecting of static files stops at a reference to a missing file.
SOURCE_MAP = re.compile(rb"\n?(//|/\*)# sourceMappingURL=[^\s*]+(\s*\*/)?")


@dataclass(frozen=True)
class Package:
    """One package of the npm registry and the files of it that we serve."""

    name: str
    version: str
    licence: str
    files: tuple[str, ...]


PACKAGES = (
    # Bootstrap's script asks for Popper where a menu drops down; the bundle carries it.
    Package("bootstrap", "5.3.8", "MIT", ("dist/css/bootstrap.min.css", "dist/js/bootstrap.bundle.min.js")),
)


def fetch() -> None:
    """Write the files and their manifest."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    MANIFEST.write_text(json.dumps([_fetched(package) for package in PACKAGES], indent=2) + "\n")


def differences() -> list[str]:
    """Return a sentence for everything in static/vendor that is not as the manifest says."""
    listed = {
        file["name"]: (file["sha256"], package)
        for package in json.loads(MANIFEST.read_text())
        for file in package["files"]
    }
    found = {path.name: path for path in FOLDER.iterdir() if path != MANIFEST}
    wrong = [f"{name} stands in static/vendor and not in its manifest." for name in found.keys() - listed.keys()]
    wrong += [f"{name} stands in the manifest and not in static/vendor." for name in listed.keys() - found.keys()]
    for name in found.keys() & listed.keys():
        if _hash(found[name].read_bytes()) != listed[name][0]:
            wrong.append(f"{name} is not the file that the manifest describes.")
        if SOURCE_MAP.search(found[name].read_bytes()):
            wrong.append(f"{name} points to a source map that is not here.")
    return sorted(wrong)


def _fetched(package: Package) -> dict[str, object]:
    with tempfile.TemporaryDirectory() as folder:
        wanted = f"{package.name}@{package.version}"
        subprocess.run(["npm", "pack", "--silent", wanted], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        with tarfile.open(next(Path(folder).glob("*.tgz"))) as archive:
            files = [_kept(archive, name) for name in package.files]
    return {"name": package.name, "version": package.version, "licence": package.licence, "files": files}


def _kept(archive: tarfile.TarFile, name: str) -> dict[str, str]:
    member = archive.extractfile(f"package/{name}")
    if member is None:
        raise FileNotFoundError(name)
    content = SOURCE_MAP.sub(b"", member.read())
    (FOLDER / Path(name).name).write_bytes(content)
    return {"name": Path(name).name, "sha256": _hash(content)}


def _hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


if __name__ == "__main__":
    if "--check" not in sys.argv:
        fetch()
    for sentence in differences():
        print(sentence)
    sys.exit(bool(differences()))

"""Recompute the statistics of the catalogue from the files under GRAPHFM_DATA, and check its checksums against them.

    GRAPHFM_DATA=... python scripts/make_catalog.py [--check] [NAME ...]

The files under GRAPHFM_DATA may be packed and have other line ends than the published ones, whose bytes the checksums
are of. With --check nothing is written, and the exit status tells whether the catalogue is right.
"""

from __future__ import annotations

import argparse
import gzip
import hashlib
import json
import sys
import warnings
from pathlib import Path
from typing import Any

from graphfm.datasets import catalog
from graphfm.datasets.tables.declared import Reading
from graphfm.datasets.tables.notes import DataWarning
from graphfm.datasets.text_graphs.folder import read_folder
from graphfm.datasets.triples import folder as triples_folder
from graphfm.datasets.triples.graph import Triples
from graphfm.files import write_json
from graphfm.paths import data_home

CATALOG = Path(catalog.__file__).with_name("catalog.json")


def statistics(entry: catalog.Entry, folder: Path) -> dict[str, Any]:
    """Sizes of a set, counted from its files."""
    if entry.kind == "tag":
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)
            graph = read_folder(folder, directed=entry.directed)
        counts = graph.statistics()
        sizes = {key: counts[key] for key in ("nodes", "directed_edges", "undirected_edges", "classes")}
        masks = {split: graph[f"{split}_mask"] for split in ("train", "val", "test") if f"{split}_mask" in graph}
        sizes |= {split: int(mask.sum()) for split, mask in masks.items()}
        return {key: size for key, size in sizes.items() if size is not None}
    return _sizes(triples_folder.read(folder, missing=entry.missing, reading=Reading(**entry.reading)))


def _sizes(graph: Triples) -> dict[str, Any]:
    counts = graph.statistics()
    sizes = {key: counts[key] for key in ("entities", "relations")} | counts["triples"]
    if graph.inference is not None:
        sizes["inference"] = _sizes(graph.inference)
    return sizes


def same_content(sha256: str, path: Path) -> bool:
    """Whether a checksum is that of a file, whatever its packing and its line ends."""
    packed = path.with_name(f"{path.name}.gz")
    content = gzip.decompress(packed.read_bytes()) if packed.is_file() else path.read_bytes()
    forms = (content, content.replace(b"\n", b"\r\n"), content.removesuffix(b"\n"))
    return sha256 in {hashlib.sha256(form).hexdigest() for form in forms}


def main() -> int:
    """Update or check the catalogue; 1 if a check failed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME", help="sets to look at; all of the folder by default")
    parser.add_argument("--check", action="store_true", help="write nothing")
    arguments = parser.parse_args()
    home = data_home()
    if home is None:
        parser.error("GRAPHFM_DATA is not set")
    content = json.loads(CATALOG.read_text(encoding="utf-8"))
    wrong = 0
    for name in arguments.names or catalog.names():
        entry = catalog.entry(name)
        folder = home / entry.kind / name
        if entry.origin != "files" or not folder.is_dir():
            continue
        counted = statistics(entry, folder)
        bad = [file.path for file in entry.files if not same_content(file.sha256, folder / file.path)]
        if counted != dict(entry.statistics) or bad:
            wrong += 1
            print(f"{name}: {counted}" + "".join(f", other content than {path}" for path in bad))
        content[name]["statistics"] = counted
    if arguments.check:
        return int(wrong > 0)
    write_json(CATALOG, content)
    return 0


if __name__ == "__main__":
    sys.exit(main())

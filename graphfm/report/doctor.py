"""What is installed, what graphfm sees of the machine, and what is missing for which feature."""

from __future__ import annotations

import os
import platform
import re
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphfm.paths import cache_home, data_home

if TYPE_CHECKING:
    import pandas as pd

#: What each extra of the package is for; one that is not named here goes by its own name.
USES = {
    "minilm": "the default text encoder, with no model hub",
    "tables": "Parquet, Arrow, Feather; files ending in .zst",
    "rdf": "Turtle, TriG, RDF/XML, OWL, JSON-LD",
    "tensorboard": "logs for TensorBoard",
    "wandb": "logs for Weights and Biases",
    "mlflow": "logs for MLflow",
    "tune": "`graphfm tune`: search for settings",
    "serve": "`graphfm serve`",
    "pot": "Ollivier curvature, some ten times faster",
    "ray": "`graphfm embed --workers`, on a Ray cluster",
    "docs": "building the documentation, running its notebooks",
    "dev": "tests and checks",
}
MAIN = ("torch", "torch-geometric", "lightning", "transformers", "geoopt", "numpy", "scipy", "pandas", "scikit-learn")


@dataclass(frozen=True)
class Feature:
    """An extra of the package: `missing` names what has to be installed, or is too old; empty where all is there."""

    extra: str
    use: str
    missing: tuple[str, ...]

    @property
    def line(self) -> str:
        """The command that mends it; "" where there is nothing to mend."""
        return f'pip install "graphfm[{self.extra}]"' if self.missing else ""


@dataclass(frozen=True)
class Health:
    """What `doctor` found.

    Args:
        versions: of graphfm, Python, the system and the main packages; "missing" where one is not there.
        devices: what torch can compute on, in words.
        places: folders that graphfm reads and keeps files in, in words.
        features: extras of the package.
        problems: what keeps graphfm from working, and what to do.
    """

    versions: dict[str, str]
    devices: list[str]
    places: dict[str, str]
    features: list[Feature]
    problems: list[str]

    def frame(self) -> pd.DataFrame:
        """One line a feature: ``extra, use, missing, line``."""
        import pandas as pd

        return pd.DataFrame(
            [asdict(one) | {"missing": ", ".join(one.missing), "line": one.line} for one in self.features]
        )

    def as_dict(self) -> dict[str, Any]:
        """Plain data."""
        features = [asdict(one) | {"line": one.line} for one in self.features]
        return {
            "versions": self.versions, "devices": self.devices, "places": self.places, "features": features,
            "problems": self.problems,
        }  # fmt: skip


def doctor() -> Health:
    """Versions, devices, folders, and the features that the installed packages allow. Nothing is downloaded or changed."""
    system = f"{platform.system()} {platform.release()}, {platform.machine()}"
    own = _version("graphfm") or "run from a checkout that is not installed"
    versions = {"graphfm": own, "Python": platform.python_version(), "system": system}
    versions |= {name: _version(name) or "missing" for name in MAIN}
    problems = [f"{name} is missing: pip install graphfm" for name in MAIN if versions[name] == "missing"]
    places, wrong = _places()
    encoder, damaged = _encoder()
    return Health(versions, _devices(), places | encoder, features(), problems + wrong + damaged)


def features(of: str = "graphfm") -> list[Feature]:
    """The extras of an installed package, with what is missing of each."""
    from packaging.requirements import Requirement

    wanted: dict[str, list[Requirement]] = {}
    for line in _requires(of):
        requirement = Requirement(line)
        for extra in re.findall(r"extra\s*==\s*[\"']([\w-]+)[\"']", str(requirement.marker or "")):
            if requirement.name != of and requirement.marker and requirement.marker.evaluate({"extra": extra}):
                wanted.setdefault(extra, []).append(requirement)
    found = []
    for extra, requirements in wanted.items():
        missing = [str(r).partition(";")[0].strip() for r in requirements if not _met(r.name, r.specifier)]
        found.append(Feature(extra, USES.get(extra, extra), tuple(missing)))
    return found


def _requires(of: str) -> list[str]:
    try:
        return requires(of) or []
    except PackageNotFoundError:  # run from a checkout that was never installed
        return []


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def _met(name: str, specifier: Any) -> bool:
    installed = _version(name)
    return installed is not None and bool(specifier.contains(installed, prereleases=True))


def _devices() -> list[str]:
    """Cores, and GPUs with their memory."""
    import torch

    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    found = [f"CPU, {cores} cores for this process, {torch.get_num_threads()} threads of torch"]
    if torch.cuda.is_available():
        for number in range(torch.cuda.device_count()):
            about = torch.cuda.get_device_properties(number)
            found.append(f"GPU {number}: {about.name}, {about.total_memory / 2**30:.0f} GiB")
    else:
        found.append("no GPU that this torch can use")
    return found


def _places() -> tuple[dict[str, str], list[str]]:
    """The folders of data sets and of the cache, in words, and what is wrong with them."""
    from graphfm.datasets import catalog

    home, cache = data_home(), cache_home()
    places, wrong = {"data sets": "GRAPHFM_DATA is not set: sets are downloaded where they are published"}, list[str]()
    if home is not None and not home.is_dir():
        places["data sets"] = f"{home} (GRAPHFM_DATA), which is no folder"
        wrong.append(f"GRAPHFM_DATA names {home}, which is no folder: set it to the folder that holds `kg` and `tag`.")
    elif home is not None:
        here = sum((home / catalog.entry(name).kind / name).is_dir() for name in catalog.names())
        places["data sets"] = f"{home} (GRAPHFM_DATA): {here} of the {len(catalog.names())} sets of the catalogue"
    size = sum(file.stat().st_size for file in cache.rglob("*") if file.is_file()) if cache.is_dir() else 0
    places["cache"] = f"{cache}: {size / 1e6:,.1f} MB" if cache.is_dir() else f"{cache}, not made yet"
    if not _writable(cache):
        wrong.append(f"{cache} cannot be written to: name another folder in GRAPHFM_CACHE.")
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "ON", "YES", "TRUE"):
        places["model hub"] = "off (HF_HUB_OFFLINE): encoders of the hub have to be in its cache already"
    return places, wrong


def _encoder() -> tuple[dict[str, str], list[str]]:
    """Where the default text encoder is from, in words, and what is wrong with it."""
    from graphfm.errors import DataError
    from graphfm.text import minilm_files

    try:
        here = minilm_files.at_hand()
    except DataError as error:
        return {"text encoder": "all-MiniLM-L6-v2, damaged"}, [str(error)]
    if here is None:
        return {"text encoder": "all-MiniLM-L6-v2 is not here: the hub is asked for it when it is first needed"}, []
    return {"text encoder": f"all-MiniLM-L6-v2 from {here.origin}, sha256 as published"}, []


def _writable(folder: Path) -> bool:
    """Whether a folder, or the first one above it that is there, takes files."""
    there = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    return there.is_dir() and os.access(there, os.W_OK)

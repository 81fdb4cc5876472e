"""The catalogue: complete and consistent, right about the files, and a way to every set or a reason why not."""

from __future__ import annotations

import gzip
import hashlib
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from graphfm.datasets import catalog, download
from graphfm.datasets.catalog import Entry, File
from graphfm.datasets.triples import folder as triples_folder
from graphfm.errors import DataError

ALL = catalog.names()
ROOT = Path(__file__).parents[2]
SET = Entry("toy", "kg", "A toy.", source="someone/toy", licence="MIT")


def _file(name: str, content: bytes = b"a\tr\tb\n") -> File:
    return File(name, f"https://example.invalid/{name}", hashlib.sha256(content).hexdigest())


@pytest.fixture
def shelf(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts entries in place of the real catalogue, and a function in place of the network."""
    monkeypatch.delenv("GRAPHFM_DATA", raising=False)

    def put(*entries: Entry) -> None:
        monkeypatch.setattr(catalog, "entries", lambda: {entry.name: entry for entry in entries})

    return put


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the files that were fetched, in order."""
    fetched: list[str] = []

    def fetch(url: str, path: Path, *, sha256: str, progress: bool) -> Path:
        fetched.append(str(Path(path.parent.name, path.name)))
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"a\tr\tb\n")
        return path

    monkeypatch.setattr(download, "fetch", fetch)
    return fetched


@pytest.mark.parametrize("name", ALL)
def test_an_entry_says_what_where_from_and_under_which_terms(name: str) -> None:
    entry = catalog.entry(name)
    assert entry.name == name
    assert entry.about.endswith(".")
    assert entry.source
    assert entry.licence
    assert entry.origin != "files" or entry.statistics
    assert entry.conversion or entry.files or entry.origin != "files"
    for file in entry.files:
        assert file.url.startswith("https://")
        assert file.sha256 or file.git or file.archive_git or file.columns or file.header, "nothing to verify it by"
        assert len(file.sha256) in (0, 64)
        assert all(int(number or "0", 16) >= 0 for number in (file.sha256, file.git, file.archive_git))
    assert len({file.path for file in entry.files}) == len(entry.files)
    assert entry.pair is None or (entry.pair in ALL and catalog.entry(entry.pair).files)


def test_names_are_those_of_a_kind() -> None:
    tag, kg = catalog.names("tag"), catalog.names("kg")
    assert {*tag} | {*kg} == {*ALL}
    assert {*tag} & {*kg} == {"python-stdlib"}
    assert {"cora", "wikispeedia", "ogbn-arxiv"} <= {*tag}
    assert {"umls", "ilpc-small", "wd50k", "ogbl-biokg"} <= {*kg}


def test_inductive_roles() -> None:
    assert catalog.entry("fb237_v1").pair == "fb237_v1_ind"
    assert catalog.entry("ilpc-small").inference
    assert not catalog.entry("ilpc-small").valid_on_training_graph
    assert catalog.entry("wikitopics_sci").valid_on_training_graph
    assert catalog.entry("ingram_fb-25").missing == ("train",)


@pytest.mark.parametrize(
    ("name", "kind", "message"),
    [
        ("cora_topic", None, "Did you mean cora_topics"),
        ("FB15K-237", "kg", "Did you mean fb15k-237"),
        ("cora", "kg", r"'cora', which is a text graph, expected a knowledge graph\. `graphfm classify`"),
        ("qqqqqq", "tag", "`graphfm datasets list` names all"),
    ],
)
def test_a_mistyped_name_gets_the_nearest_ones(name: str, kind: catalog.Kind | None, message: str) -> None:
    with pytest.raises(DataError, match=message):
        catalog.entry(name, kind=kind)


def test_a_name_with_an_ending_is_that_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "family.tsv").touch()
    with pytest.raises(DataError, match=r"no file 'familly.tsv' here. Did you mean family.tsv, which is here"):
        catalog.entry("familly.tsv", kind="kg")
    with pytest.raises(DataError, match=r"no file 'drugs.csv' here.$"):
        catalog.entry("drugs.csv", kind="kg")
    (tmp_path / "papers").mkdir()
    with pytest.raises(DataError, match=r"Did you mean papers, which is here\?$"):
        catalog.entry("paper", kind="tag")


def test_the_list_says_how_a_set_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHFM_DATA", raising=False)
    ways = {name: catalog.to_be_had(catalog.entry(name)) for name in ("python-stdlib", "umls", "ogbn-arxiv", "cora")}
    assert ways == {
        "python-stdlib": "here", "umls": "is downloaded", "ogbn-arxiv": "is downloaded", "cora": "by its files",
    }  # fmt: skip
    monkeypatch.setenv("GRAPHFM_DATA", str(tmp_path))
    (tmp_path / "tag" / "cora").mkdir(parents=True)
    assert catalog.to_be_had(catalog.entry("cora")) == "here"


def test_a_set_is_looked_for_where_the_data_are(
    shelf: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(SET)
    monkeypatch.setenv("GRAPHFM_DATA", str(tmp_path))
    (tmp_path / "kg" / "toy").mkdir(parents=True)
    assert catalog.locate("toy", kind="kg") == tmp_path / "kg" / "toy"


def test_a_set_with_addresses_is_downloaded_once(
    shelf: Callable[..., None], network: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path))
    shelf(replace(SET, files=(_file("train.txt"), _file("test.txt"))))
    folder = catalog.locate("toy")
    assert folder == tmp_path / "datasets" / "kg" / "toy"
    assert network == ["toy/train.txt", "toy/test.txt"]
    (folder / "test.txt").unlink()
    assert catalog.locate("toy") == folder
    assert network == ["toy/train.txt", "toy/test.txt", "toy/test.txt"]


def test_the_test_graph_of_a_pair_comes_first(
    shelf: Callable[..., None], network: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path))
    files = tuple(_file(name) for name in ("train.txt", "valid.txt", "test.txt"))
    shelf(replace(SET, files=files, pair="toy_ind"), replace(SET, name="toy_ind", files=files))
    inference = triples_folder.read(catalog.locate("toy")).inference
    assert inference is not None
    assert inference.entities == ["a", "b"]
    assert [Path(name).parent.name for name in network] == ["toy_ind"] * 3 + ["toy"] * 3


def test_a_set_without_address_says_where_it_comes_from(
    shelf: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shelf(replace(SET, conversion="commas became tabs"))
    for call in (catalog.locate, catalog.download):
        with pytest.raises(DataError, match=r"kg/toy \(GRAPHFM_DATA is not set\).*someone/toy; commas became tabs"):
            call("toy")
    monkeypatch.setenv("GRAPHFM_DATA", str(tmp_path))
    with pytest.raises(DataError, match=rf"kg/toy in GRAPHFM_DATA \({tmp_path}\)"):
        catalog.locate("toy")


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("python-stdlib", r"load\('python-stdlib'\) or .*load_triples"),
        ("ogbl-biokg", "the ogb package: .*load_triples"),
    ],
)
def test_a_set_that_is_no_folder_says_how_to_have_it(name: str, call: str) -> None:
    with pytest.raises(DataError, match=call):
        catalog.locate(name)


def test_the_catalogue_is_read_without_heavy_imports() -> None:
    code = "import sys, graphfm.datasets.catalog as c; c.names(); assert not {'torch', 'requests', 'rich'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.data
def test_every_folder_of_the_data_is_in_the_catalogue(data_home: Path) -> None:
    for kind in ("tag", "kg"):
        folders = {folder.name for folder in (data_home / kind).iterdir() if not folder.name.startswith("_")}
        known = {name for name in catalog.names(kind) if catalog.entry(name).origin == "files"}
        assert folders <= known
        assert all(catalog.entry(name).files for name in known - folders), "neither here nor to be downloaded"


def _published(data_home: Path, entry: Entry, file: File) -> bytes:
    """The published bytes of a file of the data folder, which may be packed and have other line ends."""
    path = data_home / entry.kind / entry.name / file.path
    content = path.read_bytes() if path.is_file() else gzip.decompress(Path(f"{path}.gz").read_bytes())
    forms = (content, content.replace(b"\n", b"\r\n"), content.removesuffix(b"\n"))
    return next((form for form in forms if hashlib.sha256(form).hexdigest() == file.sha256), b"")


@pytest.mark.data
def test_checksums_are_of_the_content_of_the_files(data_home: Path) -> None:
    for name in ALL:
        entry = catalog.entry(name)
        if (data_home / entry.kind / name).is_dir():
            assert all(_published(data_home, entry, file) for file in entry.files), name


@pytest.mark.data
@pytest.mark.parametrize("name", ["wn18rr_v1", "countries_s1", "kinship", "ingram_fb-100", "wikitopics_edu"])
def test_the_published_files_are_read_as_they_are(
    name: str, data_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    entry = catalog.entry(name)
    published = {
        file.url: _published(data_home, one, file)
        for one in (entry, *([catalog.entry(entry.pair)] if entry.pair else []))
        for file in one.files
    }

    def fetch(url: str, path: Path, *, sha256: str, progress: bool) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(published[url])
        return path

    monkeypatch.setattr(download, "fetch", fetch)
    here = triples_folder.read(catalog.locate(name), missing=entry.missing)
    monkeypatch.delenv("GRAPHFM_DATA")
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path))
    fetched = triples_folder.read(catalog.locate(name), missing=entry.missing)
    assert fetched.entities == here.entities
    assert fetched.info.get("regions") == here.info.get("regions")
    for ours, theirs in ((fetched, here), (fetched.inference, here.inference)):
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            assert all(
                torch.equal(one, other) for (_, one), (_, other) in zip(ours.splits(), theirs.splits(), strict=True)
            )


@pytest.mark.data
def test_statistics_are_those_of_the_files(data_home: Path) -> None:
    """Of a few sets; `make_catalog.py --check` without names looks at all."""
    names = "cora", "polbooks", "webkb_texas", "umls", "countries_s2", "nell_v1", "ingram_fb-100", "wikitopics_edu"
    command = [sys.executable, str(ROOT / "scripts" / "make_catalog.py"), "--check"]
    done = subprocess.run([*command, *names], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr


@pytest.mark.network
@pytest.mark.parametrize("name", ["countries_s1", "umls", "nell_v1", "wikitopics_edu"])
def test_the_addresses_hold_what_the_catalogue_says(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GRAPHFM_DATA", raising=False)
    monkeypatch.setenv("GRAPHFM_CACHE", str(tmp_path))
    entry = catalog.entry(name)
    graph = triples_folder.read(catalog.locate(name), name=name, missing=entry.missing)
    assert graph.num_entities == entry.statistics["entities"]

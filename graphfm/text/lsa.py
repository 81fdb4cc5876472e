"""Latent semantic analysis, TF-IDF and a truncated SVD: the encoder of last resort. It knows words, not meaning."""

from __future__ import annotations

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn.functional import normalize

from graphfm.errors import DataError, GraphFMError
from graphfm.files import read_json, replacing, write_json
from graphfm.text.contract import Encoder

log = logging.getLogger(__name__)


class LSAEncoder(Encoder):
    """Unit vectors ``normalize(tfidf(text) @ components)`` (Deerwester et al., 1990), fitted to a corpus.

    A text of unknown words only gets the corpus's first axis. Fitting twice to the same texts gives the same vectors.

    Args:
        dim: width of the vectors; columns beyond the rank of a small corpus are zero.

    Shapes: n texts -> (n, dim) float32 on CPU, rows of length one.

    >>> encoder = LSAEncoder(dim=2).fit(["red apple", "green apple", "red car", "fast car"])
    >>> encoder(["apple", "a fast green car"]).shape
    torch.Size([2, 2])
    """

    kind = "lsa"

    def __init__(self, dim: int = 300) -> None:
        log.warning("LSA encoder chosen: the last resort. It knows only the words of its corpus; prefer minilm.")
        self.dim = dim
        self._learn([], idf=torch.empty(0), components=torch.empty(0, dim))

    def fit(self, texts: Sequence[str]) -> LSAEncoder:
        """Learn words and axes from `texts`; give all that will be encoded, class names included.

        Raises:
            DataError: no text holds a word.
        """
        from sklearn.utils.extmath import randomized_svd

        vectorizer = _vectorizer(None)
        try:
            counts = vectorizer.fit_transform(texts)
        except ValueError as error:  # sklearn: empty vocabulary
            raise DataError("texts without a single word", expected="a corpus to fit LSA to") from error
        vocabulary = vectorizer.get_feature_names_out().tolist()
        rank = min(self.dim, *counts.shape)
        _, _, axes = randomized_svd(counts, rank, n_iter=5, random_state=0)
        components = torch.zeros(len(vocabulary), self.dim)
        components[:, :rank] = torch.from_numpy(axes.T.copy()).float()
        # The signs of singular vectors are free; counts are non-negative, so the first axis can be.
        components[:, 0] *= torch.sign(components[:, 0].sum())
        return self._learn(vocabulary, idf=torch.from_numpy(vectorizer.idf_).float(), components=components)

    def fit_if_needed(self, texts: Sequence[str]) -> None:
        if not self.vocabulary:
            self.fit(texts)

    def __call__(self, texts: Sequence[str], /) -> Tensor:
        if not self.vocabulary:
            raise GraphFMError(
                "this LSA encoder has not been fitted: call fit(texts) with the texts of your graph first"
            )
        if not texts:
            return torch.empty(0, self.dim)
        words = self._vectorizer.transform(texts)  # (n, W), sparse
        vectors = torch.from_numpy(words @ self.components.numpy()).float()
        unknown = vectors.norm(dim=1) < 1e-6
        vectors[unknown, 0] = 1.0
        return normalize(vectors, dim=1)

    def _learn(self, vocabulary: list[str], *, idf: Tensor, components: Tensor) -> LSAEncoder:
        """Take over W words, idf (W,) and components (W, D), and with them a name that is a digest of the three."""
        self.vocabulary, self.idf, self.components = vocabulary, idf, components
        if vocabulary:
            self._vectorizer = _vectorizer(vocabulary)
            self._vectorizer.idf_ = idf.numpy()
        digest = hashlib.sha256("\n".join(vocabulary).encode())
        digest.update(idf.numpy().tobytes() + components.numpy().tobytes())
        self.name = self.identity = f"lsa:{digest.hexdigest()[:16]}"
        return self

    def spec(self) -> dict[str, Any]:
        """Plain settings and words; with `tensors` all that `load_encoder` needs."""
        return super().spec() | {"dim": self.dim, "vocabulary": self.vocabulary}

    def tensors(self) -> dict[str, Tensor]:
        """What was learnt from the corpus: ``idf (W,)`` and ``components (W, D)``."""
        return {"idf": self.idf, "components": self.components}

    @classmethod
    def rebuild(
        cls, spec: Mapping[str, Any], tensors: Mapping[str, Tensor], *, device: torch.device | str | None = None
    ) -> LSAEncoder:
        """The encoder whose `spec` and `tensors` these are; it works on the CPU, whatever the device."""
        del device
        missing = {"idf", "components"} - tensors.keys()
        if missing:
            raise DataError(f"an LSA spec without {sorted(missing)}", expected="the tensors() of the same encoder")
        idf, components = tensors["idf"].cpu(), tensors["components"].cpu()
        return cls(spec["dim"])._learn(list(spec["vocabulary"]), idf=idf, components=components)

    def save(self, folder: str | os.PathLike[str]) -> None:
        """Write ``lsa.safetensors`` and ``lsa.json``."""
        with replacing(Path(folder, "lsa.safetensors")) as path:
            save_file(self.tensors(), path)
        write_json(Path(folder, "lsa.json"), self.spec())

    @classmethod
    def load(cls, folder: str | os.PathLike[str]) -> LSAEncoder:
        """Read what `save` wrote.

        Raises:
            DataError: files that `save` has not written, or that do not belong together.
        """
        path = Path(folder, "lsa.json")
        spec = read_json(path)
        words = spec.get("vocabulary") if isinstance(spec, dict) else None
        whole = (
            isinstance(words, list) and all(isinstance(word, str) for word in words) and type(spec.get("dim")) is int
        )
        if not whole or not words or spec["dim"] < 1:
            raise DataError("no LSA encoder", expected="dim, vocabulary and identity of a saved one", path=path)
        try:
            encoder = cls.rebuild(spec, load_file(Path(folder, "lsa.safetensors")))
        except (SafetensorError, OSError, ValueError, TypeError, RuntimeError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(
                f"no tensors of an LSA encoder ({error})",
                expected="those it was saved with",
                path=path.with_suffix(".safetensors"),
            ) from error
        if encoder.identity != spec.get("identity"):
            raise DataError(
                encoder.identity, expected=str(spec.get("identity")), hint="Save the encoder again.", path=folder
            )
        return encoder

    @classmethod
    def variant(cls, name: str, *, device: torch.device | str | None = None) -> LSAEncoder:
        del device
        return super().variant(name)

    @classmethod
    def saved_in(cls, folder: str | os.PathLike[str]) -> LSAEncoder | None:
        return cls.load(folder) if Path(folder, "lsa.json").is_file() else None


def _vectorizer(vocabulary: list[str] | None) -> Any:
    from sklearn.feature_extraction.text import TfidfVectorizer

    # Words of one letter count too ("C", "R"); rare words are kept only as long as the limit allows.
    limit = None if vocabulary else 50_000
    pattern = r"(?u)\b\w+\b"
    return TfidfVectorizer(vocabulary=vocabulary, sublinear_tf=True, max_features=limit, token_pattern=pattern)

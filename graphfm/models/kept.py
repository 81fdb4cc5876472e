"""How models are kept: as a file, as a folder to share, on the hub; one way for text graphs and knowledge graphs."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

from graphfm.errors import DataError
from graphfm.models import hub
from graphfm.models.checkpoint import GRAPH, FileKind, building, read, write
from graphfm.models.model_card import model_card
from graphfm.models.shared_folder import write_shared

if TYPE_CHECKING:
    import torch


class Kept:
    """Base of `GraphFM` and `LinkModel`; a subclass gives its content as tensors and plain values, and comes back of them."""

    file_kind: ClassVar[FileKind]

    def content(self) -> dict[str, Any]:
        """All that a file has to hold, by name.

        Raises:
            DataError: a model that is not to be kept.
        """
        raise NotImplementedError

    @classmethod
    def from_content(cls, content: Mapping[str, Any], *, device: torch.device | str | None = None) -> Self:
        """A model from what `content` gave, as `graphfm.models.checkpoint.read` gives it."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write one file of tensors and plain values, at once or not at all.

        Raises:
            DataError: weights that are not finite, or a model in the ids of another graph; the original is the one to keep.
        """
        write(path, self.content(), kind=self.file_kind)

    @classmethod
    def load(cls, path: str | os.PathLike[str], *, device: torch.device | str | None = None) -> Self:
        """Read what `save` or `save_pretrained` wrote; nothing in the files is executed.

        Args:
            path: of the file, of a run's folder, of a folder of `save_pretrained`, ``org/name`` on the hub, or "default" for
                the model of the package ("./default" is a folder).
            device: where to put the model.

        Raises:
            DataError: no such file, or a model of another kind.
        """
        return cls.from_pretrained(path, device=device)

    @classmethod
    def from_pretrained(
        cls,
        name: str | os.PathLike[str],
        *,
        revision: str | None = None,
        device: torch.device | str | None = None,
    ) -> Self:
        """A model from the hub, from a folder, or from whatever else `load` takes.

        Args:
            name: ``org/name``, or a path.
            revision: branch, tag or commit on the hub; for ``org/name`` alone.
            device: where to put the model.

        Raises:
            DataError: no such model, one of another kind, or files that have changed since they were written.
            GraphFMError: the hub does not answer, and its cache does not hold the model.
        """
        found = read(name, kind=cls.file_kind, revision=revision)
        with building(found.path):
            return cls.from_content(found.content, device=device)

    def save_pretrained(
        self, folder: str | os.PathLike[str], *, licence: str | None = None, about: str = ""
    ) -> list[Path]:
        """Write a folder to share: ``model.safetensors``, ``config.json`` and the model card, ``README.md``.

        Args:
            folder: made where it is missing.
            licence: of the weights, such as "mit"; by default what the model's card says.
            about: paragraphs in Markdown that the card begins with.

        Returns:
            The files.

        Raises:
            DataError: what `save` raises, or the folder of a run.
        """
        return self._share(folder, licence=licence, about=about)

    def _share(self, folder: str | os.PathLike[str], **of_the_card: Any) -> list[Path]:
        content = self.content()
        card = model_card(content, text_graphs=self.file_kind is GRAPH, **of_the_card)
        return write_shared(folder, content, format=self.file_kind.format, card=card)

    def push_to_hub(
        self,
        name: str,
        *,
        private: bool = False,
        revision: str | None = None,
        licence: str | None = None,
        about: str = "",
    ) -> str:
        """Upload the folder of `save_pretrained` to the hub, as one commit.

        Args:
            name: ``org/name``; made where it is missing.
            private: whether a repository that is made is seen by its owners alone.
            revision: branch, which has to be there; the main one by default.
            licence, about: see `save_pretrained`.

        Returns:
            The address of the commit.

        Raises:
            DataError: what `save_pretrained` raises, or a text encoder that is on this machine alone.
            GraphFMError: the hub refused, or did not answer.
        """
        encoder = self.content()["text_encoder"] or {}
        if encoder.get("encoder") == "huggingface" and encoder.get("revision") is None:
            raise DataError(
                f"a model whose text encoder is the folder {encoder.get('path_or_id')}",
                expected="one that others can have",
                hint="Push the encoder too, and train with its hub id.",
            )
        with tempfile.TemporaryDirectory(prefix="graphfm-") as folder:
            self._share(folder, licence=licence, about=about, name=name)
            return hub.push(Path(folder), name, private=private, revision=revision)

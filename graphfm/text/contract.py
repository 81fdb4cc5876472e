"""What a text encoder is: texts to unit rows; and what one needs beside that to be named, kept with a model and found again."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

import torch
from torch import Tensor

from graphfm.errors import DataError

Own = TypeVar("Own", bound="Encoder")


class TextEncoder(Protocol):
    """Texts to unit rows, ``(n, D)`` float32 on CPU; `name` holds every setting that changes them."""

    @property
    def name(self) -> str: ...

    @property
    def dim(self) -> int: ...

    def __call__(self, texts: Sequence[str], /) -> Tensor: ...


class Encoder(ABC):
    """Base of the encoders in the table of `graphfm.text`: a `TextEncoder` that a command can name and a file can bring back.

    Subclasses set `kind`, their name in the table, and on the instance `name` and `dim` of a `TextEncoder`, and `identity`:
    which model or fit it is, whatever its settings, so that another one under the same spec is noticed.
    """

    kind: ClassVar[str]
    name: str
    dim: int
    identity: str

    @abstractmethod
    def __call__(self, texts: Sequence[str], /) -> Tensor:
        """Unit rows. Shapes: n texts -> (n, dim) float32 on CPU."""

    def fit_if_needed(self, texts: Sequence[str]) -> None:
        """Learn from the texts that will be encoded, where that has to be and has not been done; most encoders have no need."""
        del texts

    def spec(self) -> dict[str, Any]:
        """Plain settings from which `rebuild`, with `tensors`, makes the same encoder."""
        return {"encoder": self.kind, "identity": self.identity}

    def tensors(self) -> dict[str, Tensor]:
        """What a file has to keep of the encoder beside its spec; nothing where its weights are at home elsewhere."""
        return {}

    @classmethod
    def rebuild(
        cls: type[Own],
        spec: Mapping[str, Any],
        tensors: Mapping[str, Tensor],
        *,
        device: torch.device | str | None = None,
    ) -> Own:
        """The encoder whose `spec` and `tensors` these are; by default the settings of the spec go to the constructor."""
        del tensors
        settings = {key: value for key, value in spec.items() if key not in ("encoder", "identity")}
        return cls(**settings, **({} if device is None else {"device": device}))

    @classmethod
    def variant(cls: type[Own], name: str, *, device: torch.device | str | None = None) -> Own:
        """The encoder that ``kind`` or ``kind:name`` asks for; `name` is empty where none is given.

        Raises:
            DataError: there is no such variant.
        """
        if name:
            raise DataError(f"the encoder {cls.kind}:{name}", expected=cls.kind)
        return cls(**({} if device is None else {"device": device}))

    @classmethod
    def saved_in(cls: type[Own], folder: str | os.PathLike[str]) -> Own | None:
        """The encoder of this kind that was saved in a folder; None where there is none."""
        del folder
        return None

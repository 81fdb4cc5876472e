"""Tensors that say they are on ``cuda:0`` and compute on the CPU; what a GPU would refuse, or wait for unasked, raises.

    with pretending() as reads:
        model.to("cuda")(x.to("cuda"))

**Two devices.** An operation on a pretend tensor and a CPU tensor with more than zero dimensions raises, an index on the CPU too,
which a real device would take and copy. So does a CPU generator that draws for the device.

**Unasked reads.** The host asks for numbers in words (``item``, ``tolist``, ``cpu``, ``int()``, ``float()``, ``bool()``), and for
a size by operations whose result has one that depends on numbers (``nonzero``, ``unique``, a mask as index, ``repeat_interleave``
that is not told it). These are counted in `reads`. What reads numbers without such a word raises: a tensor as an index of one
item, as a bound of a slice or a range, in a formatted string, as a numpy array. ``quiet=True`` refuses all reads: for steps that
must not wait for the device at all.

**What is not seen.** The C++ of torch takes the tensors for CPU tensors. Memory it makes within a call that was given pretend
tensors, and within the backward pass of an operation of its own, counts as memory of the device.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, ClassVar
from unittest.mock import patch

import torch
from torch import Tensor
from torch.autograd.function import BackwardCFunction
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_iter, tree_map

CPU, PRETEND = torch.device("cpu"), torch.device("cuda:0")
#: Operations that take tensors of two devices: they copy from one to the other.
COPIES = {"aten::_to_copy", "aten::copy_"}
#: Operations whose result has a size that depends on numbers.
SIZES = {
    "aten::nonzero", "aten::masked_select", "aten::unique_dim", "aten::_unique2", "aten::unique_consecutive", "aten::bincount",
    "aten::_unique", "aten::unique_dim_consecutive",
}  # fmt: skip


class TwoDevicesError(RuntimeError):
    """An operation on tensors of two devices."""


class UnaskedReadError(RuntimeError):
    """The host would wait for numbers of the device that nobody asked for in words."""


class _State:
    """What is going on in this process."""

    asked = 0  # words that ask for numbers, being answered
    inside = 0  # calls of torch that were given pretend tensors, under way
    quiet = False
    reads: ClassVar[Counter[str]] = Counter()


def _read(word: str) -> None:
    if _State.quiet:
        raise UnaskedReadError(f"{word} waits for the device in a step that must not")
    _State.reads[word] += 1


class PretendTensor(torch.Tensor):
    """A tensor on the device; its numbers are in `value`, on the CPU."""

    value: Tensor

    @staticmethod
    def __new__(cls, value: Tensor, requires_grad: bool = False) -> PretendTensor:
        made: PretendTensor = torch.Tensor._make_wrapper_subclass(
            cls,
            value.size(),
            strides=value.stride(),
            storage_offset=value.storage_offset(),
            dtype=value.dtype,
            layout=value.layout,
            device=CPU,
            requires_grad=requires_grad,
        )
        made.value = value
        return made

    def __init__(self, value: Tensor, requires_grad: bool = False) -> None:
        """All is done in `__new__`."""

    @property  # type: ignore[misc]
    def device(self) -> torch.device:  # type: ignore[override]
        return PRETEND

    @property
    def is_cuda(self) -> bool:  # type: ignore[override]
        return True

    @property
    def is_cpu(self) -> bool:  # type: ignore[override]
        return False

    def get_device(self) -> int:
        return 0

    def item(self) -> Any:
        return self._asked("item").item()

    def tolist(self) -> Any:
        return self._asked("tolist").tolist()

    def __bool__(self) -> bool:
        return bool(self._asked("bool"))

    def __int__(self) -> int:
        return int(self._asked("int"))

    def __float__(self) -> float:
        return float(self._asked("float"))

    def to(self, *args: Any, **kwargs: Any) -> Any:
        if args and isinstance(args[0], PretendTensor):
            args = (PRETEND, args[0].dtype, *args[1:])
        device, dtype, *_ = torch._C._nn._parse_to(*args, **kwargs)
        if device is None or device.type == "cuda":  # C++ would compare it with the CPU
            return self if dtype in (None, self.dtype) else super().to(dtype)
        _read("cpu")
        return torch.ops.aten._to_copy.default(self, device=CPU, dtype=dtype)

    def cpu(self, *_: Any, **__: Any) -> Tensor:
        moved: Tensor = self.to("cpu")
        return moved

    def cuda(self, *_: Any, **__: Any) -> PretendTensor:
        return self

    def numpy(self, *_: Any, **__: Any) -> Any:
        raise TypeError("can't convert cuda:0 device type tensor to numpy. Use Tensor.cpu() first.")

    __array__ = numpy

    def __index__(self) -> int:
        raise UnaskedReadError("a tensor of the device as a whole number")

    def __format__(self, _: str) -> str:
        raise UnaskedReadError("a tensor of the device in a string")

    def __repr__(self, **_: Any) -> str:
        return f"PretendTensor({tuple(self.shape)}, {self.dtype})"

    def __reduce_ex__(self, protocol: Any) -> Any:
        return self._asked("save").__reduce_ex__(protocol)

    def _asked(self, word: str) -> Tensor:
        _read(word)
        return self.value.detach()

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in (torch.Tensor.to, torch.Tensor.type_as) and len(args) > 1 and isinstance(args[1], PretendTensor):
            return args[0].to(PRETEND, args[1].dtype)  # C++ would look for the device of the other tensor
        _State.inside += 1
        try:
            with torch._C.DisableTorchFunctionSubclass():  # results have their type from `_run`
                return func(*args, **kwargs)
        finally:
            _State.inside -= 1

    @classmethod
    def __torch_dispatch__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


class _Moves(TorchFunctionMode):
    """Ways to the device on which C++ would look for it: `to`, and tensors made of Python's numbers."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = dict(kwargs or {})
        if func is torch.Tensor.to and not isinstance(args[0], PretendTensor):
            return _moved(args[0], args[1:], kwargs) if _leads_there(args[1:], kwargs) else func(*args, **kwargs)
        if func not in (torch.tensor, torch.as_tensor, torch.asarray, torch.Tensor.new_tensor):
            return func(*args, **kwargs)
        where = kwargs.pop("device", None)
        if where is None and args and isinstance(args[0], PretendTensor):
            where = PRETEND
        made = func(*map(_plain, args), **kwargs)
        return made if where is None or torch.device(where) == CPU else _moved(made, (PRETEND,), {})


def _leads_there(args: Any, kwargs: dict[str, Any]) -> bool:
    if args and isinstance(args[0], Tensor):
        return isinstance(args[0], PretendTensor)
    device = torch._C._nn._parse_to(*args, **kwargs)[0]
    return device is not None and device.type == "cuda"


def _moved(x: Tensor, args: Any, kwargs: dict[str, Any]) -> Tensor:
    dtype = args[0].dtype if isinstance(args[0], Tensor) else torch._C._nn._parse_to(*args, **kwargs)[1]
    made: Tensor = torch.ops.aten._to_copy.default(x, device=PRETEND, dtype=dtype)
    return made


class _Mode(TorchDispatchMode):
    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        return _run(func, args, kwargs or {})


def _run(func: Any, args: Any, kwargs: dict[str, Any]) -> Any:
    """One operation: looked at, done on the CPU, its result on the device that it belongs to."""
    name = func._schema.name
    given = [x for x in tree_iter((args, kwargs)) if isinstance(x, Tensor)]
    there = any(isinstance(x, PretendTensor) for x in given)
    if there and name not in COPIES:
        _one_device(name, given)
        _no_unasked_read(func, args, kwargs)
    where = kwargs.get("device")
    if (where is not None and torch.device(where).type == "meta") or any(x.is_meta for x in given):
        return func(*args, **kwargs)  # shapes without numbers are on no device
    on_device = (
        there if where is None else torch.device(where).type == "cuda" or (_of_torch(name) and _makes(given, name))
    )
    if on_device and (generator := kwargs.get("generator")) is not None and generator.device.type == "cpu":
        raise TwoDevicesError(f"{name} draws on the device with a generator of the CPU")
    if where is not None:
        kwargs = {**kwargs, "device": CPU}
    if "pin_memory" in kwargs:
        kwargs = {**kwargs, "pin_memory": False}
    out = func(*tree_map(_plain, args), **tree_map(_plain, kwargs))
    if not on_device and name not in COPIES:
        return out
    if func._schema.is_mutable:
        return _written(func, args, kwargs, out)
    return tree_map(_wrapped, out) if on_device else out


def _plain(x: Any) -> Any:
    return x.value if isinstance(x, PretendTensor) else x


def _wrapped(x: Any) -> Any:
    return PretendTensor(x) if isinstance(x, Tensor) and not isinstance(x, PretendTensor) else x


def _written(func: Any, args: Any, kwargs: dict[str, Any], out: Any) -> Any:
    """The tensors that an operation wrote to, which are its result."""
    same = {id(_plain(x)): x for x in tree_iter((args, kwargs)) if isinstance(x, Tensor)}
    return tree_map(lambda x: same.get(id(x), _wrapped(x)), out)


def _one_device(name: str, given: list[Tensor]) -> None:
    for x in given:
        if not isinstance(x, PretendTensor) and x.dim() > 0:
            raise TwoDevicesError(f"{name}: a tensor {tuple(x.shape)} on the CPU, others on the device")


def _no_unasked_read(func: Any, args: Any, kwargs: dict[str, Any]) -> None:
    name = func._schema.name
    if name == "aten::_local_scalar_dense" and not _State.asked:
        raise UnaskedReadError("an operation of torch reads a number of the device")
    masks = name in ("aten::index", "aten::index_put", "aten::index_put_") and any(
        isinstance(x, Tensor) and x.dtype in (torch.bool, torch.uint8) for x in args[1]
    )
    untold = name == "aten::repeat_interleave" and kwargs.get("output_size") is None
    if name in SIZES or masks or untold:
        _read("mask" if masks else name.removeprefix("aten::"))


def _of_torch(name: str) -> bool:
    """Whether torch itself, not its caller, asks for memory."""
    node = torch._C._current_autograd_node()
    return _State.inside > 0 and not isinstance(node, BackwardCFunction)


def _makes(given: list[Tensor], name: str) -> bool:
    """Whether an operation makes memory."""
    return not given or name.startswith("aten::new_")


def _enter(mode: Any) -> None:
    """`inference_mode` as `no_grad`: a view of a tensor from outside cannot be wrapped in it."""
    mode.grad_before = torch.is_grad_enabled()
    torch.set_grad_enabled(not mode.mode)


def _leave(mode: Any, *_: Any) -> None:
    torch.set_grad_enabled(mode.grad_before)


@contextmanager
def pretending(*, quiet: bool = False) -> Iterator[Counter[str]]:
    """A GPU is there, within the block; gives a count of the reads that were asked for, by their words.

    Args:
        quiet: refuse these too.
    """
    before = _State.quiet, _State.reads
    _State.quiet, _State.reads = quiet, Counter()
    told: dict[str, Callable[..., Any]] = {
        "is_available": lambda: True,
        "device_count": lambda: 1,
        "_lazy_init": lambda: None,
        "is_bf16_supported": lambda *_, **__: False,
        "mem_get_info": lambda *_: (1 << 34, 1 << 34),
        "get_device_name": lambda *_: "pretend",
        "current_device": lambda: 0,
        "synchronize": lambda *_: None,
        "manual_seed_all": lambda *_: None,
        "get_device_capability": lambda *_: (7, 5),
        "set_device": lambda *_: None,
        "empty_cache": lambda: None,
        "is_current_stream_capturing": lambda: False,  # torch 2.6 built for CUDA asks the driver, which is not there
    }
    overwrites = torch.__future__.get_overwrite_module_params_on_conversion()
    torch.__future__.set_overwrite_module_params_on_conversion(True)  # no CPU parameter can hold memory of the device
    try:
        with ExitStack() as stack:
            for name, answer in told.items():
                stack.enter_context(patch.object(torch.cuda, name, answer))
            # So does a later one.
            stack.enter_context(patch.object(torch.accelerator, "current_accelerator", lambda *_, **__: None))
            for name, act in (("__enter__", _enter), ("__exit__", _leave)):
                stack.enter_context(patch.object(torch.inference_mode, name, act))
            stack.enter_context(warnings.catch_warnings())
            warnings.filterwarnings("ignore", ".*CUDA is not available.*")
            stack.enter_context(_Mode())
            stack.enter_context(_Moves())
            yield _State.reads
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(overwrites)
        _State.quiet, _State.reads = before

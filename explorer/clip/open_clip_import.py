"""open_clip, imported without what few models need of it: every module takes it from here.

    from explorer.clip.open_clip_import import open_clip

An import of open_clip loads Transformers, for text towers of other families, and the compiler of torch, of which timm
and torchvision take a function each: a half of its time, and 80 MB. Text towers load Transformers once one is built.
Optimizers of torch would load the compiler too, only to exempt themselves from it; it is loaded once it is used.
"""

import importlib
import sys
from contextlib import ExitStack
from types import ModuleType
from typing import Any

import torch

from explorer.lean_imports import in_place_of


def _compiles_on(device: str) -> bool:
    from torch._dynamo.utils import is_compile_supported

    return is_compile_supported(device)


def _exempt(function: Any, *arguments: Any, **_: Any) -> Any:
    """Exempt a function from being compiled: torch's own form of `torch._dynamo.disable` for a compiler not loaded."""
    return torch._disable_dynamo(function, *arguments)  # type: ignore[attr-defined]


def _stand_ins() -> dict[str, ModuleType | None]:
    compiler, its_utilities = ModuleType("torch._dynamo"), ModuleType("torch._dynamo.utils")
    vars(compiler).update(disable=_exempt, utils=its_utilities)
    vars(its_utilities).update(is_compile_supported=_compiles_on)
    return {"transformers": None, compiler.__name__: compiler, its_utilities.__name__: its_utilities}


class _CompilerOnDemand(ModuleType):
    """The compiler of torch, loaded with the first use of anything but what optimizers ask of it, which is nothing."""

    @staticmethod
    def disable(function: Any = None, *_: Any, **__: Any) -> Any:
        return function if function else _CompilerOnDemand.disable

    @staticmethod
    def graph_break(*_: Any, **__: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        # Tools that walk through all modules ask each for its file: that is no use of it.
        if name.startswith("__") and name != "__path__":
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


try:
    with ExitStack() as stack:
        for name, module in _stand_ins().items():
            stack.enter_context(in_place_of(name, module))
        import open_clip
except (AttributeError, ImportError):  # a release of timm or torchvision that takes more of the compiler
    import open_clip

sys.modules.setdefault("torch._dynamo", _CompilerOnDemand("torch._dynamo"))


def _text_tower_of_transformers(*arguments: Any, **options: Any) -> torch.nn.Module:
    """Build a text tower of another family: open_clip's class for it, executed once more now that it may import."""
    towers = importlib.import_module("open_clip.hf_model")
    if towers.transformers is None:
        towers = importlib.reload(towers)
    return towers.HFTextEncoder(*arguments, **options)


open_clip.model.HFTextEncoder = _text_tower_of_transformers

__all__ = ["open_clip"]

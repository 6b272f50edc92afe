"""A mistake in preprocessing that would explain what a model says, as data and in a sentence; no torch.

    Suspicion(kind="activation", to="QuickGELU", found_as_loaded=8, found_changed=19, n=20).sentence
    # With QuickGELU it finds the caption of 19 of 20 known scenes, and of 8 as it was loaded: ...

`preprocessing_check` finds them.
"""

from dataclasses import dataclass
from typing import Literal

from pydantic import computed_field

from explorer.sentences import Sentence

SuspicionKind = Literal["activation", "normalization", "resize", "padding", "tokenizer", "case"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Suspicion:
    """A change with which a model finds the captions of clearly more, or for case of fewer, known scenes.

    `kind` is what was changed, and `to` what it was changed to: a name, a number or a mode.
    """

    kind: SuspicionKind
    to: str
    found_as_loaded: int
    found_changed: int
    n: int

    @computed_field  # type: ignore[prop-decorator]
    @property
    def sentence(self) -> str:
        """The finding, and the mistake that would explain it."""
        values = {"to": self.to, "changed": self.found_changed, "loaded": self.found_as_loaded, "n": self.n}
        match self.kind:
            case "activation":
                return Sentence(
                    "suspicion.activation",
                    "With {to} it finds the caption of {changed} of {n} known scenes, and of {loaded} as it was loaded:"
                    " its weights were probably trained with {to}, so load it with that activation.",
                    **values,
                )
            case "normalization":
                return Sentence(
                    "suspicion.normalization",
                    "With {to} means it finds the caption of {changed} of {n} known scenes, and of {loaded} as it was"
                    " loaded: its preprocessing probably states other means and deviations than its training used.",
                    **values,
                )
            case "resize":
                return Sentence(
                    "suspicion.resize",
                    "With resize_mode {to} it finds the caption of {changed} of {n} known scenes, and of {loaded} as it"
                    " was loaded: on pictures of 4 to 3 its way of resizing decides, and on wider ones more so, so crop"
                    " them to squares.",
                    **values,
                )
            case "padding":
                return Sentence(
                    "suspicion.padding",
                    "With captions padded by token {to} it finds the caption of {changed} of {n} known scenes, and of"
                    " {loaded} as it was loaded: its tokenizer probably pads captions with another token than its"
                    " training did.",
                    **values,
                )
            case "tokenizer":
                return Sentence(
                    "suspicion.tokenizer",
                    "With {to} tokenizer it finds the caption of {changed} of {n} known scenes, and of {loaded} as it"
                    " was loaded: its folder probably holds the tokenizer of another model.",
                    **values,
                )
            case "case":
                return Sentence(
                    "suspicion.case",
                    "With captions in {to} it finds the caption of {changed} of {n} known scenes, and of {loaded} as"
                    " they were written: it tells capitals from small letters, so write captions in small letters.",
                    **values,
                )

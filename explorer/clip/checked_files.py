"""Files of models from outside, checked before anything is built from them, and weights in half precision.

    tensors = read_header(folder / "open_clip_model.safetensors")
    tensors["visual.proj"]                                               # TensorHeader(dtype="F32", shape=(128, 128))
    count_numbers(tensors)                                               # numbers in all of them
    packed = convert_to_half(folder / "open_clip_model.safetensors")     # bytes of a safetensors file

    check_config({"embed_dim": 512, "vision_cfg": {"patch_size": 0}, "text_cfg": {}})
    # ModelFileError: its config says patch_size=0, give a whole number from 1 to 200000
    check_plain_tokenizer({"model": {"type": "WordLevel", "vocab": {...}}, "normalizer": {"type": "Lowercase"}})
    check_named_tokenizer(folder)        # of a model that a person names: of more kinds, by the same rule
    check_plain_config({"model_cfg": {"embed_dim": 128, "vision_cfg": {...}, "text_cfg": {...}}})
    check_transformers_config({"text_config": {"hidden_size": 512, "num_attention_heads": 8}})
    check_preprocessing({"size": (224, 224), "mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)})

All raise `ModelFileError`, a sentence without the model's name, which the caller adds. No torch here: lists, imports of
runs and the page read these files.

open_clip builds towers of timm and transformers from the names in a config, and downloads what these name. An imported
run is read only if its model has towers of open_clip's own: a transformer of text, and of images a transformer or
OpenAI's ResNet, whose `layers` are the blocks of its four stages.
"""

import json
import math
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load, save

from explorer.errors import FaultError, quote_value

MAX_HEADER_BYTES = 16_000_000
MAX_TENSORS = 50_000
MAX_DIMENSIONS = 8
MAX_WEIGHT_BYTES = 24 * 10**9
"""Largest file: the largest CLIP of open_clip has 5e9 numbers in 16 or 32 bits."""
NUMPY_DTYPES = ("F32", "F16", "F64", "I64", "I32", "I16", "I8", "U8", "BOOL")
"""Kinds of numbers that numpy holds; of these only floats are converted."""
DTYPES = {*NUMPY_DTYPES, "BF16", "F8_E4M3", "F8_E5M2", "U64", "U32", "U16"}
_FAULTS = {
    "incomplete metadata": "its weights are cut off or too long",
    "invalid offset": "the tensors of its weights overlap or leave gaps",
    "invalid JSON": "the header of its weights is no JSON object of tensors",
}
"""Sentences by what safetensors says of a file."""


class ModelFileError(FaultError):
    """A fault of the files of a model: `reason` follows its name, as in "its weights have no ln_final.bias"."""


@dataclass(frozen=True, kw_only=True, slots=True)
class TensorHeader:
    """Entry of a tensor in the header of a safetensors file; `dtype` is its word there, such as "F32"."""

    dtype: str
    shape: tuple[int, ...]


def check_weight_bytes(path: Path) -> None:
    """Refuse a file that is larger than any CLIP, or an archive that unpacks to more."""
    size = path.stat().st_size
    if path.suffix != ".safetensors" and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
        size = max(size, sum(each.file_size for each in entries))
        large = [each for each in entries if each.file_size > MAX_HEADER_BYTES]
        # torch packs code, and no numbers.
        if size <= MAX_WEIGHT_BYTES and any(each.compress_type != zipfile.ZIP_STORED for each in large):
            raise ModelFileError("its weights are packed, which torch does not do; save them anew")
    if size > MAX_WEIGHT_BYTES:
        raise ModelFileError(f"its weights are {size} bytes, the most is {MAX_WEIGHT_BYTES}")


def read_header(path: Path) -> dict[str, TensorHeader]:
    """Read the tensors of a safetensors file; their byte ranges must fill the file exactly.

    Raises:
        ModelFileError: the file is none, is damaged, or is larger than any CLIP.
    """
    check_weight_bytes(path)
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
    if not 2 <= length <= min(MAX_HEADER_BYTES, path.stat().st_size - 8):
        raise ModelFileError(f"its weights are no safetensors file, or cut off: a header of {length} bytes")
    try:
        with safe_open(path, "numpy") as opened:
            names = opened.keys()
            if not 0 < len(names) <= MAX_TENSORS:
                raise ModelFileError(f"its weights hold {len(names)} tensors, from 1 to {MAX_TENSORS} can be read")
            parts = {name: opened.get_slice(name) for name in names}
            header = {
                name: TensorHeader(dtype=each.get_dtype(), shape=tuple(each.get_shape()))
                for name, each in parts.items()
            }
    except SafetensorError as error:
        fault = next((words for start, words in _FAULTS.items() if start in str(error)), "")
        raise ModelFileError(fault or "the header of its weights does not fit a tensor") from None
    for name, tensor in header.items():
        # With a side of 0 it takes no byte, so that the file says nothing of its other sides.
        is_huge = math.prod(side or 1 for side in tensor.shape) > MAX_WEIGHT_BYTES
        if tensor.dtype not in DTYPES or len(tensor.shape) > MAX_DIMENSIONS or is_huge:
            raise ModelFileError(f"the header of its weights does not fit the tensor {name[:60]}")
    return header


def count_numbers(tensors: Mapping[str, TensorHeader]) -> int:
    return sum(math.prod(tensor.shape) for tensor in tensors.values())


MAX_BROWSER_NUMBERS = 100_000_000
"""Largest number of weights of a model for a browser; they take about 400 MB there."""


def check_for_browser(path: Path) -> None:
    """Refuse weights that a browser cannot take, by their header only.

    Raises:
        ModelFileError: the file is damaged, too large, or holds numbers of a kind that is not converted.
    """
    header = read_header(path)
    if (count := count_numbers(header)) > MAX_BROWSER_NUMBERS:
        raise ModelFileError(f"it has {count:,} numbers, a browser takes {MAX_BROWSER_NUMBERS:,} at most")
    other = next((tensor.dtype for tensor in header.values() if tensor.dtype not in NUMPY_DTYPES), None)
    if other is not None:
        raise ModelFileError(f"its weights are stored as {other}, a browser takes {', '.join(NUMPY_DTYPES)}")


def convert_to_half(path: Path) -> bytes:
    """Return the file for a browser, every tensor as float16 but scalars: logit_scale multiplies every answer.

    Raises:
        ModelFileError: as `check_for_browser`, or a weight is too large for 16 bits.
    """
    check_for_browser(path)
    halves = {}
    for name, tensor in load(path.read_bytes()).items():
        is_float = np.issubdtype(tensor.dtype, np.floating)
        with np.errstate(over="ignore"):
            halves[name] = tensor.astype(np.float16 if tensor.ndim else np.float32) if is_float else tensor
        if not np.isfinite(halves[name]).all():
            raise ModelFileError(f"its weights {name[:60]} do not fit 16 bits")
    return save(halves)


_NUMBER = (int, float)
_PLAIN: dict[str, dict[str, type | tuple[type, ...]]] = {
    "model_cfg": {
        "embed_dim": int, "vision_cfg": dict, "text_cfg": dict, "init_logit_scale": _NUMBER,
        "init_logit_bias": _NUMBER, "quick_gelu": bool,
    },
    "vision_cfg": {
        "image_size": int, "patch_size": int, "width": int, "layers": (int, list), "head_width": int,
        "mlp_ratio": _NUMBER,
    },
    "text_cfg": {
        "context_length": int, "vocab_size": int, "width": int, "heads": int, "layers": int, "mlp_ratio": _NUMBER,
        "pool_type": str, "eos_id": int, "pad_id": int, "hf_tokenizer_name": str,
    },
}  # fmt: skip
"""Fields of a plain CLIP and the kinds of their values."""
RESNET_STAGES = 4
"""A ResNet of OpenAI has so many stages."""
MAX_OTHER_NUMBER = 200_000
"""Bound on any number in a config that has none of its own: widths, heads, patches."""
MAX_BY_FIELD = {
    **dict.fromkeys(
        "embed_dim patch_size width head_width heads attn_pooler_heads n_queries dim_head hidden_size"
        " num_attention_heads intermediate_size projection_dim projection_size".split(),
        MAX_OTHER_NUMBER,
    ),
    "layers": 256, "num_hidden_layers": 256, "image_size": 4096, "size": 4096, "vocab_size": 2_000_000,
    "context_length": 32_768, "max_position_embeddings": 32_768,
}  # fmt: skip
"""Fields that count or measure something, so that they are whole numbers from 1, with the most of each."""
MAX_PLAIN_CONTEXT = 1024
"""Tokens of a caption of a plain CLIP, which has 77 or fewer: a mask has a number for each pair of them."""
MAX_PIXEL_VALUE = 1000.0
"""Bound on mean and deviation of pixels, which are of the order of 1."""


def check_plain_config(document: Any) -> None:
    """Check the document of an open_clip_config.json; `ModelFileError` names the first field of no plain CLIP.

    With `hf_tokenizer_name`, open_clip reads the tokenizer of the folder itself, so any text is taken.
    """
    config = _check_plain_object(document.get("model_cfg") if isinstance(document, Mapping) else None, "model_cfg")
    for key in ("embed_dim", "vision_cfg", "text_cfg"):
        if key not in config:
            raise ModelFileError(f"its config has no model_cfg.{key}")
    vision = _check_plain_object(config["vision_cfg"], "vision_cfg")
    stages = vision.get("layers")
    if isinstance(stages, list) and [type(blocks) for blocks in stages] != [int] * RESNET_STAGES:
        raise ModelFileError(f"its config has other vision_cfg.layers than {RESNET_STAGES} whole numbers")
    text = _check_plain_object(config["text_cfg"], "text_cfg")
    check_config(config)
    if (length := text.get("context_length", 0)) > MAX_PLAIN_CONTEXT:
        raise _impossible_value("context_length", length, f"give a whole number from 1 to {MAX_PLAIN_CONTEXT}")
    if isinstance(document.get("preprocess_cfg"), Mapping):
        check_preprocessing(document["preprocess_cfg"])


def _check_plain_object(record: Any, name: str) -> Mapping[str, Any]:
    if not isinstance(record, Mapping):
        raise ModelFileError(f"its config has no object {name}")
    for key, value in record.items():
        kind = _PLAIN[name].get(key)
        if kind is None:
            raise ModelFileError(f"its config has {name}.{str(key)[:40]}, which no plain CLIP has")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise ModelFileError(f"its config has another kind of value in {name}.{key} than a plain CLIP")
    return record


@dataclass(frozen=True, kw_only=True, slots=True)
class TokenizerRule:
    """What a tokenizer may be: the kinds of its model, and its steps, of which some have limits of their own.

    A step `Replace` may only make one space of a run of white space, or put in any one letter.
    """

    models: tuple[str, ...]
    steps: frozenset[str]
    may_replace: Literal["spaces", "letters"]


PLAIN_TOKENIZER = TokenizerRule(
    models=("WordLevel", "BPE"),
    steps=frozenset(
        "Sequence Lowercase NFC NFD NFKC NFKD Strip StripAccents BertNormalizer Replace WhitespaceSplit Whitespace"
        " Split Punctuation Digits BertPreTokenizer ByteLevel TemplateProcessing RobertaProcessing"
        " BertProcessing".split()
    ),
    may_replace="spaces",
)
"""For models from outside."""
NAMED_TOKENIZER = TokenizerRule(
    models=(*PLAIN_TOKENIZER.models, "WordPiece", "Unigram"),
    steps=PLAIN_TOKENIZER.steps | set("Precompiled Nmt Metaspace Prepend UnicodeScripts CharDelimiterSplit".split()),
    may_replace="letters",
)
"""For a model that a person names: those of pretrained text towers, T5's and BERT's among them."""
MAX_TOKENIZER_STEPS = 16
MAX_SPECIAL_TOKENS = 4000
"""Characters in which the special tokens of a template are written."""
_REPLACED_SPACES = {"pattern": {"Regex": r"\s+"}, "content": " "}
MAX_REPLACEMENTS = 4
"""Steps of such a tokenizer that put in a letter, as each may double a caption."""


def check_plain_tokenizer(document: Any) -> None:
    """Check a tokenizer.json: words or BPE, and no step that makes a caption much longer.

    With one that does, the library fills the memory and ends the whole process.
    """
    _check_tokenizer(document, PLAIN_TOKENIZER)


def check_named_tokenizer(folder: Path) -> None:
    """Check the tokenizer.json of a folder, if it has one, by the rule of `check_plain_tokenizer`."""
    path = folder / "tokenizer.json"
    if not path.is_file():
        return
    try:
        _check_tokenizer(json.loads(path.read_bytes()), NAMED_TOKENIZER)
    except ModelFileError:
        raise
    except (OSError, ValueError, RecursionError):
        raise ModelFileError("its tokenizer.json is no JSON, or nested too deep") from None


def _check_tokenizer(document: Any, rule: TokenizerRule) -> None:
    model = document.get("model") if isinstance(document, Mapping) else None
    # The oldest files do not say that they are BPE.
    kind = model.get("type", "BPE" if "merges" in model else None) if isinstance(model, Mapping) else None
    if kind not in rule.models:
        raise ModelFileError(f"its tokenizer is a {quote_value(kind)}, give {' or '.join(rule.models)}")
    parts = [document.get(name) for name in ("normalizer", "pre_tokenizer", "post_processor")]
    steps = [step for part in parts if part is not None for step in _tokenizer_steps(part, rule)]
    if len(steps) > MAX_TOKENIZER_STEPS:
        raise ModelFileError(f"its tokenizer has {len(steps)} steps, the most are {MAX_TOKENIZER_STEPS}")
    if (count := sum(step.get("type") in ("Replace", "Prepend") for step in steps)) > MAX_REPLACEMENTS:
        raise ModelFileError(f"its tokenizer replaces letters in {count} steps, the most are {MAX_REPLACEMENTS}")


def _tokenizer_steps(step: Any, rule: TokenizerRule) -> Iterator[Mapping[str, Any]]:
    """Yield a step and those inside of it; raise `ModelFileError` for one that is unknown or lengthens a caption."""
    kind = step.get("type") if isinstance(step, Mapping) else None
    is_known = isinstance(kind, str) and kind in rule.steps
    if kind == "Replace" and rule.may_replace == "spaces":
        is_known = {name: step.get(name) for name in _REPLACED_SPACES} == _REPLACED_SPACES
    elif kind == "Replace":
        is_known = isinstance(step.get("content"), str) and len(step["content"]) <= 1
    if kind == "Prepend":
        is_known = is_known and isinstance(step.get("prepend"), str) and len(step["prepend"]) <= 1
    if kind == "TemplateProcessing":
        given, special = step.get("single"), str(step.get("special_tokens"))
        places = sum("Sequence" in each for each in given) if isinstance(given, list) else 0
        is_known = places == 1 and len(given) <= MAX_TOKENIZER_STEPS and len(special) <= MAX_SPECIAL_TOKENS
    if not is_known:
        raise ModelFileError(f"its tokenizer has a step {quote_value(kind)} that no plain CLIP has")
    yield step
    for value in step.values() if kind == "Sequence" else ():
        for each in value if isinstance(value, list) else ():
            yield from _tokenizer_steps(each, rule)


def check_config(config: Mapping[str, Any]) -> None:
    """Refuse impossible numbers in a `model_cfg`, and sizes that do not divide, before anything is built from them."""
    _check_value(config, "model_cfg")
    vision, text = (config.get(name) for name in ("vision_cfg", "text_cfg"))
    if isinstance(text, Mapping) and not text.get("hf_model_name"):
        _check_heads("width", text.get("width") or 512, "heads", text.get("heads") or 8)
    # A ResNet has no patches; its width and heads are of another kind.
    if not isinstance(vision, Mapping) or vision.get("timm_model_name") or isinstance(vision.get("layers"), list):
        return
    size, patch = vision.get("image_size") or 224, vision.get("patch_size") or 16
    width, head = vision.get("width") or 768, vision.get("head_width") or 64
    least, largest = min(np.atleast_1d(size).tolist()), max(np.atleast_1d(patch).tolist())
    if largest > least:
        raise _impossible_value("patch_size", patch, f"give a whole number from 1 to image_size={least}")
    if head > width or width % (width // head):
        raise _impossible_value("head_width", head, f"give a divisor of width={width}")


def check_transformers_config(config: Mapping[str, Any]) -> None:
    """Refuse impossible numbers in the config.json of a Transformers CLIP; what it leaves out is a default."""
    _check_value(config, "config")
    for name in ("text_config", "vision_config"):
        sizes = config.get(name) or {}
        if not isinstance(sizes, Mapping):
            raise _impossible_value(name, sizes, "give an object")
        width, heads = sizes.get("hidden_size"), sizes.get("num_attention_heads")
        if width and heads:
            _check_heads("hidden_size", width, "num_attention_heads", heads)


def _check_heads(width_name: str, width: int, heads_name: str, heads: int) -> None:
    if width % heads:
        raise _impossible_value(heads_name, heads, f"give a divisor of {width_name}={width}")


def check_preprocessing(pixels: Mapping[str, Any]) -> None:
    """Refuse a `preprocess_cfg` with an impossible size, mean or deviation; what it leaves out is open_clip's."""
    _check_value(pixels.get("size"), "size")
    for name, low in (("mean", -MAX_PIXEL_VALUE), ("std", 0.0)):
        values: Any = pixels.get(name)
        numbers: list[Any] = list(values) if isinstance(values, list | tuple) else [values]
        is_fine = len(numbers) in (1, 3) and all(
            type(each) in _NUMBER and low < each <= MAX_PIXEL_VALUE for each in numbers
        )
        if values is not None and not is_fine:
            words = f"from {low:g} to {MAX_PIXEL_VALUE:g}" if low else f"above 0 to {MAX_PIXEL_VALUE:g}"
            raise _impossible_value(name, values, f"give three numbers {words}")


def _check_value(value: Any, name: str) -> None:
    """Check a value of a config by its field's name, inside objects and lists too; null is open_clip's default."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            _check_value(inner, str(key))
    elif isinstance(value, list | tuple) and value:
        for inner in value:
            _check_value(inner, name)
    elif name in MAX_BY_FIELD and value is not None:
        if type(value) is not int or not 1 <= value <= MAX_BY_FIELD[name]:
            raise _impossible_value(name, value, f"give a whole number from 1 to {MAX_BY_FIELD[name]}")
    elif type(value) in _NUMBER:
        is_factor = name == "mlp_ratio"
        low = 0 if is_factor or name in ("eos_id", "pad_id", "eos_token_id") else -MAX_OTHER_NUMBER
        if not low <= value <= MAX_OTHER_NUMBER or (is_factor and value == 0):
            words = f"above 0 to {MAX_OTHER_NUMBER}" if is_factor else f"from {low} to {MAX_OTHER_NUMBER}"
            raise _impossible_value(name, value, f"give a number {words}")


def _impossible_value(name: str, value: Any, allowed: str) -> ModelFileError:
    return ModelFileError(f"its config says {quote_value(name)}={quote_value(value, 20)}, {allowed}")

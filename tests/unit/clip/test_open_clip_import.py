"""What an import of open_clip leaves out comes back for the models that need it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

IMPORT = """
import sys
from explorer.clip.open_clip_import import open_clip

def loaded():
    return [name for name in ("torch._dynamo.utils", "transformers") if name in sys.modules]
"""
TEXT_TOWER = """
import torch
text = {"hf_model_name": sys.argv[1], "hf_model_pretrained": False, "hf_proj_type": "linear", "context_length": 5}
model = open_clip.CustomTextCLIP(8, {"image_size": 8, "patch_size": 4, "layers": 1, "width": 64}, text).eval()
with torch.no_grad():
    print(list(model.encode_text(torch.ones(3, 5, dtype=torch.long)).shape))
"""
TRAINING = """
import torch
model = torch.nn.Linear(2, 1)
optimizer = torch.optim.AdamW(model.parameters(), lr=0.5)
model(torch.ones(1, 2)).sum().backward()
before = model.bias.item()
optimizer.step()
optimizer.load_state_dict(optimizer.state_dict())
print(round(before - model.bias.item(), 1))
"""
COMPILED = """
import torch
print(torch.compile(lambda values: values + 1, backend="eager")(torch.ones(1)).item())
"""
ASKS_MORE = """
import torch
disable = torch.compiler.disable
torch.compiler.disable = lambda function: disable(function) if torch._dynamo.graph_break else None
"""
"""A timm that takes more of the compiler than the releases of today do."""


def said_by(script: str, *arguments: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", script, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.slow
def test_a_training_leaves_the_compiler_out_and_a_compiled_function_loads_it() -> None:
    script = f"{IMPORT}{TRAINING}print(loaded()){COMPILED}print(loaded()){TRAINING}"
    assert said_by(script) == ["0.5", "[]", "2.0", "['torch._dynamo.utils']", "0.5"]


@pytest.mark.slow
def test_a_text_tower_of_another_family_loads_transformers(tmp_path: Path) -> None:
    bert = {"model_type": "bert", "vocab_size": 10, "hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2}
    (tmp_path / "config.json").write_text(json.dumps(bert | {"intermediate_size": 16}))
    script = f"{IMPORT}print(loaded()){TEXT_TOWER}print('transformers' in sys.modules)"
    assert said_by(script, str(tmp_path)) == ["[]", "[3, 8]", "True"]


@pytest.mark.slow
def test_where_timm_asks_more_of_the_compiler_it_is_loaded() -> None:
    script = f"{ASKS_MORE}{IMPORT}print(*loaded(), open_clip.CLIP.__name__)"
    assert said_by(script) == ["torch._dynamo.utils transformers CLIP"]

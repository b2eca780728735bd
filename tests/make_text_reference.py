"""Write text_reference.npz: what `transformers` on PyTorch makes of fixed token ids, to compare ours with everywhere.

    python tests/make_text_reference.py FOLDER_OF_MINILM

The networks are MiniLM and the small random ones of tiny_bert.py.
"""

import sys
import tempfile
from pathlib import Path

import numpy as np
import tiny_bert

HERE = Path(__file__).parent
SHAPES = {
    "tiny": {},
    "tiny_cased_gelu_new": {"words": tiny_bert.CASED, "hidden_act": "gelu_new", "num_attention_heads": 2},
    "tiny_relu": {"hidden_act": "relu", "num_hidden_layers": 3, "hidden_size": 24, "layer_norm_eps": 1e-5},
}
TEXTS = (
    "A short one.",
    "The film is not half as bad as its trailer, and not half as good as its poster.",
    "",
    "Naïve café owners in Zürich pay 1,250.00 a month?! 漢字",
    "Win a prize now :-) call 0123456789 or reply STOP",
    "It rained. " * 9,
)
STEP = 8  # of the 384 numbers of each MiniLM vector, every eighth is kept


def reference(folder: Path, token_ids: np.ndarray) -> np.ndarray:
    """The token vectors (n, length, width) of transformers."""
    import torch
    from transformers import BertModel

    model = BertModel.from_pretrained(folder, add_pooling_layer=False, attn_implementation="eager").eval()
    with torch.no_grad():
        ids = torch.from_numpy(token_ids.astype("int64"))
        return model(ids, attention_mask=(ids != 0).long()).last_hidden_state.numpy()


def random_ids(name: str, config: dict) -> np.ndarray:
    """Token ids (4, 12) of which some are padding at the end."""
    token_ids = np.random.default_rng(len(name)).integers(1, config["vocab_size"], (4, 12))
    for row, length in enumerate((12, 7, 1, 10)):
        token_ids[row, length:] = 0
    return token_ids.astype("int32")


def main(minilm: Path) -> None:
    from transformers import AutoTokenizer

    arrays = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, shape in SHAPES.items():
            path = tiny_bert.write(Path(folder) / name, **shape)
            token_ids = random_ids(name, {"vocab_size": len(shape.get("words", tiny_bert.UNCASED))})
            arrays |= {f"{name}_ids": token_ids, f"{name}_vectors": reference(path, token_ids)}
    encoded = AutoTokenizer.from_pretrained(minilm)(list(TEXTS), padding="longest", truncation=True, max_length=128)
    token_ids = np.array(encoded["input_ids"], "int32")
    vectors = reference(minilm, token_ids)
    mask = (token_ids != 0)[:, :, None]
    means = (vectors * mask).sum(axis=1) / mask.sum(axis=1)
    arrays |= {"minilm_ids": token_ids, "minilm_vectors": vectors[:, :, ::STEP], "minilm_means": means}
    np.savez_compressed(HERE / "text_reference.npz", **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]))

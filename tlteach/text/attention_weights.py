"""How much each token of a text looks at each other one, in a block of a BERT: the weights, and their picture.

The weights are those with which a token takes in what the others hold (Vaswani and others, Attention Is All You Need,
2017, arXiv:1706.03762, section 3.2). They say where a block looks, and not why a model decides as it does (Jain and
Wallace, Attention is not Explanation, 2019, arXiv:1902.10186).
"""

import keras
import numpy as np
from matplotlib.figure import Figure

from tlteach.core.errors import GuardError
from tlteach.text.form import form_of


def attention_of(base: keras.Model, text: str, block: int) -> tuple[list[str], np.ndarray]:
    """The pieces of `text`, and how much each looks at each in block number `block`, the mean over its heads.

    Returns:
        (pieces, weights (pieces that look, pieces looked at)); every row adds up to 1.

    Raises:
        GuardError: `base` has no such block with attention.
    """
    names = {layer.name for layer in base.layers}
    if f"block_{block}_attention" not in names:
        raise GuardError(f"{base.name} has no layer block_{block}_attention. tl.blocks(base) lists its blocks.")
    tokenizer = form_of(base)
    before = f"block_{block - 1}_output_norm" if block else "embeddings_norm"
    pieces = tokenizer.tokens(text)
    token_ids = tokenizer.encode([text], length=len(pieces))  # no padding: the layer is called without its mask
    x = keras.Model(base.input, base.get_layer(before).output)(token_ids)
    _, weights = base.get_layer(f"block_{block}_attention")(x, x, return_attention_scores=True)
    return pieces, keras.ops.convert_to_numpy(weights)[0].mean(axis=0)


def picture(pieces: list[str], weights: np.ndarray) -> Figure:
    """Draw what attention_of gives: a row for each piece that looks, a column for each that is looked at.

    The first piece, [CLS], often takes most: the colours go as far as the largest weight of the others.
    """
    figure = Figure(figsize=(5.6, 4.6), layout="constrained")
    axes = figure.subplots()
    image = axes.imshow(weights, cmap="cividis", vmin=0, vmax=weights[:, 1:].max())
    figure.colorbar(image, label="share of attention", extend="max")
    axes.set_xticks(range(len(pieces)), pieces, rotation=60, ha="right")
    axes.set_yticks(range(len(pieces)), pieces)
    axes.set(xlabel="is looked at", ylabel="looks")
    finding = f"{weights[:, 0].mean():.0%} of all attention goes to [CLS], which stands in every text"
    axes.set_title(finding, fontsize="medium")
    return figure

"""Run the frozen part of a cut network over a split, once, and give out what it makes of it in batches."""

from collections.abc import Iterator, Sequence

import keras
import numpy as np
from tqdm import tqdm

from tlteach.core.errors import GuardError
from tlteach.engine import kept
from tlteach.engine.batches import Batches
from tlteach.engine.boundary import Boundary
from tlteach.engine.feature_batches import PIECE, FeatureBatches, FeatureBatchesOnDisk
from tlteach.engine.feeding import inputs_of, passed
from tlteach.engine.graph import Part
from tlteach.engine.kept import forget
from tlteach.engine.store import Store

__all__ = ["features_of", "forget", "views_differ"]

PASS_SIZE = 32  # inputs that go through the frozen part at once; more are no quicker, and take more memory
FEW = 4 * PASS_SIZE  # inputs for which the layers are called one by one: to compile them would take longer
# Of augmentation, tried for one that differs from the first: what flips all of a batch or none is the same in half
EPOCHS = 20
SILENT_BELOW = 2000  # inputs: a progress bar for fewer would only flash by


def features_of(cut: Boundary, batches: Batches, store: Store, views: int | None = 1) -> tuple[FeatureBatches, str]:
    """Run the frozen part over the inputs of `batches`; return batches of features and labels, and what was run.

    What is kept from before is not computed again: neither the features themselves, nor, where features were kept at
    a tensor further down, what leads up to that tensor. Augmented copies, `views` of each input, are never kept.

    Raises:
        DataError: the features fit neither into memory nor onto the disk.
        GuardError: all augmented copies are the same.
    """
    split, told = batches.split, f"{len(batches.split):,} inputs"
    grows = [() if batches.lengths is None else _growing_axes(cut.graph.shapes[n]) for n in cut.tensors]
    longest = batches.lengths.longest if any(grows) else 0
    if batches.augment is None:
        arrays, how = _once(cut, batches, store, grows, longest)
    else:
        outputs = _run(cut.frozen, _augmented(batches, views), views * len(split))
        arrays = store.collect(_padded(outputs, grows, longest), np.arange(views * len(split)))
        told, how = f"{views} views of {told}", ""
        if views > 1:
            views_differ(arrays, len(split))
    order = (split.labels, batches.batch_size, batches.shuffle, batches.seed)
    if isinstance(arrays[0], np.ndarray):
        return FeatureBatches(arrays, *order, batch_lengths=batches.lengths, grows=grows), told + how
    return FeatureBatchesOnDisk(arrays, *order, store.memory_budget), f"{told}{how} (kept in a file)"


def _once(
    cut: Boundary, batches: Batches, store: Store, grows: list[tuple[int, ...]], longest: int
) -> tuple[list, str]:
    """The features at the boundary, one array for each tensor, and what of them was kept from before."""
    split, graph = batches.split, cut.graph
    keys = kept.keys_of(cut, split, batches.form)
    found = kept.known(keys.values())
    at_hand = {number: found[key] for number, key in keys.items() if key in found}
    calls = graph.between(at_hand, cut.tensors)
    # What the calls take and do not make; and what the boundary needs and was kept, such as a mask.
    needed = {number for call in calls for number in call.inputs} | set(cut.tensors)
    start = sorted(needed - {number for call in calls for number in call.outputs})
    for number in at_hand.keys() & {*start, *cut.tensors}:
        kept.keep({keys[number]: store.use(at_hand[number])})
    if not calls:
        return [at_hand[number] for number in cut.tensors], " (kept from before)"
    if set(start) <= at_hand.keys():
        part, how = Part("between", calls, start, graph.pack(cut.tensors)), " (from features kept further down)"
        rows, inputs = np.arange(len(split)), _slices([at_hand[number] for number in start])
    else:
        part, how, rows = cut.frozen, "", _longest_first(batches)
        inputs = inputs_of((split if batches.lengths is None else split.take(rows)).batches(batches.form, PASS_SIZE))
    arrays = store.collect(_padded(_run(part, inputs, len(split)), grows, longest), rows)
    if isinstance(arrays[0], np.ndarray):
        made = zip(cut.tensors, arrays, strict=True)
        kept.keep({keys[number]: array for number, array in made if number in keys})
    return arrays, how


def _longest_first(batches: Batches) -> np.ndarray:
    """The order for the one pass: texts of the same length together, so that little is padding; pictures as they stand.

    The longest come first: what does not fit the memory shows at once.
    """
    if batches.lengths is None:
        return np.arange(len(batches.split))
    return np.argsort(-batches.lengths.lengths, kind="stable")


# ---------------------------------------------------------------- the one pass


def _augmented(batches: Batches, views: int) -> Iterator[list[np.ndarray]]:
    """Every input once, then every input again, augmented differently, and so on."""
    again = batches.split.batches(batches.form, PASS_SIZE, seed=batches.seed, augment=batches.augment)
    first = again[0][0]
    for view in range(views):
        inputs = again[0][0] if view else first
        # What flips a whole batch or leaves it as it is would make, now and then, nothing but copies.
        tries = EPOCHS if view == 1 else 0
        while tries and np.array_equal(inputs, first):
            tries -= 1
            again.on_epoch_end()
            inputs = again[0][0]
        yield [inputs]
        yield from inputs_of(again, first=1)
        again.on_epoch_end()


def _slices(arrays: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    for start in range(0, len(arrays[0]), PASS_SIZE):
        yield [array[start : start + PASS_SIZE] for array in arrays]


def _run(part: keras.Model, batches: Iterator[list[np.ndarray]], total: int) -> Iterator[list[np.ndarray]]:
    """What `part` makes of each batch, while the next batch is being prepared in a thread of its own."""
    # None shows the bar on a terminal only; notebooks and log files stay clean.
    with tqdm(total=total, desc="frozen part", unit="input", disable=True if total < SILENT_BELOW else None) as bar:
        for outputs in passed(part, batches, few=total <= FEW):
            yield [_single_precision(output) for output in outputs]
            bar.update(len(outputs[0]))


def _single_precision(array: np.ndarray) -> np.ndarray:
    """Whole numbers and booleans stay what they are."""
    return array if array.dtype.kind in "iub" else array.astype("float32", copy=False)


# ---------------------------------------------------------------- texts, which are not all of one length


def _growing_axes(shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """The axes of a tensor that are as long as the text."""
    return tuple(axis for axis, size in enumerate(shape) if axis > 0 and size is None)


def _padded(
    outputs: Iterator[list[np.ndarray]], grows: list[tuple[int, ...]], longest: int
) -> Iterator[list[np.ndarray]]:
    for batch in outputs:
        yield [_pad(values, axes, longest) for values, axes in zip(batch, grows, strict=True)]


def _pad(values: np.ndarray, axes: tuple[int, ...], longest: int) -> np.ndarray:
    """Fill up with zeros to `longest`: no one reads them there, since the mask, then False, tells the end."""
    missing = [(0, longest - size if axis in axes else 0) for axis, size in enumerate(values.shape)]
    return np.pad(values, missing) if axes else values


# ---------------------------------------------------------------- augmentation


def views_differ(views: Sequence, n: int) -> str:
    """Prove that augmentation made different copies of the inputs.

    Args:
        views: features (copies * n, ...), one array for each tensor of the boundary; `n` inputs in each copy.

    Raises:
        GuardError: every copy of every input is like the first.
    """
    step = max(1, PIECE // max(1, views[0][0].nbytes))
    for start in range(0, n, step):
        first = [view[start : min(start + step, n)] for view in views]
        for shift in range(n, len(views[0]), n):
            again = [view[start + shift : min(start + step, n) + shift] for view in views]
            if not all(map(np.array_equal, first, again)):
                return "augmented copies of the inputs differ"
    raise GuardError(
        f"The augmentation does nothing: the features of all {len(views[0]) // n} copies are the same. See that it "
        "runs with training=True and changes raw pixels (0 to 255), or leave out augment=."
    )

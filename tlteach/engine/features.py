"""Keep what the frozen part of a network makes of a split, in memory or in files, and give it out in batches."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

import keras
import numpy as np

from tlteach.core.errors import DataError, GuardError
from tlteach.core.files import digest_of
from tlteach.engine.feature_batches import PIECE, FeatureBatches, FeatureBatchesOnDisk, OnDisk
from tlteach.engine.graph import Call, Part, Tensor
from tlteach.engine.lengths import BatchLengths

if TYPE_CHECKING:
    from tlteach.engine.boundary import Boundary
    from tlteach.image.splits import Split
    from tlteach.text.tokenizer import Tokenizer

MEMORY_BUDGET = 1_000_000_000  # bytes
PASS_SIZE = 32  # inputs that go through the frozen part at once; more are no quicker, and take more memory

# The features of trainings before, by what they depend on; what was used longest ago stands first.
_kept: OrderedDict[tuple, np.ndarray] = OrderedDict()


def forget() -> None:
    """Free the memory in which features are kept for the next training."""
    _kept.clear()


class Room:
    """Where the features of one training live; `with Room(...) as room:` clears up, whatever happens inside.

    Features in memory outlast the training: the next one over the same inputs and the same frozen weights begins at
    once. Where they fit no more, those that were used longest ago go. Features in files go when the training ends.

    Args:
        memory_budget: bytes of features in memory, of all trainings together.
        dtype: "float32", or "float16"; whole numbers and booleans stay what they are.
    """

    def __init__(self, memory_budget: float = MEMORY_BUDGET, dtype: str = "float32"):
        self.memory_budget, self.dtype = memory_budget, dtype
        self.told: list[str] = []
        self._in_use: dict[int, np.ndarray] = {}
        self._closing = ExitStack()

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *exception) -> None:
        self._closing.close()

    def run(
        self,
        boundary: Boundary,
        split: Split,
        form: int | Tokenizer,
        batch_size: int,
        shuffle: bool = False,
        seed: int = 0,
        augment: Callable | None = None,
        views: int = 1,
    ) -> FeatureBatches | FeatureBatchesOnDisk:
        """Run the frozen part over `split`, and return batches of features and labels as Split.batches does of inputs.

        What is kept from before is not computed again: neither the features themselves, nor, where features were
        kept at a tensor further down, what leads up to that tensor. Augmented copies are never kept.

        Raises:
            DataError: the features fit neither into memory nor onto the disk.
            GuardError: all augmented copies are the same.
        """
        lengths = padded_lengths(split, form)
        grows = [() if lengths is None else growing_axes(boundary.graph.shapes[n]) for n in boundary.tensors]
        batch_lengths = BatchLengths(lengths, batch_size, form.max_tokens) if any(grows) else None
        longest = batch_lengths.longest if any(grows) else 0
        pad = [partial(_pad, axes=axes, longest=longest) for axes in grows]
        if augment is None:
            arrays = self._features(boundary, split, form, pad)
        else:
            self.told.append(f"{views} views of {len(split):,} inputs")
            passes = _augmented(split, form, seed, augment, views)
            arrays = self._collect(_run(boundary.frozen, passes), pad, np.arange(views * len(split)))
            views_differ(arrays, len(split))
        if not isinstance(arrays[0], np.ndarray):
            return FeatureBatchesOnDisk(arrays, split.labels, batch_size, shuffle, seed, self.memory_budget)
        return FeatureBatches(arrays, split.labels, batch_size, shuffle, seed, batch_lengths=batch_lengths, grows=grows)

    def _features(self, boundary: Boundary, split: Split, form: int | Tokenizer, pad: list[Callable]) -> list:
        content = digest_of(repr(form), split.digest())
        digests = _digests(boundary.graph.between(boundary.graph.inputs, boundary.tensors), boundary.graph.inputs)
        keys = {number: (content, digest, self.dtype) for number, digest in digests.items()}
        known = [number for number, key in keys.items() if key in _kept]
        calls = boundary.graph.between(known, boundary.tensors)
        # What the calls take and do not make; and what the boundary needs and was kept, such as a mask.
        needed = {number for call in calls for number in call.inputs} | set(boundary.tensors)
        start = sorted(needed - {number for call in calls for number in call.outputs})
        for number in {*start, *boundary.tensors} & set(known):
            self._use(_kept[keys[number]])
            _kept.move_to_end(keys[number])
        if not calls:
            self.told.append(f"{len(split):,} inputs (kept from before)")
            return [_kept[keys[number]] for number in boundary.tensors]
        if set(start) <= set(known):
            self.told.append(f"{len(split):,} inputs (from features kept further down)")
            part = Part("between", calls, start, boundary.graph.pack(boundary.tensors))
            rows, passes = np.arange(len(split)), _slices([_kept[keys[number]] for number in start])
        else:
            self.told.append(f"{len(split):,} inputs")
            part, rows = boundary.frozen, longest_first(split, form)
            passes = _inputs((split if isinstance(form, int) else split.take(rows)).batches(form, PASS_SIZE))
        arrays = self._collect(_run(part, passes), pad, rows)
        if isinstance(arrays[0], np.ndarray):
            _kept.update({keys[number]: array for number, array in zip(boundary.tensors, arrays, strict=True)})
        return arrays

    def _collect(
        self, outputs: Iterator[list[np.ndarray]], pad: list[Callable], rows: np.ndarray
    ) -> list[np.ndarray] | list[OnDisk]:
        """Put what comes for `rows` into its place, in memory, or in files where it is too much.

        `pad`: for each tensor, what fills it up to the length of the longest text.
        """
        first = [self._cast(output) for output in next(outputs)]
        rest = ([self._cast(output) for output in batch] for batch in outputs)
        batches = ([fill(x) for fill, x in zip(pad, batch, strict=True)] for batch in chain([first], rest))
        like = [fill(x[:1]) for fill, x in zip(pad, first, strict=True)]
        needed = len(rows) * sum(x.nbytes for x in like)
        if self._make_room(needed):
            arrays = [np.empty((len(rows), *x.shape[1:]), x.dtype) for x in like]
            for array in arrays:
                self._use(array)
            _fill(arrays, batches, rows)
            return arrays
        self.told[-1] += " (kept in a file)"
        try:
            folder = self._closing.enter_context(tempfile.TemporaryDirectory(prefix="tlteach_features_"))
            _require_space(folder, needed)
            files = [OnDisk(Path(folder) / str(i), x, len(rows)) for i, x in enumerate(like)]
            _write(files, batches, rows)
        except OSError as error:
            raise _no_space(needed, f"writing them to {tempfile.gettempdir()} failed: {error}") from error
        return files

    def _cast(self, array: np.ndarray) -> np.ndarray:
        return array.astype(self.dtype, copy=False) if array.dtype.kind not in "iub" else array

    def _use(self, array: np.ndarray) -> None:
        self._in_use[id(array)] = array

    def _make_room(self, needed: int) -> bool:
        """Drop kept features that are not in use until `needed` bytes fit; whether they do."""
        held = sum(array.nbytes for array in self._in_use.values())
        if held + needed > self.memory_budget:
            return False
        idle = [key for key, array in _kept.items() if id(array) not in self._in_use]
        held += sum(_kept[key].nbytes for key in idle)
        for key in idle:
            if held + needed <= self.memory_budget:
                break
            held -= _kept.pop(key).nbytes
        return True


# ---------------------------------------------------------------- what features depend on


def _digests(calls: list[Call], inputs: Sequence[int]) -> dict[int, str]:
    """For every tensor, a hash of all that it depends on but the inputs: layers, their settings, their weights."""
    digests = {number: f"input {place}" for place, number in enumerate(inputs)}
    for call in calls:
        arguments = keras.tree.flatten((call.args, call.kwargs))
        made_of = [digests[x.number] if isinstance(x, Tensor) else _constant(x) for x in arguments]
        names = sorted(call.kwargs)
        digest = digest_of(_settings(call.operation), repr(names), *made_of, *map(_constant, call.weights))
        digests.update({number: f"{digest} {place}" for place, number in enumerate(call.outputs)})
    return digests


def _settings(operation) -> str:
    try:
        config = dict(operation.get_config())
        for name in ("name", "trainable"):  # they change nothing of what the layer computes
            config.pop(name, None)
        return json.dumps([type(operation).__qualname__, keras.saving.serialize_keras_object(config)])
    except (NotImplementedError, TypeError, ValueError):
        return f"{type(operation).__qualname__} at {id(operation)}"


def _constant(value) -> str:
    if hasattr(value, "shape"):
        array = keras.ops.convert_to_numpy(value)
        return digest_of(f"{array.dtype} {array.shape}", np.ascontiguousarray(array).tobytes())
    return repr(value)


# ---------------------------------------------------------------- the one pass


def _inputs(batches: keras.utils.PyDataset) -> Iterator[list[np.ndarray]]:
    for index in range(len(batches)):
        yield keras.tree.flatten(batches[index][0])


def _augmented(
    split: Split, form: int | Tokenizer, seed: int, augment: Callable, views: int
) -> Iterator[list[np.ndarray]]:
    """Every input once, then every input again, augmented differently, and so on."""
    batches = split.batches(form, PASS_SIZE, seed=seed, augment=augment)
    for _ in range(views):
        yield from _inputs(batches)
        batches.on_epoch_end()


def _slices(arrays: list[np.ndarray]) -> Iterator[list[np.ndarray]]:
    for start in range(0, len(arrays[0]), PASS_SIZE):
        yield [array[start : start + PASS_SIZE] for array in arrays]


def _run(part: keras.Model, batches: Iterator[list[np.ndarray]]) -> Iterator[list[np.ndarray]]:
    """What `part` makes of each batch, while the next batch is being prepared in a thread of its own."""
    size = 0
    for inputs in _ahead(batches):
        n = len(inputs[0])
        size = max(size, n)
        # A short last batch is filled up: another size would have the whole graph compiled again.
        full = [np.concatenate([x, np.repeat(x[-1:], size - n, axis=0)]) if n < size else x for x in inputs]
        outputs = part.predict_on_batch(full[0] if len(full) == 1 else full)
        yield [np.asarray(output)[:n] for output in keras.tree.flatten(outputs)]


def _ahead(batches: Iterator) -> Iterator:
    with ThreadPoolExecutor(1) as thread:
        coming = thread.submit(next, batches, None)
        while (batch := coming.result()) is not None:
            coming = thread.submit(next, batches, None)
            yield batch


def _fill(arrays: list[np.ndarray], batches: Iterable[list[np.ndarray]], rows: np.ndarray) -> None:
    start = 0
    for batch in batches:
        some = rows[start : start + len(batch[0])]
        for array, values in zip(arrays, batch, strict=True):
            array[some] = values
        start += len(some)


def longest_first(split: Split, form: int | Tokenizer) -> np.ndarray:
    """The order for the one pass: texts of the same length together, so that little is padding; pictures as they stand.

    The longest come first: what does not fit the memory shows at once.
    """
    lengths = padded_lengths(split, form)
    return np.arange(len(split)) if lengths is None else np.argsort(-lengths, kind="stable")


def padded_lengths(split: Split, form: int | Tokenizer) -> np.ndarray | None:
    """How many tokens each text of `split` takes, (n,); None for pictures, which all have one size."""
    return None if isinstance(form, int) else split.padded_lengths(form)


def growing_axes(shape: tuple[int | None, ...]) -> tuple[int, ...]:
    """The axes of a tensor that are as long as the text."""
    return tuple(axis for axis, size in enumerate(shape) if axis > 0 and size is None)


def _pad(values: np.ndarray, axes: tuple[int, ...], longest: int) -> np.ndarray:
    """Fill up with zeros to `longest`: no one reads them there, since the mask, then False, tells the end."""
    missing = [(0, longest - size if axis in axes else 0) for axis, size in enumerate(values.shape)]
    return np.pad(values, missing) if axes else values


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


# ---------------------------------------------------------------- files
def _write(files: list[OnDisk], batches: Iterable[list[np.ndarray]], rows: np.ndarray) -> None:
    # Written as a stream and not through a memory map: there, a full disk would end the process without a word.
    with ExitStack() as closing:
        streams = [closing.enter_context(file.path.open("wb")) for file in files]
        start = 0
        for batch in batches:
            some = rows[start : start + len(batch[0])]
            for file, stream, values in zip(files, streams, batch, strict=True):
                for row, value in zip(some.tolist(), values, strict=True):
                    stream.seek(row * file.row_bytes)
                    stream.write(np.ascontiguousarray(value).data)
            start += len(some)


def _require_space(folder: str, needed: int) -> None:
    free = shutil.disk_usage(folder).free
    if free < needed:
        raise _no_space(needed, f"{tempfile.gettempdir()} has {free / 1e9:.3g} GB left")


def _no_space(needed: int, found: str) -> DataError:
    return DataError(
        f"The features need {needed / 1e9:.3g} GB, more than the memory budget, and {found}. Nothing was left there. "
        "Free some space, set the environment variable TMPDIR to a larger disk, raise memory_budget, take fewer views "
        'or dtype="float16", or turn the cache off with cache=False.'
    )

"""Splits as arrays and as batches: complete, repeatable whatever the threads do, and fit for `fit`."""

import numpy as np
import pytest
from PIL import Image

from tlteach import tasks
from tlteach.core.errors import DataError
from tlteach.image.splits import Split

keras = pytest.importorskip("keras")
SIZE = 16


@pytest.fixture(scope="module")
def in_memory() -> Split:
    """50 pictures; the first pixel of each tells its row."""
    inputs = np.random.default_rng(0).integers(0, 256, (50, SIZE, SIZE, 3), dtype="uint8")
    inputs[:, 0, 0, 0] = np.arange(50)
    return Split(inputs, np.arange(50) % 3, 3)


@pytest.fixture(scope="module")
def on_disk(in_memory, tmp_path_factory) -> Split:
    folder = tmp_path_factory.mktemp("photos")
    paths = [folder / f"{row}.png" for row in range(50)]
    for path, picture in zip(paths, in_memory.inputs, strict=True):
        Image.fromarray(picture).save(path)
    return Split(paths, in_memory.labels, 3)


def flips():
    return keras.Sequential([keras.layers.RandomFlip(seed=1), keras.layers.RandomBrightness(0.5, seed=2)])


def epoch_of(batches) -> list[np.ndarray]:
    found = [batches[index] for index in range(len(batches))]
    batches.on_epoch_end()
    return found


def weights_after_fit(split: Split, **options) -> np.ndarray:
    """Train a small model for two epochs from fixed weights: any other batch on the way would change the end."""
    layers = [keras.layers.Rescaling(1 / 255), keras.layers.Flatten(), keras.layers.Dense(3)]
    model = keras.Sequential([keras.Input((SIZE, SIZE, 3)), *layers])
    model.set_weights([np.random.default_rng(0).normal(0, 0.01, weight.shape) for weight in model.weights])
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True))
    model.fit(split.batches(SIZE, batch_size=8, shuffle=True, **options), epochs=2, shuffle=False, verbose=0)
    return model.get_weights()[0]


def test_arrays_and_load_give_the_same_pictures(in_memory, on_disk):
    for split in (in_memory, on_disk):
        pictures, labels = split.arrays(SIZE)
        assert np.array_equal(pictures, in_memory.inputs)
        assert np.array_equal(labels, in_memory.labels)
        assert labels.dtype == np.int32
        assert np.array_equal(split.load([3, 1], SIZE), pictures[[3, 1]])
        assert split.load(range(2), 24).shape == (2, 24, 24, 3)
        assert np.array_equal(split.load([4], 24)[0], split.arrays(24)[0][4])
        assert split.fingerprints() == in_memory.fingerprints()


def test_arrays_are_kept_and_read_only(on_disk):
    pictures, _ = on_disk.arrays(SIZE)
    assert on_disk.arrays(SIZE)[0] is pictures
    with pytest.raises(ValueError, match="read-only"):
        pictures[0] = 0


def test_the_given_array_stays_writable():
    inputs = np.zeros((4, SIZE, SIZE, 3), "uint8")
    Split(inputs, [0, 1, 0, 1], 2).arrays(SIZE)
    inputs[0] = 1


@pytest.mark.parametrize("budget", [0, 10**9])
def test_an_epoch_holds_every_row_once_with_its_label(in_memory, on_disk, budget):
    for split in (in_memory, on_disk):
        batches = split.batches(SIZE, batch_size=8, shuffle=True, memory_budget=budget)
        orders = []
        for _ in range(2):
            pictures, labels = map(np.concatenate, zip(*epoch_of(batches), strict=True))
            orders.append(pictures[:, 0, 0, 0].tolist())
            assert pictures.dtype == np.uint8
            assert sorted(orders[-1]) == list(range(50))
            assert np.array_equal(labels, np.array(orders[-1]) % 3)
        assert orders[0] != orders[1]


def test_without_shuffling_rows_keep_their_order(in_memory):
    batches = in_memory.batches(SIZE, batch_size=8)
    for _ in range(2):
        assert np.concatenate([x for x, _ in epoch_of(batches)])[:, 0, 0, 0].tolist() == list(range(50))


def test_augmentation_differs_between_epochs_and_repeats_for_a_seed(in_memory):
    def three(seed):
        batches = in_memory.batches(SIZE, batch_size=25, seed=seed, augment=flips())
        return [epoch_of(batches)[0][0] for _ in range(3)]

    first, again, other = three(0), three(0), three(1)
    assert first[0].dtype == np.float32
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0], first[1])
    assert not np.array_equal(first[1], first[2])
    assert not np.array_equal(first[0], other[0])


def test_augmentation_may_be_any_function(in_memory):
    batches = in_memory.batches(SIZE, augment=lambda pictures: pictures / 2)
    assert np.allclose(batches[0][0], in_memory.inputs[:32] / 2)


def test_batches_do_not_depend_on_the_order_they_are_asked_for(in_memory):
    one, two = (in_memory.batches(SIZE, batch_size=8, shuffle=True, augment=flips()) for _ in range(2))
    forward = [one[index][0] for index in range(len(one))]
    backward = [two[index][0] for index in reversed(range(len(two)))]
    assert all(np.array_equal(a, b) for a, b in zip(forward, reversed(backward), strict=True))


@pytest.mark.parametrize("augmented", [False, True])
def test_fit_learns_the_same_from_memory_and_from_threads(in_memory, on_disk, augmented):
    def learned(split, seed=0, **options):
        return weights_after_fit(split, seed=seed, augment=flips() if augmented else None, **options)

    from_memory = learned(in_memory)
    assert np.allclose(learned(on_disk, memory_budget=0), from_memory, rtol=0, atol=1e-7)
    assert not np.allclose(learned(in_memory, seed=1), from_memory, rtol=0, atol=1e-4)


def test_evaluate_and_predict_take_batches(on_disk):
    inputs = keras.Input((SIZE, SIZE, 3))
    outputs = keras.layers.Dense(3)(keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(inputs)))
    model = keras.Model(inputs, outputs)
    model.compile("sgd", keras.losses.SparseCategoricalCrossentropy(from_logits=True), metrics=["accuracy"])
    pictures, labels = on_disk.arrays(SIZE)
    batches = on_disk.batches(SIZE, memory_budget=0)
    model.fit(batches, validation_data=batches, epochs=2, verbose=0)
    wanted = model.predict(pictures, verbose=0)
    assert np.allclose(model.predict(batches, verbose=0), wanted, atol=1e-5)
    accuracy = model.evaluate(batches, verbose=0, return_dict=True)["accuracy"]
    assert accuracy == pytest.approx((wanted.argmax(axis=1) == labels).mean(), abs=1e-6)


@pytest.mark.parametrize("budget", [0, 10**9])
def test_a_photo_that_breaks_later_is_named(tmp_path, budget):
    paths = [tmp_path / f"{number}.png" for number in range(12)]
    for number, path in enumerate(paths):
        Image.new("RGB", (8, 8), (number, 0, 0)).save(path)
    split = Split(paths, [0, 1] * 6, 2)
    assert len(split.fingerprints()) == 12
    paths[3].unlink()
    with pytest.raises(DataError, match=r"3\.png"):
        list(split.batches(8, memory_budget=budget))


def test_real_photos_come_as_batches(real):
    task = tasks.from_folder(real / "cats_and_dogs")
    few = task.subset(20).train
    pictures, labels = next(iter(few.batches(96, batch_size=40)))
    assert pictures.shape == (40, 96, 96, 3)
    assert labels.tolist() == [0] * 20 + [1] * 20
    assert 60 < pictures.mean() < 190

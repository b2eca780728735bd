"""Splits of sounds: arrays, batches, near copies, and the form that a network asks for."""

import io

import keras
import numpy as np
import pytest
import soundfile
from sounds import folder_of, pitches, sound, spoken, tone

import tlteach as tl
from tlteach.core.errors import DataError, GuardError
from tlteach.sound.form import Milliseconds, form_of, read
from tlteach.sound.proofs import answers_vary, sounds_are_heard
from tlteach.sound.spectrogram import RATE, log_mel
from tlteach.sound.splits import Sounds


@pytest.fixture(scope="module")
def task(tmp_path_factory):
    return tl.tasks.from_sounds(spoken(tmp_path_factory.mktemp("spoken"), "{c}/{s}_{t}.wav"))


def test_files_and_arrays_give_the_same(task):
    split = task.train
    sounds, labels = split.arrays(200)
    assert (sounds.shape, sounds.dtype, labels.dtype) == ((12, 1600), "float32", "int32")
    assert np.abs(sounds).max() <= 1
    again = Sounds(np.array(sounds), labels, 2, split.groups)
    np.testing.assert_array_equal(again.load([3, 1], 200), sounds[[3, 1]])
    np.testing.assert_array_equal(split.take([3, 1]).load([0], 200), sounds[[3]])
    with pytest.raises(ValueError, match="read-only"):
        sounds[0] = 0


def test_batches_are_the_same_from_memory_and_from_files(task):
    for budget in (0, 10**9):
        batches = task.train.batches(100, 5, shuffle=True, seed=3, memory_budget=budget)
        found = [batches[number] for number in range(len(batches))]
        if budget == 0:
            first = found
    assert [len(labels) for _, labels in found] == [5, 5, 2]
    for (one, _), (other, _) in zip(first, found, strict=True):
        np.testing.assert_array_equal(one, other)


def test_a_file_that_is_gone_or_another_is_noticed(tmp_path):
    task = tl.tasks.from_sounds(folder_of(tmp_path, {"a": 5, "b": 5}))
    before = task.test.digest()
    sound(task.test.inputs[0], 777)
    assert task.test.digest() != before
    task.test.inputs[0].unlink()
    with pytest.raises(DataError, match="cannot be read: the file does not exist"):
        task.test.fingerprints()


def test_near_copies_are_found_however_they_were_saved(tmp_path):
    word = (tone(150) * 0.5 + 0.3 * tone(437) + 0.4 * tone(611)) * np.hanning(4000)
    word = (word * (1 + 0.5 * np.sin(np.arange(4000) / 90))).astype("float32")
    others = sorted(folder_of(tmp_path, {"a": 8, "b": 8}).rglob("*.wav"))
    file = io.BytesIO()
    soundfile.write(file, word, RATE, format="MP3")
    file.seek(0)
    noisy = word + np.random.default_rng(0).normal(0, 0.01, 4000)
    made = {"mp3": soundfile.read(file)[0], "quiet": 0.1 * word, "late": np.pad(word, (1234, 500)), "noisy": noisy}
    for name, one in made.items():
        soundfile.write(tmp_path / "a" / f"{name}.wav", one, RATE)
    paths = [tmp_path / "a" / f"{name}.wav" for name in made]
    soundfile.write(tmp_path / "a" / "word.wav", word, RATE)
    split = Sounds([tmp_path / "a" / "word.wav"], [0], 2)
    rows, found, alike = split.near_copies(Sounds([*paths, *others], np.zeros(len(paths) + 16, int), 2))
    assert (rows.tolist(), sorted(found)) == ([0] * 4, [0, 1, 2, 3])
    assert alike.min() > 0.985
    assert split.drawn(0).shape[2] == 3


def test_a_whistle_has_no_look_and_so_no_copies():
    whistles = np.stack([tone(3000), tone(3000, loud=0.2)])
    split = Sounds(whistles, [0, 1], 2)
    assert split.near_copies(split)[0].tolist() == []


def test_the_form_is_what_the_network_takes():
    assert str(form_of(keras.Sequential([keras.Input((RATE,)), keras.layers.Dense(1)]))) == "1000 ms at 8 kHz"
    assert Milliseconds(250).size == {"milliseconds": 250}
    tokens = keras.Sequential([keras.Input((RATE,)), keras.layers.Embedding(9, 2)])
    for model, words in (
        (keras.Sequential([keras.Input((32, 32, 3)), keras.layers.Flatten()]), "no samples"),
        (keras.Sequential([keras.Input((160,), dtype="int32"), keras.layers.Embedding(9, 2)]), "token ids"),
        (tokens, "token ids"),
        (keras.Sequential([keras.Input((None,)), keras.layers.Reshape((-1, 1))]), "any number of samples"),
        (keras.Sequential([keras.Input((1001,)), keras.layers.Dense(1)]), "takes 1001 samples.*8 samples each"),
        (keras.Sequential([keras.Input((8,)), keras.layers.Dense(1)]), "from 20 to 30,000"),
    ):
        with pytest.raises(GuardError, match=words):
            form_of(model)


def test_what_is_typed_at_a_prompt_is_heard_or_told(tmp_path):
    sound(tmp_path / "a.wav", 1)
    (tmp_path / "b.wav").touch()
    one, two = read([str(tmp_path / "a.wav"), str(tmp_path / "b.wav")], Milliseconds(200))
    assert one[1].shape == (1, 1600)
    assert two == (str(tmp_path / "b.wav"), "an empty file (0 bytes)")
    with pytest.raises(DataError, match="hears sounds, and 'hello there' is no file"):
        list(read(["hello there"], Milliseconds(200)))


def network(change) -> keras.Model:
    samples = keras.Input((1600,))
    return keras.Model(samples, keras.layers.Flatten()(change(samples)), name="own")


def test_a_network_that_hears_nothing_is_found_out():
    sounds, _ = pitches(8)
    assert answers_vary(network(log_mel), sounds).startswith("different sounds get different answers")
    with pytest.raises(GuardError, match="answers 8 different sounds with the very same numbers"):
        answers_vary(network(lambda x: log_mel(keras.ops.round(x))), sounds)
    with pytest.raises(GuardError, match="answers silence with NaN"):
        answers_vary(network(lambda x: x / keras.ops.max(x, axis=1, keepdims=True)), sounds)


def test_how_much_is_heard_is_said():
    assert sounds_are_heard([800, 1600], 200) == "all 2 sounds are heard to their end"
    assert sounds_are_heard([800, 1601], 200).startswith("1 of 2 sounds are longer than 200 ms, and only the loudest")

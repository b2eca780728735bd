"""Tasks of sounds: folders of every layout, who speaks, splits that keep a speaker together, and arrays."""

import shutil
import zipfile
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st
from sounds import folder_of, pitches, sound, spoken

from tlteach import guards, tasks
from tlteach.core.errors import DataError, FetchError
from tlteach.core.groups import cut_by_group
from tlteach.course import mirror
from tlteach.sound import full_digits
from tlteach.sound.speakers import _by_names
from tlteach.sound.spectrogram import RATE


def splits_of(task):
    return {"train": task.train, "validation": task.validation, "test": task.test}


def reasons(task):
    return {Path(item.where).name: item.reason for item in task.left_out}


# --- layouts


def test_a_folder_per_class_is_cut_into_three(tmp_path):
    task = tasks.from_sounds(folder_of(tmp_path / "barks", {"dog": 20, "fox": 40}))
    assert (task.name, task.tier, task.modality, task.class_names) == ("barks", "own", "sound", ("dog", "fox"))
    assert [split.class_counts for split in splits_of(task).values()] == [(14, 28), (3, 6), (3, 6)]
    assert task.notes[0].startswith("Who speaks is not told, so a voice may stand in several splits.")
    assert task.notes[1:] == ("Cut from all sounds, class by class, with seed 0: validation (15%) and test (15%).",)
    assert tasks.by_name(str(tmp_path / "barks")).test.digest() == task.test.digest()


def test_given_splits_are_kept(tmp_path):
    for start, name in zip((0, 100, 200), ("train", "VAL", "test"), strict=True):
        folder_of(tmp_path / name, {"a": 3, "b": 4}, start)
    task = tasks.from_sounds(tmp_path)
    assert [split.class_counts for split in splits_of(task).values()] == [(3, 4)] * 3
    assert task.left_out == ()


@pytest.mark.parametrize("inside", ["", "train/"])
def test_a_flat_folder_is_read_by_its_names(tmp_path, inside):
    spoken(tmp_path, inside + "{c}_{s}_{t}.wav", classes=("3", "7"))
    if inside:
        spoken(tmp_path, "test/{c}_{s}_{t}.wav", classes=("3", "7"), speakers=("zoe",), takes=5, start=100)
    (tmp_path / "README.txt").write_text("about these sounds")
    task = tasks.from_sounds(tmp_path)
    assert task.class_names == ("3", "7")
    assert all(
        path.name[0] == task.class_names[k] for path, k in zip(task.train.inputs, task.train.labels, strict=True)
    )
    assert set(reasons(task)) == (set() if inside else {"README.txt"})
    assert ("zoe" in task.test.groups) == bool(inside)


def test_a_flat_folder_whose_names_tell_no_class_is_an_error(tmp_path):
    sound(tmp_path / "1.wav", 1)
    sound(tmp_path / "yes_2.wav", 2)
    with pytest.raises(
        DataError, match=r"No sounds found by class .* put the sounds of each class in a folder of its own"
    ):
        tasks.from_sounds(tmp_path)


def test_what_cannot_be_heard_is_left_out_and_told(tmp_path):
    folder_of(tmp_path, {"a": 6, "b": 6})
    soundfile.write(tmp_path / "a" / "silent.wav", np.zeros(800), RATE)
    soundfile.write(tmp_path / "a" / "copy.flac", soundfile.read(tmp_path / "a" / "0000.wav", dtype="int16")[0], RATE)
    (tmp_path / "b" / "empty.wav").touch()
    (tmp_path / "b" / "photo.jpg").write_bytes(b"x")
    (tmp_path / "b" / "new.m4a").write_bytes(b"x")
    sound(tmp_path / "loose.wav", 99)
    found = reasons(tasks.from_sounds(tmp_path))
    assert sorted(found) == ["copy.flac", "empty.wav", "loose.wav", "new.m4a", "photo.jpg", "silent.wav"]
    assert found["new.m4a"] == "files of the kind .m4a are not read"
    assert found["copy.flac"].startswith("the same sound as ")


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda root: folder_of(root, {"a": 5, "b": 0}), "'b' has no usable sound in .*b .* Add sounds to"),
        (lambda root: folder_of(root, {"a": 5}), "Only one class, 'a'.*Put the sounds of each class"),
        (lambda root: folder_of(root, {"a": 5, "b": 2}), "'b' has 2 sounds, too few"),
        (lambda root: [(root / name).mkdir() for name in "ab"], "WAV, FLAC, OGG, MP3 and AIFF files are read"),
    ],
)
def test_errors_say_where_and_what(tmp_path, make, words):
    make(tmp_path)
    with pytest.raises(DataError, match=words):
        tasks.from_sounds(tmp_path)


def test_of_photos_and_sounds_in_one_folder_the_more_are_taken(tmp_path):
    from pictures import photo

    folder_of(tmp_path, {"a": 6, "b": 6})
    photo(tmp_path / "a" / "cover.jpg", 1)
    task = tasks.by_name(str(tmp_path))
    assert (task.modality, list(reasons(task))) == ("sound", ["cover.jpg"])
    for number in range(15):
        photo(tmp_path / "ab"[number % 2] / f"{number}.png", 10 + number)
    assert tasks.by_name(str(tmp_path)).modality == "image"
    (tmp_path / "none" / "a").mkdir(parents=True)
    with pytest.raises(DataError, match=r"There is no file in .* that is read here.* of sounds: WAV"):
        tasks.by_name(str(tmp_path / "none"))


# --- who speaks


@pytest.mark.parametrize("name", ["{c}/{s}/{t}.wav", "{c}/{s}/old/{t}.wav", "{c}/{s}_{t}.wav", "{c}/{s}-0{t}.wav",
                                  "{c}/{c}_{s}_{t}.wav", "{c}/audio {s} take {t}.wav", "{c}/{s}{t}.wav",
                                  "{c}_{s}_{t}.wav"])  # fmt: skip
def test_a_speaker_stands_in_one_split(tmp_path, name):
    task = tasks.from_sounds(spoken(tmp_path, name))
    found = {split: set(one.groups) for split, one in splits_of(task).items()}
    assert set().union(*found.values()) == {"anna", "ben", "cleo", "dan"}
    assert all(not one & other for one, other in combinations(found.values(), 2))
    assert all(0 not in split.class_counts for split in splits_of(task).values())
    for split in splits_of(task).values():
        for path, speaker in zip(split.inputs, split.groups, strict=True):
            assert speaker in str(path)
    assert any(note.startswith("Who is where, speaker by speaker: train ") for note in task.notes)
    assert guards.groups_apart(**splits_of(task)) == "no speaker stands in two splits"


def test_a_table_tells_who_speaks(tmp_path):
    folder_of(tmp_path, {"yes": 6, "no": 6})
    paths = sorted(tmp_path.rglob("*.wav"))
    rows = [f"{path.relative_to(tmp_path).as_posix()},{'abc'[n % 3]}" for n, path in enumerate(paths)]
    (tmp_path / "speakers.csv").write_text("file,speaker\n" + "\n".join(rows))
    task = tasks.from_sounds(tmp_path)
    assert {len(set(split.groups)) for split in splits_of(task).values()} == {1}
    assert task.left_out == ()
    (tmp_path / "speakers.csv").write_text("file,speaker\n" + "\n".join(rows[1:]))
    with pytest.raises(DataError, match=r"names no speaker of no/0006\.wav"):
        tasks.from_sounds(tmp_path)
    (tmp_path / "speakers.csv").write_text("who\nx\n")
    with pytest.raises(DataError, match="needs the columns file and speaker"):
        tasks.from_sounds(tmp_path)


NOBODY = [
    [("yes", "yes1"), ("yes", "yes2"), ("no", "no1"), ("no", "no2")],  # the name of the class
    [("yes", "take1"), ("yes", "take2"), ("no", "take1"), ("no", "take2")],
    [("yes", "audio_001"), ("yes", "audio_002"), ("no", "audio_003"), ("no", "audio_004")],
    [("dog", "barking"), ("dog", "howling"), ("cat", "purring"), ("cat", "meow")],
    [("yes", "12"), ("yes", "13"), ("no", "14"), ("no", "15")],
    [("yes", "anna_1"), ("yes", "2"), ("no", "anna_1"), ("no", "ben_2")],  # not all names tell
]


@pytest.mark.parametrize("files", NOBODY)
def test_nobody_is_taken_for_a_speaker_who_is_none(files):
    assert _by_names([stem for _, stem in files], [name for name, _ in files]) == (None, "")


SOMEBODY = {
    "Free Spoken Digits": ([("0", "0_george_0"), ("1", "1_theo_3"), ("0", "0_theo_4"), ("1", "1_george_0")], "george"),
    "Speech Commands": ([("yes", "0a7c2a8d_nohash_0"), ("no", "0a7c2a8d_nohash_1"), ("no", "b9_nohash_0")], "0a7c2a8d"),
    "VCTK": ([("a", "p225_001"), ("b", "p225_002"), ("a", "p226_003"), ("b", "p226_004")], "p225"),
    "numbered": ([(c, f"speaker_{who}_{take}") for take in (1, 2) for who in ("01", "2") for c in "ab"], "speaker01"),
    "with a mood": ([(c, f"{mood}_{who}") for c in "ab" for mood in ("x", "y") for who in ("Al", "Bo", "Cy")], "al"),
}  # fmt: skip


@pytest.mark.parametrize("name", SOMEBODY)
def test_speakers_are_found_in_names(name):
    files, first = SOMEBODY[name]
    speakers, _ = _by_names([stem for _, stem in files], [one for one, _ in files])
    assert speakers[0] == first
    assert len(set(speakers)) == (3 if name == "with a mood" else 2)


def test_too_few_speakers_are_an_error_with_its_cure(tmp_path):
    spoken(tmp_path, "{c}/{s}_{t}.wav", speakers=("anna", "ben"), takes=6)
    with pytest.raises(DataError, match=r"2 speakers \(anna, ben\) cannot .* at least 3 are needed.*by_speaker=False"):
        tasks.from_sounds(tmp_path)
    task = tasks.from_sounds(tmp_path, by_speaker=False)
    assert task.train.groups is None
    assert len(task.train) == 16


def test_speakers_of_one_class_each_cannot_be_spread(tmp_path):
    for number, (name, speaker) in enumerate((("yes", "anna"), ("yes", "ben"), ("no", "cleo"), ("no", "dan"))):
        spoken(tmp_path, "{c}/{s}/{t}.wav", classes=(name,), speakers=(speaker,), start=10 * number)
    with pytest.raises(DataError, match="so that each has every class: too few of them have all"):
        tasks.from_sounds(tmp_path)


def test_a_speaker_in_two_given_splits_is_told_and_not_refused(tmp_path):
    for number, split in enumerate(("train", "validation", "test")):
        others = ("ben", "ben", "cleo")[number]
        spoken(tmp_path, split + "/{c}/{s}_{t}.wav", speakers=("anna", others), start=100 * number)
    task = tasks.from_sounds(tmp_path)
    said = "The same speaker stands in two splits: anna, ben in train and in validation; anna in train and in test"
    assert any(note.startswith(said) for note in task.notes)
    assert guards.groups_apart(**splits_of(task)).startswith(said)


@settings(max_examples=20, deadline=None)
@given(st.integers(3, 30), st.integers(2, 5), st.integers(0, 1000))
def test_no_speaker_stands_in_two_splits_and_every_class_in_each(n_speakers, n_classes, seed):
    random = np.random.default_rng(seed)
    n = random.integers(1, 6, n_speakers)
    groups = np.repeat([f"s{k}" for k in range(n_speakers)], n * n_classes)
    labels = np.concatenate([np.repeat(np.arange(n_classes), times) for times in n])
    parts = cut_by_group(groups, labels, [0.15, 0.15], seed, "sounds", "speaker", "or so")
    assert sorted(np.concatenate(parts)) == list(range(len(labels)))
    assert all(set(labels[part]) == set(range(n_classes)) for part in parts)
    assert all(not set(groups[one]) & set(groups[other]) for one, other in combinations(parts, 2))
    again = cut_by_group(groups, labels, [0.15, 0.15], seed, "sounds", "speaker", "or so")
    assert all(np.array_equal(one, other) for one, other in zip(parts, again, strict=True))
    if n_speakers > 12:
        assert abs(len(parts[0]) / len(labels) - 0.15) < 0.1


# --- arrays


def test_arrays_become_a_task(tmp_path):
    sounds, labels = pitches(40)
    sounds[7] = sounds[3]
    speakers = [f"s{n % 8 // 2}" for n in range(40)]
    task = tasks.from_sound_arrays(sounds, labels, ("low", "high"), speakers, name="pitch")
    assert [one.where for one in task.left_out] == ["inputs[7]"]
    assert all(len(set(split.groups)) == 1 for split in (task.validation, task.test))
    assert task.train.load([0], 200).shape == (1, 1600)
    assert task.train.load([0], 100).shape == (1, 800)
    assert task.test.named(0) == "row 0"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s * 32767, "Samples of 16 bits are divided by 32768"),
        (lambda s: (s * 32767).astype("int16"), "divided by 32768"),
        (lambda s: np.rint(s).astype(int), "are silent.* what is left of samples that were rounded"),
        (lambda s: s[:, :, None], "the shape"),
        (lambda s: s[:, :8], "8 samples, 0.001 s"),
        (lambda s: s.astype(str), "the type"),
        (lambda s: s.astype(complex), "the type"),
        (lambda s: np.where(np.arange(len(s))[:, None] == 5, np.nan, s), "first in sound 5"),
        (lambda s: [s[0], s[1, :5]], "an array"),
    ],
)
def test_arrays_that_are_no_sounds_are_refused(change, words):
    sounds, labels = pitches(40)
    with pytest.raises(DataError, match=words):
        tasks.from_sound_arrays(change(sounds), labels, ("low", "high"))


def test_speakers_must_be_as_many_as_sounds():
    sounds, labels = pitches(40)
    with pytest.raises(DataError, match="3 speakers for 40 sounds"):
        tasks.from_sound_arrays(sounds, labels, ("low", "high"), ["a", "b", "c"])


# --- the full tier


@pytest.fixture
def digits(real, tmp_path, monkeypatch):
    """A mirror with the recordings that are at hand, packed as GitHub packs a commit."""
    with zipfile.ZipFile(tmp_path / full_digits.ARCHIVE, "w") as packed:
        for path in sorted((real / "spoken_digits" / "recordings").iterdir()):
            packed.write(path, f"free-spoken-digit-dataset-{full_digits.COMMIT}/recordings/{path.name}")
    monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path))
    monkeypatch.setenv("TLTEACH_HOME", str(tmp_path / "home"))
    return tmp_path / full_digits.ARCHIVE


def test_spoken_digits_come_from_a_mirror_and_are_cut_by_speaker(digits):
    task = tasks.spoken_digits()
    assert (task.name, task.tier, task.n_classes) == ("spoken_digits", "full", 10)
    assert [len(split) for split in splits_of(task).values()] == [400, 200, 200]
    assert "CC BY-SA 4.0" in task.notes[-1]
    assert "4 speakers says every digit, in 800 recordings" in task.notes[-1]
    assert list(mirror.downloads(["spoken_digits"])) == ["spoken_digits"]


def test_an_archive_with_other_recordings_is_refused(digits):
    other = digits.with_name("other.zip")
    with zipfile.ZipFile(digits) as old, zipfile.ZipFile(other, "w") as new:
        for name in old.namelist():
            new.writestr(name, b"RIFF" if name.endswith("3_theo_7.wav") else old.read(name))
    shutil.move(other, digits)
    with pytest.raises(FetchError, match="holds other recordings"):
        tasks.spoken_digits()
    digits.write_bytes(b"PK")
    shutil.rmtree(digits.parent / "home")
    with pytest.raises(FetchError, match="damaged"):
        tasks.spoken_digits()

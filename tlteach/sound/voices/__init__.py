"""Drawn voices: a small speech synthesiser in which every cause of a sound is known, and words for it to say."""

from tlteach.sound.voices.languages import LANGUAGES, SOURCE_LANGUAGES, TARGET_LANGUAGE, sample, say
from tlteach.sound.voices.score import PHONEMES
from tlteach.sound.voices.speakers import Voice, voice

# %% [markdown]
# # 16 · Speech
#
# **The question.** A network has learned words of five invented languages, from voices that we drew. What does it bring
# to words that it never heard, and to real speech?
#
# After this lesson you can
#
# - say what a network gets of a sound: samples, a spectrogram, mel bands;
# - tell when features may be averaged over time, and what is lost;
# - recognise a test that has heard its voices before;
# - turn one knob of a voice, and find what a model hangs on;
# - go from drawn to real speech without a label, and tell the limit.
#
# **Cost:** about 50 seconds on two cores, nothing to download.

# %% [markdown]
# Words in **bold** are in the [glossary](glossary.md).
#
# ## First, a result: six steps on sounds
#
# Ten words of *akapa*, a language that we invented. The base has never heard it, nor any of these 24 speakers. It gets
# five labels a word.

# %% tags=["nbval-ignore-output"]
import inspect

import numpy as np

import tlteach as tl
from tlteach import voices
from tlteach.core.journal import tell
from tlteach.course import check, predict, quiz, reveal
from tlteach.course.lessons.lesson_16 import few_of_each, head_of, pixels
from tlteach.sound.spectrogram import BANDS, STEP, log_mel

task = tl.tasks.spoken_words()
with tl.quietly():
    result = tl.transfer(task.subset(5, seed=0), epochs=20, fine_tune_epochs=2, verbose=0)
first = result.best.test
print(f"four new voices: {first}; chance is 0.1")

# %%
assert first.accuracy > 0.4


# %% tags=["hide-input"]
from IPython.display import display
from matplotlib.figure import Figure

from tlteach.sound.show import bands_of, player


def listen(sounds, finding):
    """A player for each sound, and under them their spectrograms side by side."""
    players = "".join(f"<p>{name} {player(sound, name)}</p>" for name, sound in sounds.items())
    display({"text/html": players, "text/plain": ", ".join(sounds)}, raw=True)
    figure = Figure(figsize=(2.9 * len(sounds), 2.9), layout="constrained")
    for place, (name, sound) in enumerate(sounds.items(), start=1):
        axes, columns = figure.add_subplot(1, len(sounds), place), bands_of(sound)
        axes.imshow(columns.T, origin="lower", aspect="auto", cmap="magma",
                    extent=(0, len(columns) * STEP / 1000, 0, BANDS))  # fmt: skip
        axes.set(title=name, xlabel="time (s)", ylabel="mel band (60 to 3,800 Hz)")
    figure.suptitle(finding, fontsize="medium")
    tl.show.display(figure, alt=f"Spectrograms of {', '.join(sounds)}. {finding}.")


# %% tags=["nbval-ignore-output"]
speaker = voices.voice(900_000_000)  # the first of the bundled speakers
pair = {word: voices.say(word, speaker) for word in ("akapa", "apaka")}
listen(pair, "The same sounds in another order")

# %%
assert all(np.ptp(sound) > 0 for sound in pair.values())

# %% [markdown]
# The ten words go in such pairs. Both of a pair share every sound, and every step from one sound to the next. Only
# what comes first tells them apart.
#
# In a notebook, `tl.hear(task.train, [0, 1])` plays sounds of any task.
#
# ## What a sound is to a network
#
# A microphone measures the pressure of the air, here at 8,000 a second. These numbers are **samples**. They carry
# frequencies up to half their rate, 4,000 Hz, and speech needs little more.
#
# Nobody hears samples. Cut windows of $25$ ms, one every $10$ ms. A Fourier transform says how strong each frequency is
# in a window. Side by side, windows make a **spectrogram**: time goes right, pitch goes up.

# %% [markdown]
# An ear tells 200 Hz from 300 Hz with ease, and hardly 3,200 Hz from 3,300 Hz. The **mel scale** says so in a formula:
#
# $$m = 2595\, \log_{10}\!\left(1 + \frac{f}{700}\right)$$
#
# Power is summed in 40 bands of equal width in mel. Then comes a logarithm, for the ear hears loudness in ratios, too.
# Of five kinds of features, Davis and Mermelstein (1980) found those on this scale best for words.

# %% tags=["hide-input"]


def code_of(function, start=None):
    """Print a function of tlteach from the line with `start`, without its docstring."""
    source = inspect.getsource(inspect.unwrap(function))
    before, quoted, body = source.partition('"""')
    body = body.partition('"""')[2] if quoted else ""
    lines = (before.rstrip() + body).splitlines()
    first = next(row for row, line in enumerate(lines) if start is None or start in line)
    print("\n".join(lines[first:]))


# %% tags=["nbval-ignore-output"]
code_of(log_mel, start="    powers =")

# %% [markdown]
# All that is a layer *inside* the network: a saved model takes raw samples, and nobody can forget a step.
#
# **Exercise 16-a.** A window of length $T$ tells apart frequencies that are $1/T$ from each other. How many Hz is that
# for $25$ ms?

# %%
### BEGIN SOLUTION
answer = 1 / 0.025
### END SOLUTION
check("16-a", answer)

# %% [markdown]
# ## A voice is a set of knobs
#
# The glottis makes pulses of air: how many a second is the *pitch*. The throat and mouth are a tube with resonances,
# called **formants**. Where they lie is the vowel (Peterson and Barney, 1952), and a shorter tube lifts them all.
# A source, and a filter that it goes through: Klatt (1980) wrote that down as a program. Ours has 16 knobs.

# %% tags=["nbval-ignore-output"]
print(voices.Voice())
three = {
    "low": voices.say("akapa", voices.Voice(pitch=90, tract=1.05)),
    "high, a short tract": voices.say("akapa", voices.Voice(pitch=280, tract=0.8)),
    "in an echoing room": voices.say("akapa", voices.Voice(room=0.5, echo=0.5, noise=15)),
}
listen(three, "One word: a short tract lifts the bright bands, and a room smears them")

# %%
assert len({sound.tobytes() for sound in three.values()}) == 3

# %% [markdown]
# The base learned 50 words of five other invented languages, from 500 drawn voices that differ in all knobs. Nobody
# recorded anything. Vary what may vary, and the real thing is one more variation: that is domain randomisation
# (Tobin et al., 2017).
#
# ## One language helps another
#
# A frozen base runs once over each sound. What it makes of them is kept:

# %% tags=["nbval-ignore-output"]
from tlteach.engine.arrays import answers

with tl.quietly():
    base = tl.base_model(tl.select_source(task))
sounds, labels = task.train.arrays(milliseconds=1000)
others, truth = task.validation.joined(task.test).arrays(milliseconds=1000)
features, of_others = answers(base, sounds), answers(base, others)


def accuracy(known, judged, n, seeds=range(5)):
    """A head from n labels of each word, judged on other voices: the mean over draws."""
    draws = [few_of_each(labels, n, seed) for seed in seeds]
    heads = [head_of().fit(known[rows], labels[rows]) for rows in draws]
    return np.mean([head.score(judged, truth) for head in heads])


with_base = accuracy(features, of_others, n=5)
print(f"frozen base, 5 labels a word: {with_base:.2f}; {features.shape[1]} features each")

# %% [markdown]
# **Predict.** The same labels and the same head, on the spectrogram itself. How accurate is that?

# %%
### BEGIN SOLUTION
guess = 0.5
### END SOLUTION
predict("16-1", guess)

# %% tags=["nbval-ignore-output"]
plain = accuracy(pixels(sounds), pixels(others), n=5)
print(f"log-mel pixels, 5 labels a word: {plain:.2f}")
reveal("16-1", plain)

# %%
assert with_base > plain + 0.04

# %% [markdown]
# Now with other voices, and five draws of who says the labelled words. This is the record of
# `python benchmarks/speech.py`:

# %% tags=["hide-input"]
import json

from tlteach.core.files import bundled
from tlteach.evidence import curves

record = json.loads(bundled("comparisons/speech.json").read_text(encoding="utf-8"))


def by_labels(part, names=("frozen base", "log-mel pixels", "untrained base")):
    """By method, the accuracies of every seed by labels."""
    found = record[part]["accuracies"]
    return {
        name: {f"labels of each: {n}": found[f"{name}, {n}"] for n in (1, 5, 20)}
        for name in names
    }  # fmt: skip


def gain_over_pixels(shown):
    """By labels, how many points the base has more than pixels."""
    base, pixels = shown["frozen base"], shown["log-mel pixels"]
    return {n: 100 * (np.mean(base[n]) - np.mean(pixels[n])) for n in base}


# %% tags=["nbval-ignore-output", "hide-input"]
shown = by_labels("transfer")
gain = gain_over_pixels(shown)
five = gain["labels of each: 5"]
title = f"A base of other languages: {five:.0f} points over pixels, five labels a word"
figure = curves.dots(shown, title, record["transfer"]["test sounds"])
tl.show.display(figure, alt=f"Accuracy over labels, three methods, five seeds. {title}.")

# %%
assert min(gain.values()) > 4

# %% tags=["nbval-ignore-output"]
for verdict in record["transfer"]["verdicts"]:
    if "log-mel" in verdict:
        tell(verdict)

# %% [markdown]
# ## Averaged over time, the word is gone
#
# A cat is a cat wherever it sits in the picture, so networks for pictures end in an average over all places. Our base
# averages over pitch alone, and keeps eight stretches of time. What if you average over these as well?
#
# **Predict.** With 20 labels a word the base has {{lesson.kept}}. Averaged over time, how accurate is it?

# %%
### BEGIN SOLUTION
guess = 0.5
### END SOLUTION
predict("16-2", guess)

# %% tags=["nbval-ignore-output"]


def averaged(rows, stretches):
    """Features of eight stretches of time, averaged so that so many are left."""
    apart = rows.reshape(len(rows), stretches, 8 // stretches, -1)
    return apart.mean(axis=2).reshape(len(rows), -1)


kept = accuracy(features, of_others, n=20)
pooled = accuracy(averaged(features, 1), averaged(of_others, 1), n=20)
print(f"20 labels a word: time kept {kept:.2f}, averaged over time {pooled:.2f}")
reveal("16-2", pooled)

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.engine.evaluation import Evaluation

rows = few_of_each(labels, 20, seed=0)
head = head_of().fit(averaged(features[rows], 1), labels[rows])
judged = Evaluation(head.predict_proba(averaged(of_others, 1)), truth)
pairs = np.arange(10) // 2  # the classes stand in alphabetical order, pair by pair
guesses = judged.probabilities.argmax(axis=1)
right_pair = np.mean(pairs[guesses] == pairs[truth])
figure = tl.show.confusion_matrix(judged, task.class_names)
title = f"Averaged over time: right pair {right_pair:.2f}, right word {judged.accuracy:.2f}"
figure.axes[0].set_title(title, fontsize="medium")
tl.show.display(figure, alt=f"Which word was taken for which: blocks of two. {title}.")

# %%
assert right_pair > 0.9
assert pooled < 0.6 < kept - 0.1

# %% [markdown]
# It knows every sound of the word, and tosses a coin for their order. The same in the record; beside it, a network that
# learned from photos and is shown spectrograms as pictures:

# %% tags=["nbval-ignore-output", "hide-input"]
found = record["transfer"]["accuracies"]
kinds = {kind: record["pooling"][kind]["accuracies"] for kind in ("words", "digits")}
ours, theirs, digits = "our base", "network of photos", "the same, real digits"
ways = ("time kept", "averaged over time")
shown = {
    way: {ours: found[f"{name}, 20"],
          theirs: kinds["words"][f"{way}, 20"],
          digits: kinds["digits"][f"{way}, 20"]}
    for way, name in zip(ways, ("frozen base", "base, averaged over time"), strict=True)
}  # fmt: skip
means = {way: {name: np.mean(values) for name, values in shown[way].items()} for way in ways}
lost = {name: 100 * (means[ways[0]][name] - means[ways[1]][name]) for name in means[ways[0]]}
title = f"The average over time costs our base {lost[ours]:.0f} points"
figure = curves.dots(shown, title, record["transfer"]["test sounds"])
tl.show.display(figure, alt=f"Accuracy with 20 labels a word, five seeds. {title}.")

# %%
assert lost[ours] > 20

# %% [markdown]
# The network of photos makes little of either. On these words no difference is shown, and on real digits it gains
# {{lesson.digits_lost}} points. Time helps where features say what sounded when, and these never learned that.
#
# And an average also leaves fewer numbers to learn from: {{lesson.pooled_1}} of the words are right with *one* label,
# where all eight stretches have {{lesson.base_1}}.
#
# **Exercise 16-b, an experiment.** Average into 1, 2, 4 and 8 stretches. How many do best with one label a word?

# %% tags=["nbval-ignore-output"]
several = [1, 8]
### BEGIN SOLUTION
several = [1, 2, 4, 8]
said = 2
### END SOLUTION
measured = {n: accuracy(averaged(features, n), averaged(of_others, n), 1) for n in several}
print({n: round(value, 2) for n, value in measured.items()})
check("16-b", {"said": said, "measured": measured})

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("16-q1", option)

# %% [markdown]
# ## Whose voice is in the test?
#
# Splits of sounds are cut *speaker by speaker* here. Many data sets are cut sound by sound, at random. Then the test
# has voices that were heard in training. A guard says so where names tell who speaks:

# %% tags=["nbval-ignore-output"]
from tlteach.guards.data import groups_apart

whole = task.train.joined(task.validation, task.test)
order = np.random.default_rng(0).permutation(len(whole))
train, test = whole.take(order[80:]), whole.take(order[:80])
tell(groups_apart(train=train, test=test))

# %% [markdown]
# **Exercise 16-c.** How many of the speakers stand in `train` *and* in `test`? Their names are in `train.groups` and
# `test.groups`.

# %%
### BEGIN SOLUTION
answer = len(set(train.groups) & set(test.groups))
### END SOLUTION
check("16-c", answer)

# %% [markdown]
# What is that worth? One test, and 24 labels a word in each case: by the test's own six voices, by six others, or by 24
# others.

# %% tags=["nbval-ignore-output", "hide-input"]
found = record["voices"]["accuracies"]
whose = ("the voices of the test", "6 other voices", "24 other voices")
methods = ("log-mel pixels", "frozen base")
shown = {method: {who: found[f"{method}, {who}"] for who in whose} for method in methods}
leak = {method: 100 * (np.mean(shown[method][whose[0]]) - np.mean(shown[method][whose[1]]))
        for method in methods}  # fmt: skip
by_pixels, by_base = (leak[method] for method in methods)
title = f"Known voices flatter pixels by {by_pixels:.0f} points, and the base by {by_base:.0f}"
figure = curves.dots(shown, title, record["voices"]["test sounds"])
tl.show.display(figure, alt=f"Accuracy by who says the labels, five seeds. {title}.")

# %%
assert leak["log-mel pixels"] > 10 > leak["frozen base"] > 0

# %% tags=["nbval-ignore-output"]
for verdict in record["voices"]["verdicts"]:
    tell(verdict)

# %% [markdown]
# More voices with as many labels win most of it back: record many people once, and not one person often.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("16-q2", option)

# %% [markdown]
# ## Turn one knob
#
# **Exercise 16-d, an experiment.** This head learned from *one* voice, the one in the middle of all knobs. Turn one
# knob at a time to an end of its range, and keep the lower accuracy. Which knob costs most? Try five at least.

# %% tags=["nbval-ignore-output"]
from dataclasses import replace

from tlteach.sound.shape import fitted
from tlteach.sound.voices.speakers import LIMITS

words, middle = list(task.class_names), voices.Voice()


def said_by(voice, takes):
    """What the base makes of each word, said so many times, and which words they are."""
    which = [(word, take) for take in takes for word in words]
    heard = [voices.say(word, voice, seed=take) for word, take in which]
    rows = answers(base, np.stack([fitted(sound, 8000) for sound in heard]))
    return rows, np.array([words.index(word) for word, _ in which])


of_one = head_of().fit(*said_by(middle, range(10)))
print(f"its own voice, said anew: {of_one.score(*said_by(middle, range(20, 23))):.2f}")
print(LIMITS)

# %% tags=["nbval-ignore-output"]
knobs = ["pitch"]
### BEGIN SOLUTION
knobs = ["pitch", "tract", "speed", "room", "noise"]
said = "speed"
### END SOLUTION
measured = {}
for knob in knobs:
    ends = [said_by(replace(middle, **{knob: value}), range(20, 23)) for value in LIMITS[knob]]
    measured[knob] = min(of_one.score(*end) for end in ends)
    print(f"{knob:<8} {measured[knob]:.2f}")
check("16-d", {"said": said, "measured": measured})

# %% [markdown]
# ## From drawn voices to real ones
#
# Now let 100 drawn voices say *zero* to *nine*, and learn from that alone. Then listen to real people: the Free Spoken
# Digit Dataset of Jakobovski and others, four speakers. Its licence, `CC BY-SA 4.0`, lets you fetch it:
# `tl.tasks.spoken_digits()`. We bundle none of it, so these are records.
#
# Real recordings have another microphone and another room, and every feature is shifted and stretched. Remember lesson
# 09: standardise each domain by *its own* mean $\mu$ and spread $\sigma$, without a label.
#
# $$\hat{x}_{\text{drawn}} = \frac{x - \mu_{\text{drawn}}}{\sigma_{\text{drawn}}}, \qquad
# \hat{x}_{\text{real}} = \frac{x - \mu_{\text{real}}}{\sigma_{\text{real}}}$$

# %% [markdown]
# That is the idea of AdaBN (Li et al., 2016), on kept features.
#
# **Exercise 16-e.** A feature has the mean 2 and the spread 1 in drawn voices, the mean 5 and the spread 3 in real
# ones. A real sound has 8. What does the head get, by the sound's own domain?

# %%
### BEGIN SOLUTION
answer = (8 - 5) / 3
### END SOLUTION
check("16-e", answer)

# %% tags=["hide-input"]
found = record["real"]["accuracies"]
own = "each domain's own statistics"
alike = f"{own}, drawn voices all alike"
ways = {
    "as they are": "as they are",
    own: own,
    "each voice's own statistics": "each voice's own",
    alike: "all alike, each domain's own",
}
methods = ("frozen base", "log-mel pixels")
shown = {method: {f"drawn, {short}": found[f"{method}, {way}"] for way, short in ways.items()}
         for method in methods}  # fmt: skip
for n in (5, 20):
    few = found[f"log-mel pixels from {n} real of each digit"]
    shown["log-mel pixels"][f"real labels of each: {n}"] = few

# %% tags=["nbval-ignore-output", "hide-input"]
level = {name: 100 * np.mean(values) for name, values in found.items()}
by_base, by_pixels = (level[f"{name}, {own}"] - level[f"{name}, {alike}"] for name in methods)
title = f"Voices all alike cost pixels {by_pixels:.0f} points, and the base {by_base:.0f}"
figure = curves.dots(shown, title, record["real"]["test sounds"])
tl.show.display(figure, alt=f"Accuracy on real digits, five seeds. {title}.")

# %%
assert np.mean(found[f"frozen base, {own}"]) > 0.25
assert by_pixels > 5 > by_base

# %% tags=["nbval-ignore-output"]
for verdict in record["real"]["verdicts"]:
    tell(verdict)

# %% [markdown]
# No setting was chosen by a real sound; the statistics are those of real sounds without labels, the test's among them.
#
# So drawn voices are worth more here than five real labels a digit. By each domain's own statistics no gain is shown;
# by each voice's own, one over those is. With voices that vary, the pixels do as well as the base: no difference is
# shown. What the base is worth comes out where drawn voices are *alike* in all but accents. Pixels lose by that, and no
# loss of the base is shown: it has heard 500 voices before. The variation has to be somewhere, in the labels or in the
# base.

# %% [markdown]
# ## The honest limit
#
# Does the base help where you *have* real labels? Its five languages are invented, and English is another one. Each
# speaker is the test in turn, for heads that learned from the other three:

# %% tags=["nbval-ignore-output", "hide-input"]
shown = by_labels("language")
gain_real = gain_over_pixels(shown)
one, twenty = gain_real["labels of each: 1"], gain_real["labels of each: 20"]
title = f"Base minus pixels: {one:+.0f} points with one real label, {twenty:+.0f} with twenty"
figure = curves.dots(shown, title, record["language"]["test sounds"])
tl.show.display(figure, alt=f"Accuracy over labels, three methods, five seeds. {title}.")

# %%
assert one > twenty
assert gain_real["labels of each: 5"] < five

# %% tags=["nbval-ignore-output"]
for verdict in record["language"]["verdicts"]:
    tell(verdict)

# %% [markdown]
# With one label a digit the base gains. With five or twenty, no gain is shown: neither over pixels nor over a network
# that learned nothing. One reason may be that digits differ in their sounds, and not in the order alone. Another, that
# drawn voices are not people.
#
# What the field does instead: `wav2vec 2.0` (Baevski et al., 2020) learns from tens of thousands of hours of real
# speech without a label. Ten minutes with labels are then enough to write down what is said.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("16-q3", option)

# %% [markdown]
# ## Your own sounds
#
# A folder for each class is enough; WAV, FLAC, OGG and MP3 are read. Say who speaks by folders `class/speaker/` or by
# names such as `yes_anna_1.wav`, and no voice stands in two splits.
#
# ```
# tlteach run --task sounds/ --out runs/mine
# tlteach predict runs/mine new.wav
# ```
#
# The same from Python, with the result of the first cell and a new sound at 44,100 samples a second:

# %% tags=["nbval-ignore-output"]
import tempfile
from pathlib import Path

import soundfile
from scipy.signal import resample_poly

from tlteach.evidence.ask import predict as ask

new = voices.say("ulusu", voices.voice(7))
with tempfile.TemporaryDirectory() as folder:
    with tl.quietly():
        result.save(Path(folder) / "run")
    soundfile.write(Path(folder) / "new.wav", resample_poly(new, 441, 80), 44_100)
    ask(Path(folder) / "run", [str(Path(folder) / "new.wav")])

# %% tags=["nbval-ignore-output", "hide-input"]
listen({"new.wav": new}, "A word by a voice that nobody had heard")

# %%
assert len(new) > 2000

# %% tags=["nbval-ignore-output", "results"]
prose = record["transfer"]["accuracies"]
{
    "digits_lost": f"{lost[digits]:.1f}",
    "kept": f"{kept:.2f}",
    "pooled_1": f"{np.mean(prose['base, averaged over time, 1']):.2f}",
    "base_1": f"{np.mean(prose['frozen base, 1']):.2f}",
}

# %% [markdown]
# ## Recap
#
# A sound is samples; a network sees it best as a log-mel spectrogram, inside the model. A word is sounds in their
# order, so keep time. A base of other languages helps most where labels are few, if the target is like what it learned
# from. Split by speaker, or the test has heard its voices. Drawn voices, varied in all knobs, reach real ones without a
# label. And before you praise a base, hold it against the plain spectrogram.

# %% [markdown]
# **Read on:** Peterson and Barney, Control Methods Used in a Study of the Vowels (1952). Davis and Mermelstein,
# Comparison of Parametric Representations for Monosyllabic Word Recognition (1980). Klatt, Software for a
# cascade/parallel formant synthesizer (1980). Li et al., [Revisiting Batch Normalization for Practical Domain
# Adaptation](https://arxiv.org/abs/1603.04779) (2016). Tobin et al., [Domain
# Randomization](https://arxiv.org/abs/1703.06907) (2017). Warden, [Speech
# Commands](https://arxiv.org/abs/1804.03209) (2018). Baevski et al., [`wav2vec
# 2.0`](https://arxiv.org/abs/2006.11477) (2020). Jakobovski et al., [Free Spoken Digit
# Dataset](https://github.com/Jakobovski/free-spoken-digit-dataset), `CC BY-SA 4.0`.
#
# **Next:** [17 · Cost and carbon](17_cost_and_carbon.ipynb): what a training costs, and what transfer saves.

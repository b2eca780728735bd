# %% [markdown]
# # 04b · Scores on trial
#
# **The question.** Can you know which source will be best, before you train?
#
# After this lesson you can
#
# - compute two transferability scores by hand, and say what each looks at;
# - name the rival that a score has to beat, and say what it costs;
# - read a trial of such scores: its correlations, its intervals, and what it would have chosen;
# - show how much such a trial depends on the sources that were in it.
#
# **Cost:** about 35 seconds on two cores, nothing to download.

# %% [markdown]
# Words in **bold** are in the [glossary](glossary.md). `TIER = "full"` takes real photos (69 MB to download, once).
#
# ## First, a result
#
# A **transferability score** looks at a base and your labelled pictures once, and trains nothing. Higher is better.
# Here it looks at two bases with the same layers: one has learned from drawn animals, the other has random weights.
#
# The second one is our control. Through random layers, the numbers soon become tiny. So its normalization layers have
# seen some pictures, without labels: that brings the numbers back, and teaches it nothing about animals.

# %% tags=["nbval-ignore-output"]
import numpy as np

import tlteach as tl
from tlteach.course import check, predict, quiz, reveal, tell
from tlteach.engine.evaluation import outputs
from tlteach.methods.transferability import SCORES, frozen_head, leep, rank_sources

TIER = "bundled"
task = tl.tasks.cats_vs_dogs(TIER)
few = task.subset(n_per_class=20)
card = tl.sources.SOURCES["menagerie"]
whole = tl.sources.build(card, image_size=96)

# %% tags=["nbval-ignore-output"]
import keras

keras.utils.set_random_seed(1)
control = tl.sources.build(card, image_size=96, weights=None)
tl.tune.recalibrate(control, few)
bases = {"menagerie": whole, "random weights": control}
first = rank_sources(list(bases.items()), few, score="logme")
print(first)

# %%
if TIER == "bundled":
    assert first.best == "menagerie"

# %% [markdown]
# That was quick. But is a base with a higher score really the better one, once you train?
#
# ## Four candidates
#
# - *menagerie*: the bundled base;
# - *lower half*: the same, cut after its seventh block;
# - *grazers, tiny*: four convolutions, trained here for seconds on eight grazing animals;
# - *random weights*: the control. What cannot beat it has learned nothing of use.

# %% tags=["hide-input", "nbval-ignore-output"]
grazers = ("pig", "cow", "goat", "sheep", "deer", "horse", "elephant", "kangaroo")
images = tl.menagerie.sample(grazers, 1000, seed=1, size=64)[0].astype("float32")
keras.utils.set_random_seed(1)
pixels = keras.Input((64, 64, 3))
x = keras.layers.Rescaling(1 / 127.5, offset=-1)(pixels)
for filters in (16, 32, 64, 128):
    x = keras.layers.Conv2D(filters, 3, strides=2, padding="same", activation="relu")(x)
tiny = keras.Model(pixels, x, name="grazers_tiny")
says = keras.layers.Dense(8, activation="softmax")(keras.layers.GlobalAveragePooling2D()(x))
classifier = keras.Model(pixels, says)
classifier.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
classifier.fit(images[:800], np.arange(800) % 8, epochs=15, verbose=0)
own, new = (classifier.evaluate(some, np.arange(len(some)) % 8, verbose=0)[1]
            for some in (images[:800], images[800:]))  # fmt: skip
print(f"grazers, tiny: {own:.2f} of its own drawings, {new:.2f} of new ones; chance {1 / 8}")

# %%
half = keras.Model(whole.input, whole.get_layer("conv_pw_6_relu").output, name="lower_half")
bases |= {"lower half": half, "grazers, tiny": tiny}
for base in bases.values():
    base.trainable = False
print("candidates:", ", ".join(bases))

# %% [markdown]
# *grazers, tiny* is a weak source, and you have just seen how weak. Such ones are offered, too.
#
# **Predict.** How accurate will a head on *random weights* be, with 20 labelled pictures of each class?

# %%
### BEGIN SOLUTION
guess = 0.6
### END SOLUTION
predict("04b-1", guess)

# %% [markdown]
# A source is a choice, so we judge it on *validation*, and leave *test* alone. One draw of 20 pictures is a matter of
# luck. So each candidate gets five.

# %% tags=["nbval-ignore-output"]
labels, truth = task.train.labels, task.validation.labels
features = {name: outputs(base, task.train) for name, base in bases.items()}
judge = {name: outputs(base, task.validation) for name, base in bases.items()}


def draw(seed, n=20):
    """Rows of `n` training pictures of each class, drawn with a seed."""
    rows = np.random.default_rng(seed).permutation(len(labels))
    return np.concatenate([rows[labels[rows] == label][:n] for label in np.unique(labels)])


accuracy = {}
for name, found in features.items():
    accuracy[name] = [frozen_head(found[rows], labels[rows], judge[name], truth)
                      for rows in map(draw, range(5))]  # fmt: skip
    each = [f"{one:.2f}" for one in accuracy[name]]
    print(f"{name:<16} {np.mean(accuracy[name]):.2f}  of", *each)
reveal("04b-1", np.mean(accuracy["random weights"]))

# %%
places = sorted(accuracy, key=lambda name: -np.mean(accuracy[name]))
if TIER == "bundled":
    assert places[:2] == ["menagerie", "lower half"]
    assert min(accuracy["lower half"]) > max(accuracy["random weights"]) > 0.45

# %% [markdown]
# In our run: {{lesson.accuracy.menagerie}} for the bundled base, {{lesson.accuracy.lower half}} for its lower half,
# {{lesson.accuracy.grazers, tiny}} for the grazers and {{lesson.accuracy.random weights}} for the control. To have been
# trained is not yet to be useful.
#
# `frozen_head` is the rival of every score. It needs what a score needs, the features, and validation labels besides.
# It solves for the weights of one dense layer with softmax. That takes milliseconds: nearly all of the time went into
# the features, which a score needs too. So a score has to be *better* than this, or it is of no use to you.

# %% [markdown]
# ## Four scores
#
# | score | needs | computes |
# |---|---|---|
# | **NCE** | source classes | how well the most probable source class tells the label |
# | **LEEP** | source classes | the same, with all that the source doubts |
# | **H-score** | features | how far apart the class means lie, in whitened features |
# | **LogME** | features | the evidence for a Bayesian linear head |

# %% [markdown]
# **LEEP** (Nguyen et al., 2020). Let $\theta_z(x)$ be the probability that the source's own head gives its class $z$
# for your picture $x$. Add up how often each of your classes $y$ goes with each $z$, divide, and look how probable the
# true labels are:
#
# $$P(y, z) = \frac{1}{n} \sum_{i:\, y_i = y} \theta_z(x_i), \qquad P(y \mid z) = \frac{P(y, z)}{\sum_{y'} P(y', z)}$$
#
# $$\text{LEEP} = \frac{1}{n} \sum_i \log \sum_z P(y_i \mid z)\, \theta_z(x_i)$$
#
# **Exercise 04b-a.** A source knows wolves and horses. It looks at two dogs and two cats, and says what `says` holds: a
# row for each picture, wolf first. What is LEEP? Write the lines yourself, with NumPy, and do not call `leep`.

# %%
says = np.array([[0.9, 0.1], [0.9, 0.1], [0.2, 0.8], [0.9, 0.1]])
toy_labels = np.array([0, 0, 1, 1])  # dog, dog, cat, cat
### BEGIN SOLUTION
one_hot = np.eye(2)[toy_labels]
joint = one_hot.T @ says / 4  # P(y, z)
conditional = joint / joint.sum(axis=0)  # P(y given z)
expected = says @ conditional.T
answer = np.log((expected * one_hot).sum(axis=1)).mean()
### END SOLUTION
check("04b-a", answer)

# %% [markdown]
# Most weights come without the head that they were trained with. So do ours. But we can draw what the source has seen,
# and so put a head back: here one for eight hunters. What will it take our cats and dogs for?

# %% tags=["hide-input", "nbval-ignore-output"]
hunters = ("lynx", "tiger", "lion", "serval", "wolf", "fox", "jackal", "hyena")
images, _ = tl.menagerie.sample(hunters, 400, seed=3)
head = keras.Sequential([keras.Input((256,)), keras.layers.Dense(8, activation="softmax")])
head.compile(keras.optimizers.Adam(3e-3), "sparse_categorical_crossentropy")
pooled = keras.Sequential([whole, keras.layers.GlobalAveragePooling2D()])
seen = pooled.predict(images.astype("float32"), verbose=0)
head.fit(seen, np.arange(400) % 8, epochs=50, verbose=0)
says = head.predict(features["menagerie"], verbose=0)
of_cats = 100 * says[labels == 0].sum(axis=0) / says.sum(axis=0)
shares = {hunters[place]: of_cats[place] for place in np.argsort(-of_cats)}
finding = f"What it takes for a {next(iter(shares))} is most often a {task.class_names[0]}"
unit = f"share of {task.class_names[0]}s in what it takes for this animal (%); dotted: half"
figure = tl.show.bars(shares, unit, finding, mark=50)
tl.show.display(figure, alt=f"Eight bars, one for each hunter. {finding}.")

# %%
of_hunters = leep(says, labels)
nothing = leep(np.full((len(labels), 8), 1 / 8), labels)
assert abs(nothing + np.log(2)) < 1e-6
assert nothing < of_hunters < 0

# %% [markdown]
# A source that says the same of every picture gets $-\log 2 \approx -0.693$, for two classes of equal size. The best
# there is is 0. The hunters got {{lesson.leep}}.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("04b-q1", option)

# %% [markdown]
# **H-score** (Bao et al., 2019) needs only features. Replace each picture's features by the mean of its class, and
# compare two covariances: $\operatorname{tr}\left(C_\text{features}^{-1}\, C_\text{class means}\right)$. The inverse
# *whitens* the features: in every direction they then vary by 1. The trace adds up how much the class means vary, over
# all directions. With $K$ classes it is at most $K - 1$.
#
# **Exercise 04b-b.** Compute it for these two features of six pictures. `np.cov` wants one row for each feature, and
# `np.trace` sums a diagonal.

# %%
toy = np.array([[0, 1], [1, 3], [2, 2], [3, 2], [4, 6], [5, 4]])
toy_labels = np.array([0, 0, 0, 1, 1, 1])
### BEGIN SOLUTION
class_means = np.array([toy[toy_labels == label].mean(axis=0) for label in toy_labels])
answer = np.trace(np.linalg.inv(np.cov(toy.T)) @ np.cov(class_means.T))
### END SOLUTION
check("04b-b", answer)

# %% [markdown]
# **LogME** (You et al., 2021) imagines a linear head on the features $F$, with random weights $w$, and asks how
# probable it makes the labels $y$, over all heads at once:
#
# $$p(y) = \int p(y \mid Fw, \beta)\, p(w \mid \alpha)\, dw, \qquad
# \text{LogME} = \max_{\alpha, \beta} \tfrac{1}{n} \log p(y)$$
#
# The weights vary by $1/\alpha$ and the noise by $1/\beta$; both are those that suit the labels best. Features that
# could fit any labels spread their evidence over all of them, and gain little.
#
# Now the scores beside the accuracy, from 40 pictures. The shrunken H-score (Ibrahim et al., 2022) pulls the covariance
# towards a sphere first. Does something look wrong?

# %% tags=["nbval-ignore-output"]
chosen = ("logme", "h_score", "shrunk_h_score")
rows = draw(0)
scored = {name: [SCORES[score](features[name][rows], labels[rows]) for score in chosen]
          for name in places}  # fmt: skip
print(f"{'':<16}{'accuracy':>9}" + "".join(f"{score:>16}" for score in chosen))
for name, values in scored.items():
    cells = "".join(f"{one:>16.3f}" for one in values)
    print(f"{name:<16}{np.mean(accuracy[name]):>9.2f}{cells}")

# %%
blind = [name for name in places if abs(scored[name][1] - 1) < 1e-6]
assert {"menagerie", "lower half"} <= set(blind)
by_logme = sorted(places, key=lambda name: -scored[name][0])
if TIER == "bundled":
    assert by_logme[:2] == places[:2]

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("04b-q2", option)

# %% [markdown]
# In our run, LogME has the same first two as the head. From these 40 pictures, the shrunken H-score gives
# {{lesson.shrunk.0}} to the lower half, and {{lesson.shrunk.1}} to the control. Four candidates are no proof. A score
# that can tell a trained network from a random one has not yet shown that it can tell two trained ones apart. For that
# you need a trial.
#
# ## The scores on trial
#
# How alike are two orders? **Kendall's correlation** counts the pairs that both put in the same order. It is 1 for the
# same order and -1 for the reverse. The *weighted* one (Vigna, 2015) lets mistakes at the top weigh more. There they
# cost you.

# %%
from scipy.stats import weightedtau

order = [4, 3, 2, 1]
guesses = {
    "the same order": [4, 3, 2, 1],
    "last two exchanged": [4, 3, 1, 2],
    "first two exchanged": [3, 4, 2, 1],
    "the reverse": [1, 2, 3, 4],
}
for told, guessed in guesses.items():
    print(f"{told:<20} {weightedtau(order, guessed).statistic:+.2f}")

# %% [markdown]
# `benchmarks/transferability.py` holds the trial. It pre-trains seven small sources on other animals, in other styles,
# or for less time, and adds the bundled one and two that know photos. It scores each on three targets, then fine-tunes
# it and looks at the test pictures. To save time, it does so with pictures of 64 pixels, and with three draws of
# labels: so the bundled source has fewer right than above, at 96 pixels. As here, its control has seen pictures in its
# normalization alone. Its record is bundled.
#
# **Predict.** Suppose that you always take the source that LogME likes best. On how many of the three targets is that
# within one point of the best source?

# %%
### BEGIN SOLUTION
guess = 2
### END SOLUTION
predict("04b-2", guess)

# %% [markdown]
# Before you look at any correlation, look at what there is to put in order: the accuracy of each source on each target
# after fine-tuning, averaged over the draws. Which sources are better than the control?

# %%
import json

from tlteach.core.files import bundled
from tlteach.evidence import trial as on_trial
from tlteach.evidence.trial import NAMES, RANDOM, RIVAL

trial = json.loads(bundled("comparisons/transferability.json").read_text(encoding="utf-8"))
means = on_trial.table(trial["runs"], "fine_tuned").mean(axis=2)
fine_tuned = dict(zip(on_trial.unique(trial["runs"], "source"), means, strict=True))
print(f"{'':<18}" + "".join(f"{target:>16}" for target in trial["targets"]))
for name, found in fine_tuned.items():
    print(f"{name:<18}" + "".join(f"{100 * value:>14.1f} %" for value in found))
sources = [name for name in fine_tuned if name != RANDOM]
better = sum(fine_tuned[name] >= fine_tuned[RANDOM] + 0.05 for name in sources)
print(f"at least 5 points better than the control: {better.tolist()} of {len(sources)}")

# %%
on_sketches = {name: found[2] for name, found in fine_tuned.items()}
assert on_sketches["mixed"] + 0.1 < on_sketches["mixed, sketch"]
photos = [on_sketches[name] for name in ("mobilenet_025", "mobilenet_v2_035")]
assert on_sketches["mixed, sketch"] < min(photos)
assert np.median([found[1] for found in fine_tuned.values()]) < 0.3

# %% [markdown]
# {{lesson.better.0}} sources were at least five points better than the control on cats and dogs, {{lesson.better.1}}
# at night, and {{lesson.better.2}} on sketches. Among the others, much of the order is luck, and no score can foresee
# luck.
#
# Is the nearest domain the best source? On sketches, compare *mixed* with *mixed, sketch*: the same animals, in the
# style of the target. It is far ahead. But the two that know photos are ahead of it. They lie farther away, and have
# seen far more. So nearness is one thing among others. At night, nearly all are near chance, which is a quarter.

# %% [markdown]
# Now the scores. Five are on trial, and one of five may look good by luck. So each has an interval with a confidence of
# $0.99$. Then all five hold together with $0.95$.

# %%
print(on_trial.in_words(trial))

# %% tags=["nbval-ignore-output"]
above = [name for name, row in trial["scores"].items()
         if row["fine_tuned"]["interval_99"][0] > 0]  # fmt: skip
finding = f"Interval above 0: {', '.join(NAMES[name] for name in above) or 'none'}"
figure = on_trial.scores_on_trial(trial, finding)
tl.show.display(figure, alt=f"A line for each score and for the head: its interval. {finding}.")

# %%
judged = {name: row["fine_tuned"]["mean"] for name, row in trial["scores"].items()}
against = {name: row["ahead of the rival"]
           for name, row in trial["scores"].items() if name != RIVAL}  # fmt: skip
assert above == [RIVAL]
assert sorted(judged, key=judged.get)[-2:] == ["logme", RIVAL]
assert against["logme"]["interval_99"][1] > 0

# %% [markdown]
# LogME has the highest mean of the scores, and its interval still holds 0: with other sources like these, it might put
# them in no order at all. The head has the highest mean of all, and its interval lies above 0. But is it shown to be
# better than LogME? The difference is {{lesson.ahead.0}}, from {{lesson.ahead.1}} to {{lesson.ahead.2}}: that
# holds 0, so no. What is shown to be behind the head: {{lesson.behind}}.
#
# The head was judged on the {{lesson.judged_on}}. LEEP and NCE can be had for seven sources only; do not compare their
# numbers with those of ten. The intervals count the luck of sources and draws, not of targets.

# %% [markdown]
# A correlation is not yet a good choice. What would you have got? Here is the test accuracy of the source that each
# score likes best, after fine-tuning.

# %%
best = trial["choices"]["the best in hindsight"]["accuracy"]
rows = {NAMES[name]: row["fine_tuned accuracy of its choice"]
        for name, row in trial["scores"].items()}  # fmt: skip
rows |= {name.replace(" now", " takes"): row["accuracy"]
         for name, row in trial["choices"].items()}  # fmt: skip
for name, found in rows.items():
    print(f"{name:<24}" + "".join(f"{100 * value:>8.1f} %" for value in found))
lost = [round(top - value, 4) for top, value in zip(best, rows["LogME"], strict=True)]
near = sum(value <= 0.01 for value in lost)
reveal("04b-2", near)

# %% [markdown]
# LogME was within one point of the best on {{lesson.near}} of the {{lesson.targets}} targets. *Any pre-trained source*
# is what a blind choice gets on average. *select_source takes* is what `tl.select_source` gives you, which reads the
# cards and looks at no feature. May it use a score? The trial's own verdict:

# %%
tell(trial["verdict"])

# %% [markdown]
# ## What the trial hangs on
#
# Small changes of the sources, the targets or the measure change which score looks best, and none is best everywhere
# (Agostinelli et al., 2022). See for yourself.
#
# **Exercise 04b-c, an experiment.** Leave out of the trial up to three of the ten sources, so that the mean correlation
# of LogME falls by $0.2$ or more. Which sources carry it? Change `left_out`, run, look, and change again. Then say what
# LogME has now.


# %%
def without(left_out):
    """The mean correlation of each score that all other sources can have."""
    return on_trial.mean_correlations(trial["runs"], [s for s in sources if s not in left_out])


left_out = ["mixed, night"]
### BEGIN SOLUTION
left_out = ["menagerie", "mobilenet_025"]
said = without(left_out)["logme"]
### END SOLUTION
measured = {"left out": left_out, "correlations": without(left_out)}
for name, value in measured["correlations"].items():
    print(f"{NAMES[name]:<18}{value:+.2f}")
check("04b-c", {"said": said, "measured": measured})

# %%
two_out = without(["menagerie", "mobilenet_025"])
three_out = without(["mixed, brief", "mixed, night", "mixed, sketch"])
assert three_out["logme"] > without([])["logme"] + 0.1

# %% [markdown]
# Without *menagerie* and *mobilenet_025*, LogME falls from {{lesson.logme.0}} to {{lesson.logme.1}}. Without three
# others it *rises* to {{lesson.logme.2}}. Nothing about LogME has changed. Whoever chooses the sources of a trial
# can choose its result, without one wrong number.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("04b-q3", option)

# %% [markdown]
# ## So how do you choose?
#
# 1. Read the cards. Licence, size, input and time leave few sources.
# 2. Train a head on each that is left. With the features kept, that takes milliseconds. Judge on validation.
# 3. Without validation labels, take a score for a hint, and for no more than a trial on sources like yours supports.
# 4. Fine-tune the first two or three, since the order of heads is not the order of fine-tuning.
#
# The numbers in the text are from a run of ours. The last cell has yours.

# %% tags=["nbval-ignore-output", "results"]
on = {"validation": "validation pictures",
      "test": "test pictures here, as fine-tuning is, which flatters it"}  # fmt: skip
logme, all_in = against["logme"], without([])
behind = [NAMES[name] for name in against if against[name]["interval_99"][1] < 0]
{
    "accuracy": {name: f"{np.mean(found):.0%}" for name, found in accuracy.items()},
    "leep": f"{of_hunters:.2f}",
    "shrunk": [f"{scored[name][2]:.2f}" for name in ("lower half", "random weights")],
    "better": better.tolist(),
    "ahead": [f"{value:+.2f}" for value in (logme["mean"], *logme["interval_99"])],
    "behind": ", ".join(behind) or "no score",
    "judged_on": on[trial["rival_judged_on"]],
    "logme": [f"{found['logme']:+.2f}" for found in (all_in, two_out, three_out)],
} | {"near": near, "targets": len(trial["targets"])}

# %% [markdown]
# ## Recap
#
# A transferability score looks once and trains nothing. Its rival is a head on the frozen base: nearly as quick, and in
# our trial ahead of all five scores on average. Whether you may trust a score is a question for a trial, with intervals
# for all scores together, on sources like yours. Leave out a few sources, and the answer changes.
#
# **Next:** [05 · Words and sentences](05_words_and_sentences.ipynb): the same ideas, with words in the place of pixels.

# %% [markdown]
# **Read on:** the scores.
#
# - A. T. Tran, C. V. Nguyen, T. Hassner (2019): [Transferability and Hardness of Supervised Classification
#   Tasks](https://arxiv.org/abs/1908.08142), which has NCE.
# - Y. Bao et al. (2019): An Information-Theoretic Approach to Transferability in Task Transfer Learning, ICIP. It has
#   the H-score. S. Ibrahim, N. Ponomareva, R. Mazumder (2022): [Newer is not always
#   better](https://arxiv.org/abs/2110.06893). It has the shrunken one.
# - C. V. Nguyen et al. (2020): [LEEP](https://arxiv.org/abs/2002.12462).
# - K. You et al. (2021): [LogME](https://arxiv.org/abs/2102.11005).
# - S. Vigna (2015): [A Weighted Correlation Index for Rankings with Ties](https://arxiv.org/abs/1404.3325).
# - A. Agostinelli et al. (2022): [How stable are Transferability Metrics
#   evaluations?](https://arxiv.org/abs/2204.01403)

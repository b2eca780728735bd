# %% [markdown]
# # 05 · Words and sentences
#
# **The question.** A network computes with numbers. How does a word become numbers that know what it means, and how
# do words become a sentence?
#
# After this lesson you can
#
# - say why words that keep the same company get similar vectors, and train such vectors yourself;
# - look up neighbours and analogies, and say what they do not prove;
# - measure a bias in word vectors, and the share of words that have no vector;
# - turn vectors into a base for the six steps, and say what an average of words loses;
# - compare random, frozen and fine-tuned vectors, with intervals.
#
# **Cost:** about 40 seconds on two cores, nothing to download.

# %% [markdown]
# With `TIER = "full"` you look at GloVe, 400,000 words. Get `glove.6B.zip` from
# [nlp.stanford.edu/projects/glove](https://nlp.stanford.edu/projects/glove/), unpack it, and say in `GLOVE` where the
# file is. What the text says was measured on the bundled tier.
#
# ## First, a result
#
# Ask for the words that are nearest to a word. These vectors are the first layer of MiniLM, the network that lesson
# 06 transfers from.

# %%
import numpy as np

import tlteach as tl
from tlteach.course import check, predict, quiz, reveal, tell

TIER, GLOVE = "bundled", "glove.6B.100d.txt"
reviews, questions = tl.tasks.film_reviews(), tl.tasks.questions()
with tl.quietly():  # lesson 02 reads what the steps say
    minilm = tl.base_model(tl.select_source(reviews, "minilm"))

from tlteach.methods.word_vectors import method
from tlteach.text import word_vectors

vectors = word_vectors.of_base(minilm) if TIER == "bundled" else word_vectors.load(GLOVE)
for word in ("funny", "boring", "three", "monday"):
    print(f"{word:<7}", ", ".join(vectors.nearest(word, 6)))

# %% [markdown]
# Nobody told the network that *funny* and *hilarious* have to do with each other. Where does it know that from?
#
# ## From one-hot to vectors
#
# The simplest way to write a word as numbers: a row of zeros, as long as the vocabulary, with a single one in the
# place of the word. This is **one-hot**. It has a flaw.

# %%
film, movie, carrot = np.eye(3)
print("film and movie: ", np.linalg.norm(film - movie).round(2))
print("film and carrot:", np.linalg.norm(film - carrot).round(2))

# %% [markdown]
# All words are equally far from each other. What you learn about *film* tells you nothing about *movie*. And the row
# is as long as the vocabulary.
#
# A **word vector** is short and full: a few dozen or a few hundred numbers, all of them in use. A table holds one row
# for each word, and the layer that looks rows up is an `Embedding`. How alike two words are is told by the *cosine*
# of the angle between their vectors: 1 in the same direction, 0 unrelated.

# %%
print(vectors)
for pair in (("film", "movie"), ("film", "carrot"), ("good", "excellent"), ("good", "bad")):
    print(f"{' and '.join(pair):<19} {vectors.similarity(*pair):.2f}")

# %%
assert vectors.similarity("film", "movie") > vectors.similarity("film", "carrot") + 0.4
assert vectors.similarity("good", "bad") > 0.4

# %% [markdown]
# Look at the last line. *Good* and *bad* are alike! Keep that in mind, you will meet it again.
#
# ## You shall know a word by the company it keeps
#
# So wrote the linguist J. R. Firth in 1957. Zellig Harris had said in 1954 that words which stand in the same
# surroundings have similar meanings: the **distributional hypothesis**. *The ___ was boring, I left before the end.*
# You know what may stand there, and you know it from the company alone.
#
# **Skip-gram** makes a task of that, one that needs no labels: given a word, tell its neighbours. We need a text to
# read. Your Python has one with it: its own documentation.

# %%
from tlteach.text.gpt.python_docs import documents

paragraphs = [part for text in documents().values() for part in text.split("\n\n")]
assert len(paragraphs) > 10_000
longest = max(paragraphs[:200], key=lambda part: part.count(" the "))
assert len(word_vectors.words_of(longest)) > 50
print("paragraphs: more than ten thousand")

# %% [markdown]
# First the text is cut into pairs: a word in the centre, and one of its neighbours within a *window*. Here is the
# code.

# %% tags=["nbval-ignore-output"]
import inspect

from tlteach.text.word_vectors import skip_gram

print(inspect.getsource(skip_gram.pairs))

# %%
sentence = word_vectors.words_of("The film was rather dull")
number = {word: place for place, word in enumerate(sentence)}
rows = np.arange(len(sentence), dtype="int32")
found = skip_gram.pairs(rows, np.zeros_like(rows), window=1, random=np.random.default_rng(0))
print([f"{sentence[centre]}-{sentence[neighbour]}" for centre, neighbour in found])

# %% [markdown]
# **Exercise 05-a.** A sentence has six words. The window is 2, and every centre looks that far. How many pairs are
# there?

# %%
### BEGIN SOLUTION
answer = 2 * (5 + 4)
### END SOLUTION
check("05-a", answer)

# %% [markdown]
# Each word gets two vectors: one for when it is the centre, one for when it is the company of another. The network is
# asked *is this pair real?* Its answer is the dot product of the two, through a sigmoid. This is all of it:

# %% tags=["nbval-ignore-output"]
print(inspect.getsource(skip_gram.network))

# %% [markdown]
# If all pairs were real, *yes* would always be right. So for each real neighbour we draw a few words at random, which
# should get a *no*: **negative sampling**. They are drawn by how often they stand in the text, to the power 3/4.

# %% tags=["nbval-ignore-output"]
print(inspect.getsource(skip_gram.draw))
print(inspect.getsource(skip_gram.share_to_keep))

# %% [markdown]
# The second function is about *the* and *of*. They stand next to everything, and teach little. So most of their
# occurrences are left out: **subsampling**.
#
# **Exercise 05-b.** One word has the count 16 in a text, another one the count 1. How much more often is the first one
# drawn as a negative, as a factor?

# %%
### BEGIN SOLUTION
answer = 16**0.75
### END SOLUTION
check("05-b", answer)

# %% [markdown]
# ## Train it
#
# Now we train, and test with pairs that any programmer would call related: *true* and *false*, *server* and *client*,
# and so on. For comparison we draw pairs at random.
#
# **Predict.** Nineteen of twenty random pairs are less alike than some cosine. What share of the related pairs is
# *more* alike than that?

# %%
### BEGIN SOLUTION
guess = 0.7
### END SOLUTION
predict("05-1", guess)

# %% tags=["nbval-ignore-output"]
docs = word_vectors.train(paragraphs, size=3000)
for word in ("three", "false", "server", "exception"):
    print(f"{word:<9}", ", ".join(docs.nearest(word, 6)))

# %%
related = """true false, first last, two three, input output, server client, key value,
width height, left right, start end, file directory, integer float, upper lower,
encode decode, parent child, minimum maximum, import module, class instance, add remove,
before after, local global, raise exception, list tuple, string characters, read write"""
related = [pair.split() for pair in related.split(",")]
drawn = np.random.default_rng(0).choice(docs.words[:1500], (2000, 2))
by_chance = [docs.similarity(*pair) for pair in drawn if len(set(pair)) == 2]
cosines = [docs.similarity(*pair) for pair in related]
edge = np.quantile(by_chance, 0.95)
above = np.mean(np.array(cosines) > edge)

# %% tags=["nbval-ignore-output"]
from matplotlib.figure import Figure

figure = Figure(figsize=(7, 3.2), layout="constrained")
axes = figure.subplots()
bins = np.linspace(-0.4, 1, 36)
axes.hist(by_chance, bins, density=True, color="0.7", label="random pairs")
look = {"histtype": "step", "color": tl.show.BLUE, "linewidth": 2, "label": "related pairs"}
axes.hist(cosines, bins, density=True, **look)
axes.axvline(edge, color=tl.show.ORANGE, linestyle=":", label="19 of 20 random ones are below")
axes.set(xlabel="cosine of two words", ylabel="density of pairs (per unit of cosine)")
title = f"{above:.0%} of the related pairs are above nearly all random ones"
axes.set_title(title, fontsize="medium")
axes.legend(fontsize="small")
tl.show.display(figure, alt=f"Histograms of cosines of random and of related pairs. {title}.")
reveal("05-1", above)

# %%
assert above > 0.75
assert {"four", "two", "five", "one"} & set(docs.nearest("three", 6))
print("three is near another number, and false near true:", "true" in docs.nearest("false", 6))

# %% [markdown]
# In our run {{lesson.above}} of the related pairs were above that edge. A text without a single label, less than a
# minute on your machine, and numbers find each other.
#
# These vectors know the world of Python's documentation. Ask them for *film*, and they know nothing.
#
# ## Words on a map
#
# Back to the vectors of MiniLM. We press them flat: the two directions in which these words differ most.

# %% tags=["nbval-ignore-output"]
groups = {
    "numbers": ["one", "two", "three", "six", "hundred"],
    "animals": ["dog", "sheep", "horse", "bird", "mouse"],
    "films": ["film", "actor", "scene", "plot", "cinema"],
}
some = [word for group in groups.values() for word in group]
directions = np.stack([vectors.direction(word) for word in some])
centred = directions - directions.mean(axis=0)
flat = centred @ np.linalg.svd(centred, full_matrices=False)[2][:2].T

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(7.5, 4.6), layout="constrained")
axes = figure.subplots()
colours = (tl.show.BLUE, tl.show.ORANGE, tl.show.GREEN)
for place, name in enumerate(groups):
    points = flat[5 * place : 5 * place + 5]
    axes.scatter(*points.T, color=colours[place], marker="os^"[place], label=name)
    for word, point in zip(groups[name], points, strict=True):
        above_or_below = (4, (4, -11)[groups[name].index(word) % 2])
        axes.annotate(word, point, above_or_below, textcoords="offset points", fontsize="small")
axes.set(xlabel="first direction (no unit)", ylabel="second direction (no unit)")
axes.set_title("Words of a kind lie together", fontsize="medium")
axes.legend(fontsize="small")
alt = "A map of 15 words: numbers, animals and words of films lie in groups of their own."
tl.show.display(figure, alt=alt)

# %%
kinds = np.repeat(np.arange(3), 5)
same, cosine = kinds[:, None] == kinds, directions @ directions.T
assert cosine[same & ~np.eye(15, dtype=bool)].mean() > cosine[~same].mean() + 0.2
print("more alike within a group:", cosine[same].mean() > cosine[~same].mean())

# %% [markdown]
# ## Analogies, and their limits
#
# *Man is to king as woman is to what?* Take *king*, subtract *man*, add *woman*, and look up what is near. This made
# word vectors famous. Here are six such questions. The last column is what you get if the three words of the question
# may be answers too.

# %%
asked = """man king woman, france paris italy, good better bad,
walk walked play, uncle aunt brother, slow slower fast"""
honest = 0
for trio in (trio.split() for trio in asked.split(",")):
    usual = vectors.analogy(*trio, n=1)[0]
    first, second, third = map(vectors.direction, trio)
    nearest = vectors.nearest(second - first + third, 1)[0]
    honest += nearest not in trio
    print(f"{trio[0]} : {trio[1]} = {trio[2]} : {usual:<8} (of all words: {nearest})")

# %%
assert vectors.analogy("man", "king", "woman", n=1) == ["queen"]
assert honest <= 1
print("questions answered without leaving words out:", honest)

# %% [markdown]
# Without a hand on the scales, the answer is nearly always one of the words that you put in. That words of the
# question are left out is seldom told with the famous example (Linzen, 2016). *Italy* gives *italian*, and not
# *Rome*. Analogies show that there is order in the vectors. They are no measure of understanding.

# %%
quiz("05-q1")

# %% [markdown]
# ## What else they have learned
#
# Vectors learn what the texts say, also what we would rather they did not. Take the direction from *he* to *she*, and
# look where occupations lie on it.

# %%
jobs = ["nurse", "librarian", "receptionist", "nanny", "housekeeper", "dancer", "teacher"]
jobs += ["engineer", "carpenter", "captain", "mechanic", "architect", "soldier", "philosopher"]
towards_she = vectors.direction("she") - vectors.direction("he")
leaning = {job: float(vectors.direction(job) @ towards_she) for job in jobs}
ordered = sorted(leaning, key=leaning.get)

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(7, 3.6), layout="constrained")
axes = figure.subplots()
colours = [tl.show.ORANGE if leaning[job] > 0 else tl.show.BLUE for job in ordered]
axes.barh(ordered, [leaning[job] for job in ordered], color=colours)
axes.axvline(0, color="black", linewidth=1)
axes.set(xlabel="cosine with she minus cosine with he", ylabel="occupation")
axes.set_title("Occupations lean to he or to she", fontsize="medium")
tl.show.display(figure, alt=f"Occupations from he to she: {', '.join(ordered)}.")

# %%
assert all(leaning[job] > 0 for job in jobs[:7])
assert all(leaning[job] < 0 for job in jobs[7:])
print("each of the first seven leans to she, each of the others to he: True")

# %% [markdown]
# No occupation has a sex. We chose these fourteen words as those who study bias do, by what the stereotype says, and
# the vectors follow it in every one. Bolukbasi et al. (2016) found it in news, Caliskan et al. (2017) showed that
# vectors repeat what psychologists measure in people.
#
# So it is a rule of transfer: **what you transfer from comes along whole**, knowledge and prejudice. If your model
# ranks people, measure this before you use it.

# %%
quiz("05-q2")

# %% [markdown]
# ## Out of vocabulary
#
# A word that is not in the table has no vector: it is **out of vocabulary**. How many are there in our film reviews?
#
# **Predict.** You have trained vectors on Python's documentation, for its 3,000 most frequent words. What share of
# the words in the reviews is missing?

# %%
### BEGIN SOLUTION
guess = 0.2
### END SOLUTION
predict("05-2", guess)

# %% tags=["nbval-ignore-output"]
missing = {}
for name, table in (("docs", docs), ("MiniLM", vectors)):
    missing[name], absent = word_vectors.missing(reviews.train.inputs, table)
    print(f"{name:<7} {missing[name]:.0%} missing, such as {', '.join(absent[:7])}")
reveal("05-2", missing["docs"])

# %%
assert missing["docs"] > 0.25
assert missing["MiniLM"] < 0.12
print("MiniLM misses fewer:", missing["MiniLM"] < missing["docs"])

# %% [markdown]
# The documentation lacks {{lesson.missing_docs}} of the running words. *Film* is among them. That is what a distant
# domain looks like, for texts. MiniLM's table lacks {{lesson.missing_minilm}}.
#
# And BERT has a way out for those: **sub-words**. What is not in the table is put together from pieces that are.

# %%
for word in ("marvellous", "unwatchable", "omelette", "borrring"):
    print(f"{word:<12}", " ".join(minilm.tokenizer.tokens(word)[1:-1]))

# %% [markdown]
# Nothing is out of vocabulary any more, not even a typing error. But a piece such as `##ring` means little by itself.
# It needs a network that puts pieces together, and that is what the blocks of BERT do. Our tables of whole words
# cannot.
#
# ## From words to a sentence
#
# A text is a row of vectors, one for each word, and a head needs *one* vector. The simplest way: take their mean.
# This is a base for the six steps. Its pre-trained part is the table, and it is frozen.

# %% tags=["nbval-ignore-output"]
print(inspect.getsource(word_vectors.average))
print(inspect.getsource(word_vectors.masked_mean))

# %% [markdown]
# Texts in a batch are filled up to the same length with *padding*. The mask keeps it out of the mean.
#
# **Exercise 05-c.** In a tiny table each vector is one number: *good* is 4, *film* is 2, padding is 0. The text *good
# film* was padded to four places. What is its mean, with the mask?

# %%
### BEGIN SOLUTION
answer = (4 + 2) / 2
### END SOLUTION
check("05-c", answer)

# %% [markdown]
# **Predict.** Steps 3 to 6 are those you know. All training questions, six classes: what share of the *test*
# questions will a head on frozen means get right? Guessing gets one in six.

# %%
### BEGIN SOLUTION
guess = 0.5
### END SOLUTION
predict("05-3", guess)

# %% tags=["nbval-ignore-output"]
learn = method(vectors)  # steps 2 to 4 of the recipe, with 30 epochs
judged = {}
for task in (questions, reviews):
    with tl.quietly():
        judged[task.name] = tl.evaluate(learn(task, seed=0), task.test)
    print(f"{task.name:<13} {judged[task.name]}")
reveal("05-3", judged["questions"].accuracy)

# %%
assert judged["questions"].interval[0] > 1 / 6
assert judged["film_reviews"].accuracy < 0.75
print("questions are better than guessing:", judged["questions"].interval[0] > 1 / 6)

# %% [markdown]
# In our run: {{lesson.questions}} of the questions, and {{lesson.film_reviews}} of the reviews, where guessing gets
# half.
#
# ## What a mean forgets
#
# Why are the reviews so hard? Look at what the mean makes of two of them, which say the opposite of each other.

# %%
base = word_vectors.average(vectors)
pair = ["The plot is dull, the ending is not.", "The plot is not dull, the ending is."]
one, other = np.asarray(base(base.tokenizer.encode(pair)))
print("the same vector:", np.allclose(one, other, atol=1e-5))
assert np.allclose(one, other, atol=1e-5)

# %% [markdown]
# The two texts have the same words, so they have the same mean. The **order** is gone. And with it goes what a *not*
# belongs to: **negation** needs its neighbour. There is also what you saw at the start: *good* and *bad* keep the
# same company, so their vectors are alike, although for a review they are opposites.
#
# No head can bring back what the base has lost.
#
# ## Filters that read three words at a time
#
# A small step towards order: a convolution over the row of words. Each of its filters looks at three neighbours, such
# as *not at all* or *I loved it*, and reports where it fits best (Kim, 2014).

# %% tags=["nbval-ignore-output"]
print(inspect.getsource(word_vectors.add_convolution).split('"""')[2])

# %%
import keras

filters = word_vectors.add_convolution(word_vectors.sequence(vectors), reviews)
best_fit = keras.Model(filters.input, filters.get_layer("best_fit").output)
one, other = np.asarray(best_fit(base.tokenizer.encode(pair)))
print("the same vector:", np.allclose(one, other, atol=1e-3))
assert not np.allclose(one, other, atol=1e-3)

# %% [markdown]
# The filters are random still, and they tell the two texts apart already. What each of them looks for has to be
# learned, and that takes labels: nothing but the table is pre-trained here.
#
# ## Random, frozen, fine-tuned
#
# Is it worth it to transfer word vectors? `benchmarks/word_vectors.py` has measured it: five ways, two tasks, five
# seeds.
#
# - `random`: random vectors, which learn together with the head;
# - `docs`: those from Python's documentation, frozen;
# - `minilm` and `minilm_tuned`: MiniLM's vectors, frozen and fine-tuned;
# - `filters`: filters on MiniLM's frozen vectors.

# %%
from tlteach.core.files import bundled

names = ("film_reviews", "questions")
paths = {name: bundled(f"comparisons/word_vectors_{name}.json") for name in names}
records = {name: tl.compare.load(path) for name, path in paths.items()}
most = {name: max(record.budgets) for name, record in records.items()}
print("labels per class:", most)

# %%
pairs = {"vectors": ("minilm", "random"), "docs": ("docs", "random")}
pairs |= {"tuned": ("minilm_tuned", "minilm"), "filters": ("filters", "minilm")}
verdicts = {}
for name, record in records.items():
    print(f"{name}:")
    for key, (first, second) in pairs.items():
        verdicts[f"{name}_{key}"] = record.pair(first, second, most[name]).verdict
        tell(f"  {verdicts[f'{name}_{key}']}")
title = "With all labels, vectors of MiniLM help, and those of Python's documentation do not"

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(9, 3.6), layout="constrained")
for axes, (name, record) in zip(figure.subplots(1, 2), records.items(), strict=True):
    for place, labels in enumerate(record.budgets):
        for height, row in enumerate(r for r in record.rows if r.labels_per_class == labels):
            look = {"color": (tl.show.ORANGE, tl.show.BLUE)[place], "marker": "os"[place]}
            axes.plot([row.low, row.high], [height + 0.2 * place] * 2, color=look["color"])
            label = f"{labels} labels per class" if height == 0 else None
            axes.plot(row.mean, height + 0.2 * place, linestyle="", label=label, **look)
    axes.set_yticks(np.arange(len(record.methods)) + 0.1, record.methods)
    axes.axvline(1 / len(set(record.labels)), color="grey", linestyle=":")
    axes.set(title=name, xlabel="test accuracy (share); dotted: guessing", ylim=(-1.6, 4.6))
    axes.locator_params(axis="x", nbins=6)
    axes.legend(fontsize="small", loc="lower right")
figure.suptitle(title)
tl.show.display(figure, alt=f"Five ways to use word vectors, with 95 % intervals. {title}.")

# %%
assert all(len(row.accuracies) == 5 for record in records.values() for row in record.rows)
for name in names:
    assert verdicts[f"{name}_vectors"].startswith("minilm is better than random")
    assert not verdicts[f"{name}_docs"].startswith("docs is better")
    assert not verdicts[f"{name}_tuned"].startswith("minilm_tuned is better")
    assert not verdicts[f"{name}_filters"].startswith("filters is better")

# %% [markdown]
# What this shows, with all labels, and what it does not:
#
# - **The source decides.** On both tasks, MiniLM's frozen vectors beat random ones that learn. Those from Python's
#   documentation do not. On the questions: *{{lesson.questions_docs}}*.
# - **Fine-tuning is no sure gain.** On the questions: *{{lesson.questions_tuned}}*. A few hundred texts move some
#   words of the table, not the others.
# - **Room for order is not yet order.** The filters can see a *not* and its neighbour, and show no gain.
#
# With few labels, little is shown. What is missing is a base that has *learned* to read words together.

# %% [markdown]
# **Exercise 05-d.** Three colleagues have a problem each. What do they need first: `"sub-words"`, `"order"` or
# `"context"`?
#
# - A: *unfollowable* and *borrring* are not in the table.
# - B: *bank* is one vector, and the reports are about rivers and about money.
# - C: *good, not bad* and *bad, not good* come out the same.

# %%
### BEGIN SOLUTION
answer = {"A": "sub-words", "B": "context", "C": "order"}
### END SOLUTION
check("05-d", answer)

# %%
quiz("05-q3")

# %% [markdown]
# ## Outlook: vectors that know their sentence
#
# A table gives *bank* one vector, whatever the sentence. The blocks of MiniLM change it by its neighbours. Look at
# the same word, after the last block, in four sentences.

# %%
per_token = keras.Model(minilm.input, tl.blocks(minilm)[-1].layers[-1].output)
sentences = ["She sat down on the bank of the river.", "Reeds grow along the muddy bank."]
sentences += ["The bank lends money to farmers.", "He opened an account at the bank."]
token_ids = minilm.tokenizer.encode(sentences)
places = [minilm.tokenizer.tokens(text).index("bank") for text in sentences]
banks = np.asarray(per_token(token_ids))[np.arange(4), places]
banks /= np.linalg.norm(banks, axis=1, keepdims=True)
alike = banks @ banks.T
print("the same meaning is more alike:", min(alike[0, 1], alike[2, 3]) > alike[:2, 2:].max())

# %%
assert min(alike[0, 1], alike[2, 3]) > alike[:2, 2:].max()
assert alike[:2, 2:].mean() < 0.8

# %% [markdown]
# Between the two river banks and between the two money banks the cosines were {{lesson.rivers}} and {{lesson.money}},
# across them {{lesson.across}} on average. In the table it is always 1. These are **contextual vectors**. What blocks
# of attention do, and what they are worth on our reviews, is lesson 06.

# %%
quiz("05-q4")

# %% tags=["nbval-ignore-output", "results"]
{
    "above": f"{above:.0%}",
    "missing_docs": f"{missing['docs']:.0%}",
    "missing_minilm": f"{missing['MiniLM']:.0%}",
    **{name: f"{found.accuracy:.0%}" for name, found in judged.items()},
    **verdicts,
    "rivers": f"{alike[0, 1]:.2f}",
    "money": f"{alike[2, 3]:.2f}",
    "across": f"{alike[:2, 2:].mean():.2f}",
}

# %% [markdown]
# ## Recap
#
# Words that keep the same company get similar vectors, and no label is needed for that. Vectors transfer what their
# texts knew, and what they believed. What is not in the table has no vector; sub-words help. A mean of words is a
# quick base and forgets the order. Frozen, random or fine-tuned: measure it, with intervals. And a word means what
# its sentence makes of it.

# %% [markdown]
# **Read on:** Harris, Distributional Structure, Word 10 (1954). Firth, A Synopsis of Linguistic Theory 1930–1955
# (1957). Mikolov et al., [Distributed Representations of Words and Phrases and their
# Compositionality](https://arxiv.org/abs/1310.4546) (2013). Pennington, Socher and Manning,
# [GloVe](https://aclanthology.org/D14-1162/) (2014). Kim, [Convolutional Neural Networks for Sentence
# Classification](https://arxiv.org/abs/1408.5882) (2014). Bolukbasi et al., [Man is to Computer Programmer as Woman
# is to Homemaker?](https://arxiv.org/abs/1607.06520) (2016). Caliskan, Bryson and Narayanan, [Semantics Derived
# Automatically from Language Corpora Contain Human-like Biases](https://arxiv.org/abs/1608.07187), Science (2017).
# Linzen, [Issues in Evaluating Semantic Spaces Using Word Analogies](https://arxiv.org/abs/1606.07736) (2016). Peters
# et al., [Deep Contextualized Word Representations](https://arxiv.org/abs/1802.05365) (2018).

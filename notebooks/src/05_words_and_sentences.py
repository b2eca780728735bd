# %% [markdown]
# # 05 · Words and sentences
#
# **The question.** How does a word become numbers that know what it means, and how do words become a sentence?
#
# After this lesson you can
#
# - say why words that keep the same company get similar vectors, and train such vectors;
# - look up analogies, and say what they do not prove;
# - measure a bias in word vectors, and the share of words that have none;
# - turn vectors into a base for the six steps, and say what a mean of words loses;
# - compare random, frozen and fine-tuned vectors, and search texts by meaning.
#
# **Cost:** about 60 seconds on two cores, nothing to download. Words in **bold** are in the [glossary](glossary.md).

# %% [markdown]
# `TIER = "full"` takes GloVe, 400,000 words: unpack `glove.6B.zip` from
# [nlp.stanford.edu/projects/glove](https://nlp.stanford.edu/projects/glove/), and say in `GLOVE` where the file is.
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
reviews, questions = tl.tasks.film_reviews_hard(), tl.tasks.questions()
with tl.quietly():  # lesson 02 reads what the steps say
    minilm = tl.base_model(tl.select_source(reviews, "minilm"))

from tlteach.methods.word_vectors import method
from tlteach.text import word_vectors

vectors = word_vectors.of_base(minilm) if TIER == "bundled" else word_vectors.load(GLOVE)
for word in ("funny", "boring", "three", "monday"):
    print(f"{word:<7}", ", ".join(vectors.nearest(word, 6)))

# %% [markdown]
# MiniLM learned that from texts: from words that were covered up, and then from pairs of sentences that people hold
# to be of like meaning (lesson 06). How much do bare texts tell, without such pairs?
#
# ## From one-hot to vectors
#
# The simplest way to write a word as numbers: a row of zeros, with a single one in the place of the word. This is
# **one-hot**. It has a flaw.

# %%
film, movie, carrot = np.eye(3)
print("film and movie: ", np.linalg.norm(film - movie).round(2))
print("film and carrot:", np.linalg.norm(film - carrot).round(2))

# %% [markdown]
# All words are equally far from each other. What you learn about *film* tells you nothing about *movie*.
#
# A **word vector** is short and full: a few hundred numbers, all of them in use. A table holds one row for each word,
# and the layer that looks rows up is an `Embedding`. How alike two words are is told by the *cosine* of the angle
# between their vectors: 1 in the same direction, 0 unrelated.

# %%
print(vectors)
for pair in (("film", "movie"), ("film", "carrot"), ("good", "excellent"), ("good", "bad")):
    print(f"{' and '.join(pair):<19} {vectors.similarity(*pair):.2f}")

# %%
assert vectors.similarity("film", "movie") > vectors.similarity("film", "carrot") + 0.4
assert vectors.similarity("good", "bad") > 0.4

# %% [markdown]
# Look at the last line. *Good* and *bad* are alike! You will meet it again.
#
# ## You shall know a word by the company it keeps
#
# So wrote the linguist J. R. Firth in 1957. Zellig Harris had said in 1954 that words which stand in the same
# surroundings have similar meanings: the **distributional hypothesis**. *The ___ was boring, I left before the end.*
# You know what may stand there, and you know it from the company alone.
#
# **Skip-gram** makes a task of that, one that needs no labels: given a word, tell its neighbours (Mikolov et al.,
# 2013). Your Python has a text with it to read: its own documentation.

# %%
from tlteach.text.gpt.python_docs import documents

paragraphs = [part for text in documents().values() for part in text.split("\n\n")]

# %%
assert len(paragraphs) > 10_000

# %% [markdown]
# The text is cut into pairs: a word in the centre, and one of its neighbours within a *window*.

# %%
from tlteach.text.word_vectors import skip_gram

sentence = word_vectors.words_of("The film was rather dull")
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
import inspect

print(inspect.getsource(skip_gram.network))

# %% [markdown]
# If all pairs were real, *yes* would always be right. So beside each real neighbour stand a few words drawn at
# random, which should get a *no*: **negative sampling**. They are drawn by how often they stand in the text, to the
# power 3/4. The loss is binary cross-entropy, and this is what one epoch learns from:

# %% tags=["nbval-ignore-output"]
print(inspect.getsource(skip_gram.examples))
print(inspect.getsource(skip_gram.draw))

# %% [markdown]
# *The* and *of* stand next to everything, and teach little. So before each epoch most of their occurrences are left
# out: **subsampling**.
#
# **Exercise 05-b.** One word has the count 16 in a text, another one the count 1. How much more often is the first
# one drawn as a negative, as a factor?

# %%
### BEGIN SOLUTION
answer = 16**0.75
### END SOLUTION
check("05-b", answer)

# %% [markdown]
# ## Train it
#
# Now we train, and test with pairs that any programmer would call related, such as *server* and *client*. For
# comparison we draw pairs at random.
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

# %% tags=["hide-input"]
related = """true false, first last, two three, input output, server client, key value,
width height, left right, start end, file directory, integer float, upper lower,
encode decode, parent child, minimum maximum, import module, class instance, add remove,
before after, local global, raise exception, list tuple, string characters, read write"""
related = [pair.split() for pair in related.split(",")]
drawn = np.random.default_rng(0).choice(docs.words[:1500], (2000, 2))
by_chance = [docs.similarity(*pair) for pair in drawn if len(set(pair)) == 2]
cosines = [docs.similarity(*pair) for pair in related]

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.text.word_vectors import figures

edge = np.quantile(by_chance, 0.95)
above = np.mean(np.array(cosines) > edge)
title = f"{above:.0%} of the related pairs are above nearly all random ones"
figure = figures.cosines(by_chance, cosines, edge, title)
tl.show.display(figure, alt=f"Cosines of random and of related pairs. {title}.")
reveal("05-1", above)

# %%
assert above > 0.75
assert {"four", "two", "five", "one"} & set(docs.nearest("three", 6))
assert "true" in docs.nearest("false", 6)

# %% [markdown]
# In our run {{lesson.above}} of the {{lesson.pairs}} related pairs were above that edge. A text without a single
# label, and words find each other. But ask these vectors for *film*, and they know nothing.
#
# ## Words on a map
#
# Back to MiniLM's vectors. We press them flat: the two directions in which these words differ most.

# %%
groups = {
    "numbers": ["one", "two", "three", "six", "hundred"],
    "animals": ["dog", "sheep", "horse", "bird", "mouse"],
    "films": ["film", "actor", "scene", "plot", "cinema"],
}

# %% tags=["nbval-ignore-output", "hide-input"]
figure = figures.word_map(vectors, groups, "Words of a kind lie together")
alt = "A map of 15 words: numbers, animals and words of films lie in groups of their own."
tl.show.display(figure, alt=alt)

# %%
directions = np.stack([vectors.direction(word) for group in groups.values() for word in group])
kinds = np.repeat(np.arange(3), 5)
same, cosine = kinds[:, None] == kinds, directions @ directions.T
assert cosine[same & ~np.eye(15, dtype=bool)].mean() > cosine[~same].mean() + 0.2

# %% [markdown]
# ## Analogies, and their limits
#
# *Man is to king as woman is to what?* Take *king*, subtract *man*, add *woman*, and look up what is near. The last
# column is what you get if the three words of the question may be answers too.

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

# %% [markdown]
# If nothing is left out, the answer is nearly always one of the words that you put in; that they are left out is
# seldom told (Linzen, 2016). *Italy* gives *italian*, and not *Rome*. Analogies show that there is order in the
# vectors. They are no measure of understanding.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("05-q1", option)

# %% [markdown]
# ## What else they have learned
#
# Vectors learn what the texts say, also what we would rather they did not. How far does an occupation lean from *he*
# to *she*? The occupations and the shares of women in them were chosen by others, from statistics of the United
# States (Zhao et al., 2018).

# %% tags=["hide-input"]
women = """carpenter 2, mechanic 4, laborer 4, driver 6, sheriff 14, mover 18, developer 20,
farmer 22, guard 22, chief 27, janitor 34, lawyer 35, cook 38, physician 38, ceo 39, analyst 41,
manager 43, supervisor 44, salesperson 48, editor 52, designer 54, accountant 61, auditor 61,
writer 63, baker 65, clerk 72, cashier 73, counselor 73, attendant 76, teacher 78, librarian 84,
assistant 85, cleaner 89, housekeeper 89, nurse 90, receptionist 90, hairdresser 92,
secretary 95"""
women = {job: float(share) for job, share in map(str.split, women.split(","))}

# %% tags=["nbval-ignore-output"]
from scipy.stats import spearmanr

towards_she = vectors.direction("she") - vectors.direction("he")
leaning = {job: float(vectors.direction(job) @ towards_she) for job in women if job in vectors}
order = spearmanr([women[job] for job in leaning], list(leaning.values()))
print(f"rank correlation over {len(leaning)} occupations: {order.statistic:.2f}")

# %% tags=["nbval-ignore-output", "hide-input"]
title = "The more women in an occupation, the more it leans to she"
figure = figures.leanings(leaning, women, title)
tl.show.display(figure, alt=f"{len(leaning)} occupations as dots. {title}.")

# %% tags=["hide-input"]
assert order.pvalue < 0.001
right_side = sum((value > 0) == (women[job] > 50) for job, value in leaning.items())
assert len(leaning) / 2 < right_side < len(leaning)

# %% [markdown]
# No occupation has a sex. But {{lesson.right_side}} of these {{lesson.jobs}} lean to the side with more people; not
# all do. Caliskan et al. (2017) showed that vectors repeat what psychologists measure in people.
#
# So it is a rule of transfer: *what you transfer from comes along whole*, knowledge and prejudice. If your model
# ranks people, measure this before you use it.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("05-q2", option)

# %% [markdown]
# ## Out of vocabulary
#
# A word that is not in the table has no vector: it is **out of vocabulary**. How many are there in our
# hard film reviews?
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

# %% [markdown]
# The documentation lacks {{lesson.missing_docs}} of the running words, *film* among them: for texts, that is a
# distant domain. MiniLM's table lacks {{lesson.missing_minilm}}. And BERT has a way out for those: **sub-words**.
# What is not in the table is put together from pieces that are.

# %%
for word in ("marvellous", "unwatchable", "omelette", "borrring"):
    print(f"{word:<12}", " ".join(minilm.tokenizer.tokens(word)[1:-1]))

# %% [markdown]
# Nothing is out of vocabulary any more. But a piece such as `##ring` means little by itself:
# it needs a network that puts pieces together.
#
# ## From words to a sentence
#
# A text is a row of vectors, one for each word, and a head needs *one*. The simplest way: take their mean. This is a
# base for the six steps, and its pre-trained part is the table. Texts in a batch are filled up to the same length; a
# mask keeps that out of the mean:

# %% tags=["nbval-ignore-output"]
from tlteach.text.attention import mean_of_tokens

print(inspect.getsource(mean_of_tokens))

# %% [markdown]
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
assert judged["film_reviews_hard"].accuracy < 0.75

# %% [markdown]
# In our run: {{lesson.questions}} of the questions, and {{lesson.film_reviews_hard}} of the reviews, where guessing
# gets half.
#
# **Exercise 05-d.** An experiment. Which words carry the mean? Take some words out of the table, and learn the
# questions again. Does the head get worse, better, or is no difference shown?

# %%
### BEGIN SOLUTION
left_out = ["who", "what", "when", "where", "how", "which", "why", "many", "much"]
### END SOLUTION

# %% tags=["nbval-ignore-output"]
own = None
if left_out is not ...:
    kept = vectors.take(word for word in vectors if word not in left_out)
    with tl.quietly():
        without = tl.evaluate(method(kept)(questions, seed=0), questions.test)
    own = {"left_out": left_out, "with": judged["questions"], "without": without}
    print("with:   ", judged["questions"], "\nwithout:", without)

# %%
### BEGIN SOLUTION
said = "worse"
### END SOLUTION
check("05-d", {"said": said, "measured": own})

# %% [markdown]
# ## What a mean forgets
#
# Why are the reviews so hard? Look at what the mean makes of two that say the opposite of each other.

# %%
pair = ["The plot is dull, the ending is not.", "The plot is not dull, the ending is."]
base = word_vectors.average(vectors)
one, other = np.asarray(base(base.tokenizer.encode(pair)))
print("the same vector:", np.allclose(one, other, atol=1e-5))

# %%
assert np.allclose(one, other, atol=1e-5)

# %% [markdown]
# The two texts have the same words, so they have the same mean. The *order* is gone, and with it what a *not* belongs
# to. There is also what you saw at the start: *good* and *bad* keep the same company, so their vectors are alike,
# although for a review they are opposites. No head can bring back what the base has lost.
#
# A small step towards order: *filters*, a convolution over the row of words. Each looks at three neighbours, such as
# *not at all* or *I loved it*, and reports where it fits best (Kim, 2014).

# %% tags=["nbval-ignore-output"]
import keras

filters = word_vectors.add_convolution(word_vectors.sequence(vectors), reviews)
best_fit = keras.Model(filters.input, filters.get_layer("best_fit").output)
one, other = np.asarray(best_fit(base.tokenizer.encode(pair)))
print("the same vector:", np.allclose(one, other, atol=1e-3))
print(inspect.getsource(word_vectors.add_convolution).split('"""')[2])

# %%
assert not np.allclose(one, other, atol=1e-3)

# %% [markdown]
# The filters are random still, and they tell the two texts apart already. What each looks for has to be learned, and
# that takes labels: nothing but the table is pre-trained here.
#
# ## Random, frozen, fine-tuned
#
# Is it worth it to transfer word vectors? `benchmarks/word_vectors.py` has measured five ways with five seeds. Random
# vectors learn together with the head; all others begin frozen.

# %% tags=["hide-input"]
from tlteach.core.files import bundled
from tlteach.evidence.verdicts import verdict

names = {"film_reviews_hard": "hard film reviews", "questions": "questions"}
paths = {name: bundled(f"comparisons/word_vectors_{name}.json") for name in names}
records = {name: tl.compare.load(path) for name, path in paths.items()}
ways = {"random": "random vectors", "docs": "Python's documentation"}
ways |= {"minilm": "MiniLM, frozen", "minilm_tuned": "MiniLM, fine-tuned"}
ways |= {"filters": "MiniLM, with filters"}

# %% [markdown]
# With all labels, what is shown? *p* is corrected for all pairs of the comparison, the interval is not.

# %% tags=["nbval-ignore-output"]
pairs = {"vectors": ("minilm", "random"), "docs": ("docs", "random")}
pairs |= {"tuned": ("minilm_tuned", "minilm"), "filters": ("filters", "minilm")}
verdicts = {}
for name, record in records.items():
    print(f"{name}:")
    for key, (first, second) in pairs.items():
        pair = record.pair(first, second, max(record.budgets))
        said = verdict(ways[first], ways[second], pair.difference, pair.p_value)
        verdicts[f"{name}_{key}"] = f"{said}, p = {pair.p_value:.1g}"
        tell(f"  {verdicts[f'{name}_{key}']}")

# %% tags=["nbval-ignore-output", "hide-input"]
title = "With all labels, MiniLM's vectors help, and those of Python's documentation do not"
shown = {names[name]: record for name, record in records.items()}
figure = figures.by_method(shown, ways, title)
tl.show.display(figure, alt=f"Five ways to use word vectors, all seeds. {title}.")

# %%
assert all(len(row.accuracies) == 5 for record in records.values() for row in record.rows)
for name in names:
    assert verdicts[f"{name}_vectors"].startswith("MiniLM, frozen is better than random")
    assert not verdicts[f"{name}_docs"].startswith("Python's documentation is better")
    assert not verdicts[f"{name}_tuned"].startswith("MiniLM, fine-tuned is better")
    assert not verdicts[f"{name}_filters"].startswith("MiniLM, with filters is better")

# %% [markdown]
# - **The source decides.** MiniLM's frozen vectors beat random ones that learn, those from Python's documentation do
#   not.
# - **Fine-tuning is no sure gain.** On the questions, the interval lies on one side of 0, and yet nothing is shown:
#   among many pairs, some do so by chance.
# - **Room for order is not yet order.** Filters can see a *not* and its neighbour, and show no gain over a mean.

# %% [markdown]
# What is missing is a base that has *learned* to read words together.
#
# **Exercise 05-e.** Three colleagues have a problem each. What do they need first: `"sub-words"`, `"order"` or
# `"context"`?
#
# - A: *unfollowable* and *borrring* are not in the table.
# - B: *bank* is one vector, and the reports are about rivers and about money.
# - C: *good, not bad* and *bad, not good* come out the same.

# %%
### BEGIN SOLUTION
answer = {"A": "sub-words", "B": "context", "C": "order"}
### END SOLUTION
check("05-e", answer)

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("05-q3", option)

# %% [markdown]
# ## Outlook: vectors that know their sentence
#
# A table gives *bank* one vector, whatever the sentence. The blocks of MiniLM change it by its neighbours. Look at
# the same word, after the last block, in four sentences.

# %%
per_token = keras.Model(minilm.input, tl.blocks(minilm)[-1].layers[-1].output)
sentences = ["She sat down on the bank of the river.", "Reeds grow along the muddy bank."]
sentences += ["The bank lends money to farmers.", "He opened an account at the bank."]
places = [minilm.tokenizer.tokens(text).index("bank") for text in sentences]
banks = np.asarray(per_token(minilm.tokenizer.encode(sentences)))[np.arange(4), places]
banks /= np.linalg.norm(banks, axis=1, keepdims=True)
alike = banks @ banks.T
print("the same meaning is more alike:", min(alike[0, 1], alike[2, 3]) > alike[:2, 2:].max())

# %%
assert min(alike[0, 1], alike[2, 3]) > alike[:2, 2:].max()
assert alike[:2, 2:].mean() < 0.8

# %% [markdown]
# Between the two river banks and between the two money banks the cosines were {{lesson.rivers}} and {{lesson.money}},
# across them {{lesson.across}} on average. In the table it is always 1. These are **contextual vectors**.
#
# ## Search by meaning
#
# MiniLM was made for the mean of *contextual* vectors: there sentences of like meaning lie near each other, and one
# can search by meaning, without labels or training. Ask, and take the nearest of {{lesson.n_questions}} questions:


# %%
def sentence_vectors(texts):
    found = np.asarray(minilm.predict(minilm.tokenizer.encode(texts), verbose=0))
    return found / np.linalg.norm(found, axis=1, keepdims=True)


texts = list(questions.train.inputs)
asked = ["Which physician discovered it?", "How tall is the tower?"]
asked += ["At what hour do shops shut?"]
nearest = (sentence_vectors(asked) @ sentence_vectors(texts).T).argmax(axis=1)
tell("\n".join(f"{text}  ->  {texts[row]}" for text, row in zip(asked, nearest, strict=True)))

# %%
shared = set(word_vectors.words_of(asked[0])) & set(word_vectors.words_of(texts[nearest[0]]))
assert not shared - {"."}

# %% [markdown]
# *Surgeon* was found for *physician*: the two questions share not one word. What blocks of attention do is lesson 06;
# their code is in lesson 07.

# %%
### BEGIN SOLUTION
option = 1
### END SOLUTION
quiz("05-q4", option)

# %% tags=["nbval-ignore-output", "results"]
{
    "above": f"{above:.0%}",
    "pairs": len(related),
    "right_side": right_side,
    "jobs": len(leaning),
    "missing_docs": f"{missing['docs']:.0%}",
    "missing_minilm": f"{missing['MiniLM']:.0%}",
    **{name: f"{found.accuracy:.0%}" for name, found in judged.items()},
    **verdicts,
    "rivers": f"{alike[0, 1]:.2f}",
    "money": f"{alike[2, 3]:.2f}",
    "across": f"{alike[:2, 2:].mean():.2f}",
    "n_questions": len(texts),
}

# %% [markdown]
# ## Recap
#
# Words that keep the same company get similar vectors, without labels. Vectors transfer what their texts knew, and
# what they believed. What is not in the table has no vector; sub-words help. A mean of words is a quick base and
# forgets the order. And a word means what its sentence makes of it.
#
# **Next:** [06 · Six steps on text](06_six_steps_on_text.ipynb): transfer from a network that has learned to read
# words together.

# %% [markdown]
# **Read on:** Harris, Distributional Structure, Word 10 (1954). Firth, A Synopsis of Linguistic Theory 1930–1955
# (1957). Mikolov et al., [Distributed Representations of Words and Phrases and their
# Compositionality](https://arxiv.org/abs/1310.4546) (2013). Pennington, Socher and Manning,
# [GloVe](https://aclanthology.org/D14-1162/) (2014). Kim, [Convolutional Neural Networks for Sentence
# Classification](https://arxiv.org/abs/1408.5882) (2014). Bolukbasi et al., [Man is to Computer Programmer as Woman
# is to Homemaker?](https://arxiv.org/abs/1607.06520) (2016). Caliskan, Bryson and Narayanan, [Semantics Derived
# Automatically from Language Corpora Contain Human-like Biases](https://arxiv.org/abs/1608.07187), Science (2017).
# Zhao et al., [Gender Bias in Coreference Resolution](https://arxiv.org/abs/1804.06876) (2018). Linzen, [Issues in
# Evaluating Semantic Spaces Using Word Analogies](https://arxiv.org/abs/1606.07736) (2016). Peters et al., [Deep
# Contextualized Word Representations](https://arxiv.org/abs/1802.05365) (2018). Reimers and Gurevych,
# [Sentence-BERT](https://arxiv.org/abs/1908.10084) (2019).

# %% [markdown]
# # 06 · Six steps on text
#
# **The question.** You have 64 labelled film reviews. Can a network that has read much English tell who liked the film?
#
# After this lesson you can
#
# - run the six steps on texts, with the same six lines as on pictures;
# - say what a network sees of a text: word pieces, padding, and its mask;
# - hold a model against fair baselines, and say when they win;
# - read mistakes, and the words that moved a decision, without believing too much;
# - say why the source decides: a base that has read English reads little else.
#
# **Cost:** about 110 seconds on two cores, nothing to download.

# %% [markdown]
# With `TIER = "full"` you use real film reviews, those of IMDb. They are long, and there are many: without a graphics
# card it takes long, too. Our own numbers stay as they are.
#
# ## First, a result
#
# The base is MiniLM, a small BERT. It is frozen, and a head learns from 32 reviews of each class.

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal, tell

TIER = "bundled"
task = tl.tasks.film_reviews(TIER)
few = task.subset(n_per_class=32)
quick = tl.transfer(few, epochs=20, fine_tune_epochs=0, learning_rate=1e-2, verbose=0)
print(quick)

# %%
assert quick.frozen.test.accuracy > 0.52
print("better than guessing:", quick.frozen.test.accuracy > 0.5)

# %% [markdown]
# In our run {{lesson.quick}} of the test reviews were right. That may seem little. Read some of them first.
#
# ## The task

# %%
print(task)

# %%
for row in (1, 3, 6, 10):
    name = task.class_names[task.train.labels[row]]
    tell(f"{name}: {task.train.inputs[row]}")

# %% [markdown]
# These reviews were written for this course, and they are difficult on purpose. Words of praise stand in bad reviews,
# and grim words in good ones. What counts is what the writer *means*.
#
# So the numbers of this lesson compare methods. They do not tell you how well BERT does on reviews as people write
# them. For that, we have measured real texts too, further down.
#
# **Predict.** You know a number for 64 reviews and one draw of them. What share of the validation reviews will be
# right when you do it step by step?

# %%
### BEGIN SOLUTION
guess = 0.7
### END SOLUTION
predict("06-1", guess)

# %% [markdown]
# ## Steps 1 and 2. A source that has read

# %%
source = tl.select_source(task)

# %%
base = tl.base_model(source)

# %%
tl.proofs(2)

# %% [markdown]
# The last proof is new: below you see what padding is. The base comes with something that no base of pictures has: its
# `tokenizer`.
#
# ## What the network sees
#
# A network takes numbers. The tokenizer cuts a text into **word pieces** and gives the number of each. A frequent word
# is one piece. A rare word is cut into pieces that are in the vocabulary; `##` says that a piece goes on with a word.

# %%
tokenizer = base.tokenizer
for text in ("A lovely film.", "An unwatchable film.", "Soporific!"):
    print(tokenizer.tokens(text))
print("pieces in the vocabulary:", tokenizer.vocabulary_size)

# %% [markdown]
# `[CLS]` and `[SEP]` mark the beginning and the end. Capitals are gone. No word is unknown, as long as its letters are
# known: that is what pieces are for.
#
# **Exercise 06-a.** WordPiece is greedy. It takes the longest piece from the left, then the longest of what is left.
# This is a small vocabulary. How many pieces does it make of the word *unwatchably*?

# %%
from tlteach.course.lessons.lesson_06 import PIECES

print(*PIECES)
### BEGIN SOLUTION
answer = len(["unwatch", "##ab", "##ly"])
### END SOLUTION
check("06-a", answer)

# %% [markdown]
# ## Padding
#
# Texts differ in length, and a batch is a rectangle. So shorter rows are filled up with `[PAD]`, number 0.

# %%
ids = tokenizer.encode(["Soporific!", "I fell asleep, and I was not the only one."])
print(ids.shape)
print(ids[0])

# %% [markdown]
# tlteach makes each batch as long as its own longest text, rounded up to a multiple of 16. Many scripts fill every
# batch up to one fixed length. What does that cost?

# %% tags=["nbval-ignore-output"]
import time

rows, seconds = range(32), {}
for length in (None, tokenizer.max_tokens):
    filled = few.train.load(rows, tokenizer, length)
    base.predict_on_batch(filled)  # the first call of a length compiles the network for it
    started = time.perf_counter()
    base.predict_on_batch(filled)
    took = seconds[filled.shape[1]] = time.perf_counter() - started
    print(f"{filled.shape[1]:>4} places: {took:.2f} s for {len(rows)} reviews")

# %%
shortest, longest = sorted(seconds)
assert seconds[longest] > 1.5 * seconds[shortest]

# %% [markdown]
# The longer batch says nothing more. In our run it took {{lesson.padding_times}} times as long.
#
# **Exercise 06-b.** Four texts have 7, 12, 30 and 41 tokens. They go into one batch, as described. How many places of
# it are padding?

# %%
### BEGIN SOLUTION
answer = 4 * 48 - (7 + 12 + 30 + 41)
### END SOLUTION
check("06-b", answer)

# %% [markdown]
# ## The mask, and a silent bug
#
# In **attention**, every token looks at every other and takes from it what it needs. It must not look at padding.
# Nobody tells it unless you do. Here is a small encoder as many write it:

# %%
import keras

keras.utils.set_random_seed(6)
token_ids = keras.Input((None,), dtype="int32")
x = keras.layers.Embedding(tokenizer.vocabulary_size, 16)(token_ids)
x = keras.layers.MultiHeadAttention(num_heads=2, key_dim=8)(x, x)
careless = keras.Model(token_ids, keras.ops.mean(x, axis=1), name="careless")
print(careless.output_shape)

# %% [markdown]
# It runs, it trains, and it gives no error. Yet its answer to a review depends on which other reviews happen to be in
# the batch. tlteach asks every model for texts this question, before it trains:

# %% tags=["nbval-ignore-output"]
from tlteach.text import proofs

careless.tokenizer = tokenizer
found = ""
try:
    proofs.padding_changes_nothing(careless, ids)
except tl.GuardError as error:
    found = str(error)
tell(found)

# %%
assert "attention_mask" in found
print(proofs.padding_changes_nothing(base, ids))

# %% [markdown]
# **Exercise 06-c.** Write the small encoder again, so that padding changes nothing. The vocabulary has 100 pieces, and
# 0 is padding.
#
# - `is_token` says for each place whether it holds a token, $(n, \text{length})$.
# - Give `MultiHeadAttention` an `attention_mask` of the shape $(n, 1, \text{length})$.
# - The mean is the second trap: sum over the tokens alone, and divide by how many there are.

# %%
token_ids = keras.Input((None,), dtype="int32")
is_token = keras.ops.not_equal(token_ids, 0)
x = keras.layers.Embedding(100, 16)(token_ids)
attention = keras.layers.MultiHeadAttention(num_heads=2, key_dim=8)
### BEGIN SOLUTION
x = attention(x, x, attention_mask=keras.ops.expand_dims(is_token, 1))
counts = keras.ops.expand_dims(keras.ops.cast(is_token, "float32"), -1)
mean = keras.ops.sum(x * counts, axis=1) / keras.ops.sum(counts, axis=1)
answer = keras.Model(token_ids, mean)
### END SOLUTION
check("06-c", answer)

# %%
quiz("06-q1")

# %% [markdown]
# ## Steps 3 and 4. A head, trained
#
# From here on, nothing differs from pictures. The features are the mean of the token vectors. They are computed once.

# %%
model = tl.add_head(base, few, learning_rate=1e-2)

# %% tags=["nbval-ignore-output"]
first = tl.train(model, few, epochs=20, verbose=0)
frozen = tl.evaluate(model, few.validation)
print(frozen)
reveal("06-1", frozen.accuracy)

# %%
assert frozen.accuracy > 0.52
assert first.history["loss"][-1] < first.history["loss"][0]

# %% [markdown]
# ## Steps 5 and 6. Fine-tune the top blocks

# %%
model = tl.unfreeze(model, from_layer=0.6)

# %% tags=["nbval-ignore-output"]
model = tl.recompile(model, learning_rate=1e-4)

# %% tags=["nbval-ignore-output"]
second = tl.train(model, few, epochs=6, verbose=0)
fine_tuned = tl.evaluate(model, few.validation)
print("frozen:    ", frozen)
print("fine-tuned:", fine_tuned)

# %%
assert fine_tuned.accuracy > 0.52
assert len(second.history["val_loss"]) == 6

# %% tags=["nbval-ignore-output"]
figure = tl.show.learning_curves(first.history, second.history)
finding = figure.get_suptitle()
tl.show.display(figure, alt=f"Loss and accuracy over the epochs. {finding}.")

# %%
assert len(first.history["val_loss"]) == 20

# %% [markdown]
# The training loss falls quickly, and validation does not follow as far. With 64 texts a network of millions of weights
# can learn them by heart. This is why `train` keeps the epoch that is best on validation.
#
# ## A fair baseline
#
# Before anyone had BERT, one counted words. **TF-IDF** gives each word and pair of words a weight: high where it is
# frequent in this text and rare in the others. A logistic regression does the rest. It takes a few lines of
# scikit-learn and no time at all.
#
# **Predict.** From the same 64 reviews: what share of the validation reviews will it get right?

# %%
### BEGIN SOLUTION
guess = 0.55
### END SOLUTION
predict("06-2", guess)

# %% tags=["nbval-ignore-output"]
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
counting = make_pipeline(words, LogisticRegression(C=10))
counting.fit(few.train.inputs, few.train.labels)
counted = counting.score(few.validation.inputs, few.validation.labels)
reveal("06-2", counted)

# %%
assert counted < fine_tuned.accuracy + 0.1

# %% [markdown]
# That was one draw of 64 reviews. So we have done it with five, and with two more baselines: runs of characters instead
# of words, and a small transformer that starts from random weights. All methods learned from the same texts, and the
# strength of each regression was chosen by cross-validation.

# %%
from matplotlib.figure import Figure

from tlteach.core.files import bundled

films = tl.compare.load(bundled("comparisons/text_film_reviews.json"))
questions = tl.compare.load(bundled("comparisons/text_questions.json"))
for record in (films, questions):
    print(record.task, len(record.runs), "runs,", len(record.labels), "test texts")

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(9, 2.8), layout="constrained")
both = zip(figure.subplots(1, 2), (films, questions), (2, 6), strict=True)
for axes, record, classes in both:
    rows = record.rows[::-1]
    names, means = zip(*[(row.method, row.mean) for row in rows], strict=True)
    bars = [[row.mean - row.low for row in rows], [row.high - row.mean for row in rows]]
    axes.errorbar(means, names, xerr=bars, fmt="o", color=tl.show.BLUE, capsize=3)
    axes.axvline(1 / classes, color="grey", linestyle=":", label="guessing")
    axes.set(xlabel="test accuracy (share), mean of 5 seeds", title=record.task.split(",")[0])
    axes.legend(fontsize="small")
    axes.margins(y=0.15)
finding = "With 64 labels, a base that has read is ahead of counting words on both tasks"
figure.suptitle(finding)
tl.show.display(figure, alt=f"Accuracy of five methods on two tasks. {finding}.")

# %%
mean = [{row.method: row.mean for row in record.rows} for record in (films, questions)]
for means in mean:
    others = [means[name] for name in ("word_tfidf", "character_tfidf", "scratch")]
    assert means["frozen"] > max(others)
    assert means["fine_tuned"] > max(others)

# %% [markdown]
# The bars are 95 % intervals over seeds. On the films even the best is right in no more than {{lesson.films_best}}:
# these reviews are hard, and 64 are few. Now the pairs, corrected for all ten of a task:

# %%
for record in (films, questions):
    print(record.task.split(",")[0])
    for baseline in ("word_tfidf", "character_tfidf", "scratch"):
        tell(f"  {record.pair('fine_tuned', baseline).verdict}")

# %% [markdown]
# Why do the counts do so badly? They know that *good* was in three good reviews. They cannot know that *not half as
# good as* turns it around. And 64 short texts hold few of the words that the test will use. The small transformer could
# learn all that, but not from 64 texts.
#
# **Predict.** On `questions`, how many points does fine-tuning add to the frozen base, on average over the five seeds?

# %%
### BEGIN SOLUTION
guess = 3
### END SOLUTION
predict("06-3", guess)

# %% tags=["nbval-ignore-output"]
for record in (films, questions):
    pair = record.pair("fine_tuned", "frozen")
    print(f"{record.task.split(',')[0]:<14} p = {pair.p_value:.2g}: {pair.verdict}")
added = 100 * questions.pair("fine_tuned", "frozen").difference.mean
reveal("06-3", round(added, 1))

# %%
assert -20 < added < 40

# %% [markdown]
# **Exercise 06-d.** Which of the two does the record show to be better? Write `frozen`, `fine_tuned` or `not shown`.

# %%
### BEGIN SOLUTION
answer = {"films": "not shown", "questions": "fine_tuned"}
### END SOLUTION
check("06-d", answer)

# %% [markdown]
# ## Texts as people write them
#
# Our reviews were written so that counting fails. Here are real texts: text messages, spam or not, sentences of film
# reviews, and reviews of kitchen things. 32, 128 and 512 labels in all, {{lesson.real_seeds}} seeds each.

# %% tags=["nbval-ignore-output"]
import json

measured = json.loads(bundled("comparisons/text.json").read_text(encoding="utf-8"))
real, mail = measured["real"], measured["mail"]
methods = ("frozen", "fine_tuned", "word_tfidf", "character_tfidf", "scratch")
print(f"{'labels':>16}" + "".join(f"{name:>17}" for name in methods))
for name, budgets in real.items():
    for labels in sorted(budgets, key=int):
        cells = [f"{budgets[labels]['accuracy'][method]:>17.3f}" for method in methods]
        print(f"{name:<10}{labels:>6}", *cells, sep="")

# %% tags=["nbval-ignore-output"]
f1 = real["sms_spam"]["128"]["f1_of_spam"]
assert set(f1) == set(methods)
kitchen = real["kitchen"]["512"]["verdicts"]
for pair in ("fine_tuned_and_frozen", "word_tfidf_and_frozen", "word_tfidf_and_fine_tuned"):
    print(kitchen[pair])

# %% [markdown]
# With 512 kitchen reviews, counting words beats the frozen base; fine-tuning beats both.
#
# On text messages, the small transformer from scratch is nearly as good as BERT fine-tuned; on our own tasks it
# is near guessing. Spam says *free*, *call* and *prize* again and again: no reading is needed.
#
# Only one message in eight is spam, so accuracy flatters. **F1** is the harmonic mean of two shares: how much of the
# spam is found, and how much of what is called spam is spam. With 128 messages it was {{lesson.spam_fine_tuned}}
# fine-tuned, {{lesson.spam_scratch}} from scratch, {{lesson.spam_frozen}} frozen, and {{lesson.spam_characters}} for
# runs of characters. So try the cheap ones first: they tell how much of your task is in single words.

# %%
quiz("06-q2")

# %% [markdown]
# ## The same lines, another task
#
# `questions` asks what is asked for: a person, a place, a time, a number, a reason or a way. Two examples:

# %%
asking = tl.tasks.questions()
for row in (0, 5):
    tell(f"{asking.class_names[asking.train.labels[row]]}: {asking.train.inputs[row]}")

# %% tags=["nbval-ignore-output"]
some = asking.subset(n_per_class=11)
six = tl.transfer(some, epochs=40, fine_tune_epochs=0, learning_rate=1e-2, verbose=0)
figure = tl.show.confusion_matrix(six.frozen.test, asking.class_names)
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"A confusion matrix of six kinds of questions. {finding}.")

# %%
assert six.frozen.test.accuracy > 1 / 6 + 0.1
assert six.frozen.test.confusion.sum() == len(asking.test)

# %% [markdown]
# Nothing but the task has changed, and the head is six classes wide.
#
# ## Read the mistakes
#
# Back to the films. All choices are made: now we look at *test*. These are the mistakes that the fine-tuned model was
# surest of.

# %% tags=["nbval-ignore-output"]
test = tl.evaluate(model, task.test)
print(test)
for row in test.worst(4):
    said, sure = task.class_names[test.predicted[row]], test.probabilities[row].max()
    tell(f"{said}, {sure:.0%} sure, and wrong: {task.test.inputs[row]}")

# %%
assert test.accuracy > 0.52
assert not test.correct[test.worst(4)].any()

# %% [markdown]
# Would you have known? Often such a text speaks the language of the other class until its last words. Sometimes you
# would have been wrong, too. Sometimes the label is wrong. Reading tells which; the number does not.
#
# ## The words that moved it
#
# **Gradient times input** asks: if this word counted a little more, how much surer would the model be? BERT brings each
# embedding to the same length, so a little more of it changes next to nothing. **Integrated gradients** therefore let
# the words come in, from `[MASK]` to what they are, and take the mean of the gradients on the way. Above zero, a word
# speaks for the class.

# %% tags=["nbval-ignore-output"]
from tlteach.text.explain import words_that_moved

row = int(test.worst(1)[0])
scores = words_that_moved(model, task.test.inputs[row])
for word, score in sorted(scores, key=lambda pair: -abs(pair[1]))[:6]:
    print(f"{word:<16} {score:+.2f}")

# %%
assert len(scores) > 1
assert any(score != 0 for _, score in scores)

# %% [markdown]
# It is a hint and not a proof. So take each word away, and see.

# %% tags=["nbval-ignore-output"]
import numpy as np


def without_each_word(model, text):
    """How much surer each word makes the model: the probability with it, less that without."""
    parts = text.split()
    shorter = [" ".join(parts[:i] + parts[i + 1 :]) for i in range(len(parts))]
    found = model.predict(tokenizer.encode([text, *shorter]), verbose=0)
    return parts, (found[0] - found[1:])[:, found[0].argmax()]


parts, moved = without_each_word(model, task.test.inputs[row])
for place in np.argsort(-np.abs(moved))[:6]:
    print(f"{parts[place]:<16} {moved[place]:+.2f}")

# %%
assert len(parts) == len(moved)

# %% [markdown]
# One text proves little. We took the strongest word out of {{lesson.explained}}.
# How often did the decision move as the sign of the score says? A coin would be right in half.

# %% tags=["nbval-ignore-output"]
record = json.loads(bundled("comparisons/explain.json").read_text(encoding="utf-8"))
right = record["right_by_seed"]
for name, ways in right.items():
    for way, by_seed in ways.items():
        print(f"{name:<13} {way:<40} {np.mean(by_seed):.2f}")

# %%
ours, plain, _ = ([ways[way] for ways in right.values()] for way in right["film_reviews"])
assert np.min(ours) > 0.5 > np.max(plain)
wrong, seeds = 1 - np.mean(ours[0]), len(ours[0])  # of the film reviews

# %% [markdown]
# The plain gradient is wrong more often than right: it says what a *small* change would do, and to take a word away is
# a large one. Ours is wrong in {{lesson.explain_wrong}} of these film reviews, too. Before you believe a picture of an
# explanation, ask for such a table.
#
# ## Attention, and what it does not say
#
# Every block computes how much each token looks at each other one. It is tempting to read that as a reason. Look at
# the last block, for a short review.


# %% tags=["nbval-ignore-output"]
def attention_of(base, text, block):
    """How much each token looks at each, the mean over the heads: (tokens, tokens)."""
    pieces = base.tokenizer.tokens(text)
    token_ids = base.tokenizer.encode([text], length=len(pieces))
    before = base.get_layer(f"block_{block - 1}_output_norm").output
    x = keras.Model(base.input, before)(token_ids)
    layer = base.get_layer(f"block_{block}_attention")
    scores = layer(x, x, return_attention_scores=True)[1]
    return pieces, keras.ops.convert_to_numpy(scores)[0].mean(axis=0)


pieces, looks = attention_of(base, "I fell asleep, and I was not the only one.", block=5)

# %%
assert looks.shape == (len(pieces), len(pieces))
assert np.allclose(looks.sum(axis=1), 1, atol=1e-4)

# %% tags=["nbval-ignore-output"]
figure = Figure(figsize=(5.6, 4.6), layout="constrained")
axes = figure.subplots()
figure.colorbar(axes.imshow(looks, cmap="cividis", vmin=0), label="share of attention")
axes.set_xticks(range(len(pieces)), pieces, rotation=60, ha="right")
axes.set_yticks(range(len(pieces)), pieces)
axes.set(xlabel="is looked at", ylabel="looks")
share = looks[:, 0].mean()
finding = f"{share:.0%} of all attention goes to [CLS], which stands in every text"
axes.set_title(finding, fontsize="medium")
tl.show.display(figure, alt=f"Attention of the last block, token by token. {finding}.")

# %%
assert pieces[0] == "[CLS]"
assert share > 0.3

# %% [markdown]
# Most of it goes to a token that is the same in every text. Blocks seem to look there when
# they want nothing.
#
# **Attention is not explanation** is the title of a paper by Jain and Wallace (2019): other attention often gives the
# same decision. Wiegreffe and Pinter answered with *Attention is not not Explanation*: it depends on what you ask of an
# explanation. For you it means: look at it, and prove nothing by it.
#
# Here is a test of our own, on twelve short reviews. The word with most attention, and the word that matters most when
# it is taken away: how often are they the same one?

# %% tags=["nbval-ignore-output"]
short = sorted(task.test.inputs, key=len)[:12]
same = 0
for text in short:
    parts, moved = without_each_word(model, text)
    pieces, looks = attention_of(base, text, block=5)
    words = [piece for piece in pieces if piece.isalpha()]
    strongest = max(words, key=lambda piece: looks[:, pieces.index(piece)].mean())
    same += strongest in parts[int(np.abs(moved).argmax())].lower()
print(f"the same word in {same} of {len(short)} reviews")

# %%
assert same <= len(short) == 12

# %% [markdown]
# In our run it was {{lesson.same_word}} of twelve. So attention is a hint, as the gradient is. In the other reviews it
# pointed at a word that mattered less.

# %%
quiz("06-q3")

# %% [markdown]
# ## The source decides: mail for two people
#
# Giulia lives in Italy and Wei in China. Both get mail in English, and more of it in their own language. Is it spam for
# *this* person? Our base has read English. What does it see?

# %%
print(tokenizer.tokens("The meeting moved to Friday."))
print(tokenizer.tokens("La riunione si sposta a venerdì."))
print(tokenizer.tokens("会议改到星期五。"))

# %% [markdown]
# English: a piece for each word. Italian: words fall into crumbs that mean nothing by themselves. Chinese: most of the
# characters are `[UNK]`, unknown, and all of these look the same to the network.

# %% tags=["nbval-ignore-output"]
for person, own in (("giulia", "Italian"), ("wei", "Chinese")):
    for language in ("English", own):
        for method, found in mail[person][language].items():
            told = f"{found['mean']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"
            print(f"{person:<8}{language:<9}{method:<17}{told}")

# %%
for person, own in (("giulia", "Italian"), ("wei", "Chinese")):
    found = mail[person]
    assert found["English"]["frozen"]["mean"] > found[own]["frozen"]["mean"]
    assert found[own]["character_tfidf"]["mean"] > found[own]["frozen"]["mean"]

# %% [markdown]
# That is the mean accuracy over five draws of 128 mails, with its interval. In Italian and Chinese, BERT is no better
# here than counting runs of characters, which has read nothing. No rate, no head and no number of epochs brings back
# what the source never saw. Step 1 decides what the others can do.

# %%
quiz("06-q4")

# %% [markdown]
# **Exercise 06-e.** Four symptoms. Write the cause of each: `mask`, `source`, `labels` or `compile`.
#
# - A. The same review gets another answer when a longer one is in its batch.
# - B. English mails go well. Chinese ones are near guessing.
# - C. With 64 labels a transformer from scratch is near guessing. With a hundred times as many it is good.
# - D. You unfroze the top, trained again, and all answers are exactly those of before.

# %%
### BEGIN SOLUTION
answer = {"A": "mask", "B": "source", "C": "labels", "D": "compile"}
### END SOLUTION
check("06-e", answer)

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{
    "quick": f"{quick.frozen.test.accuracy:.0%}",
    "counted": f"{counted:.0%}",
    "films_best": f"{max(row.mean for row in films.rows):.0%}",
    "test": f"{test.accuracy:.0%}",
    "same_word": same,
    "real_seeds": len(real["sms_spam"]["128"]["table"][0]["accuracies"]),
    "spam_fine_tuned": f"{f1['fine_tuned']['mean']:.2f}",
    "spam_scratch": f"{f1['scratch']['mean']:.2f}",
    "spam_frozen": f"{f1['frozen']['mean']:.2f}",
    "spam_characters": f"{f1['character_tfidf']['mean']:.2f}",
    "explained": f"{record['texts']} test texts, with {seeds} seeds each",
    "explain_wrong": f"{wrong:.0%}",
    "padding_times": f"{seconds[longest] / seconds[shortest]:.1f}",
}

# %% [markdown]
# ## Recap
#
# The six lines are the same for texts. The tokenizer belongs to the base. The mask belongs to every layer in which
# tokens meet. With few labels, a base that has read wins where meaning decides. Where single words do, counting them or
# a small network may do as well. Read the mistakes. Believe an experiment on the input more than a picture of
# attention. Choose the source first.
#
# **Read on:** Devlin and others, [BERT](https://arxiv.org/abs/1810.04805) (2019). Wang and others,
# [MiniLM](https://arxiv.org/abs/2002.10957) (2020). Reimers and Gurevych,
# [Sentence-BERT](https://arxiv.org/abs/1908.10084) (2019). Jain and Wallace,
# [Attention is not Explanation](https://arxiv.org/abs/1902.10186) (2019). Wiegreffe and Pinter,
# [Attention is not not Explanation](https://arxiv.org/abs/1908.04626) (2019).

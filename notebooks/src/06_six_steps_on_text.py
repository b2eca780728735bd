# %% [markdown]
# # 06 · Six steps on text
#
# **The question.** You have 64 labelled film reviews. Can a network that has read much English tell who liked the film?
#
# After this lesson you can
#
# - run the six steps on texts, with the same six lines;
# - say what a network sees of a text: word pieces, padding, and its mask;
# - hold a model against fair baselines, and say what each was given;
# - read mistakes, and words that moved a decision, without believing too much;
# - say why the source decides: who has read English reads little else.
#
# **Cost:** about 75 seconds on two cores, nothing to download. Words in **bold** are in the [glossary](glossary.md).

# %% [markdown]
# With `TIER = "full"` you use the reviews of IMDb: long ones, and many, for a graphics card.
#
# ## First, a result
#
# The base is MiniLM, a small BERT. It is frozen, and a head learns from 32 reviews of each class. Then it reads two
# sentences that nobody has labelled. Write your own.

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.course import check, predict, quiz, reveal, tell

TIER = "bundled"
task = tl.tasks.film_reviews(TIER)
few = task.subset(n_per_class=32)
source = tl.select_source(task)
base = tl.base_model(source)
model = tl.add_head(base, few)
first = tl.train(model, few, epochs=20, verbose=0)

mine = ["I would watch it again tomorrow.", "Two hours that I shall never get back."]
answers = model.predict(base.tokenizer.encode(mine), verbose=0)
for text, chances in zip(mine, answers, strict=True):
    tell(f"{task.class_names[chances.argmax()]}, {chances.max():.0%} sure: {text}")

# %%
assert first.history["loss"][-1] < first.history["loss"][0]
assert (base.trainable, len(few.train)) == (False, 64) or TIER == "full"

# %% [markdown]
# Those were steps 1 to 4, and nothing in them differs from pictures.
#
# ## The task

# %%
print(task)
for row in (1, 3, 6, 10):
    tell(f"{task.class_names[task.train.labels[row]]}: {task.train.inputs[row]}")

# %% [markdown]
# They were written for this course, as people write. A second set was written against counting: words of praise stand
# in bad reviews, and grim words in good ones.

# %% tags=["hide-input"]
hard = tl.tasks.film_reviews_hard()
for row in (1, 6):
    tell(f"{hard.class_names[hard.train.labels[row]]}: {hard.train.inputs[row]}")

# %% [markdown]
# **Predict.** What share of the validation reviews does the head get right?

# %%
### BEGIN SOLUTION
guess = 0.7
### END SOLUTION
predict("06-1", guess)

# %% tags=["nbval-ignore-output"]
frozen = tl.evaluate(model, few.validation)
reveal("06-1", frozen.accuracy)

# %%
assert frozen.accuracy > 0.6

# %% [markdown]
# ## What the network sees
#
# A network takes numbers. The base has a `tokenizer`, which cuts a text into **word pieces**, and gives the number of
# each. A frequent word is one piece. A rare word is cut into pieces of the vocabulary; `##` goes on with a word.

# %%
tokenizer = base.tokenizer
for text in ("A lovely film.", "An unwatchable film.", "Soporific!"):
    print(tokenizer.tokens(text))
print("pieces in the vocabulary:", tokenizer.vocabulary_size)

# %% [markdown]
# `[CLS]` and `[SEP]` mark the beginning and the end. Capitals are gone.
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
# Texts differ in length, and a batch is a rectangle. So shorter rows are filled up with `[PAD]`, number 0: **padding**.

# %%
ids = tokenizer.encode(["Soporific!", "I fell asleep, and I was not the only one."])
print(ids.shape)
print(ids[0])

# %% [markdown]
# tlteach makes each batch as long as its own longest text, rounded up to a multiple of 16. Many scripts fill every
# batch up to one fixed length. What does that cost?

# %% tags=["nbval-ignore-output", "hide-input"]
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
# In our run the longer batch took {{lesson.padding_times}} times as long, and says nothing more.
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
# In **attention**, every token looks at every other and takes from it what it needs. It must not look at padding. A
# **mask** says which places hold a token. Here is a small encoder without one, as many write it:

# %%
import keras

keras.utils.set_random_seed(6)
token_ids = keras.Input((None,), dtype="int32")
x = keras.layers.Embedding(tokenizer.vocabulary_size, 16)(token_ids)
x = keras.layers.MultiHeadAttention(num_heads=2, key_dim=8)(x, x)
careless = keras.Model(token_ids, keras.ops.mean(x, axis=1), name="careless")
careless.tokenizer = tokenizer

# %% [markdown]
# It runs, it trains, and it gives no error. Yet its answer to a review depends on the other reviews in the batch.
# tlteach asks every model for texts, before it trains:

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.text import proofs

try:
    proofs.padding_changes_nothing(careless, ids)
except tl.GuardError as error:
    tell(f"{error}")
    found = f"{error}"

# %%
assert "attention_mask" in found
assert proofs.padding_changes_nothing(base, ids)

# %% [markdown]
# Keras can carry the mask along: `Embedding(..., mask_zero=True)` makes it, and `MultiHeadAttention` and
# `GlobalAveragePooling1D` obey it. A plain `keras.ops.mean` does not. Or you write it yourself, as our BERT does.
#
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
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("06-q1", option)

# %% [markdown]
# ## Steps 5 and 6. Fine-tune the top blocks

# %% tags=["nbval-ignore-output"]
model = tl.recompile(tl.unfreeze(model, from_layer=0.6), learning_rate=1e-4)
second = tl.train(model, few, epochs=6, verbose=0)
fine_tuned = tl.evaluate(model, few.validation)
print("frozen:    ", frozen)
print("fine-tuned:", fine_tuned)

# %%
assert fine_tuned.accuracy > 0.6
assert len(second.history["val_loss"]) == 6

# %% tags=["nbval-ignore-output", "hide-input"]
figure = tl.show.learning_curves(first.history, second.history)
tl.show.display(figure, alt=f"Loss and accuracy over the epochs. {figure.get_suptitle()}.")

# %%
assert len(first.history["val_loss"]) == 20

# %% [markdown]
# A network of millions of weights can learn 64 texts by heart: its training loss goes on falling where that of
# validation does not. So `train` keeps the epoch that is best on validation. That uses {{lesson.validation}} more
# labels: to choose. Whether fine-tuning gained or lost here is one draw; a record of five follows.
#
# **Exercise 06-d. An experiment.** Where in a review does its verdict stand? Give the model only the first half of the
# words of each validation review, then only the second half. Say `first`, `second`, or `not shown` where the two differ
# by less than ten points: so few reviews cannot tell less.

# %% tags=["nbval-ignore-output"]
from tlteach.text.splits import TextSplit


def accuracy_of(cut):
    """The accuracy on the validation reviews, when the words of each are cut by `cut`."""
    texts = [" ".join(cut(text.split())) for text in few.validation.inputs]
    return tl.evaluate(model, TextSplit(texts, few.validation.labels, 2)).accuracy


### BEGIN SOLUTION
measured = {
    "first": accuracy_of(lambda words: words[: len(words) // 2]),
    "second": accuracy_of(lambda words: words[len(words) // 2 :]),
}
### END SOLUTION
print(measured)
### BEGIN SOLUTION
far = abs(measured["first"] - measured["second"]) >= 0.1
said = max(measured, key=measured.get) if far else "not shown"
### END SOLUTION
check("06-d", {"said": said, "measured": measured})

# %% [markdown]
# ## A fair baseline
#
# Before anyone had BERT, one counted words. **TF-IDF** gives each word and pair of words a weight: high where it is
# frequent in this text and rare in the others. A logistic regression does the rest.
#
# **Predict.** From the same 64 reviews: what share of the validation reviews will it get right?

# %%
### BEGIN SOLUTION
guess = 0.6
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
assert 0.4 < counted < fine_tuned.accuracy + 0.1

# %% [markdown]
# That was one draw. Here are five, on three tasks, with two more baselines: runs of characters, and a small transformer
# from random weights. Guessing gets half of the reviews right, and a sixth of the questions.

# %% tags=["hide-input"]
from tlteach.core.files import bundled

TASKS = {"films": "film_reviews", "hard films": "film_reviews_hard", "questions": "questions"}
METHODS = {"frozen": "frozen base", "fine_tuned": "fine-tuned base"}
METHODS |= {"word_tfidf": "counting words", "character_tfidf": "counting characters"}
METHODS |= {"scratch": "from scratch"}
paths = {name: bundled(f"comparisons/text_{file}.json") for name, file in TASKS.items()}
records = {name: tl.compare.load(path) for name, path in paths.items()}
for name, record in records.items():
    print(f"{name}: {len(record.runs)} runs, {len(record.labels)} test texts")

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.evidence.curves import dots

seeds = {}
for name, record in records.items():
    seeds[name] = {METHODS[row.method]: row.accuracies for row in record.rows}
yours = {"frozen base": frozen.accuracy, "fine-tuned base": fine_tuned.accuracy}
yours["counting words"] = counted
finding = "With 64 labels, a base that has read is ahead of counting on all three tasks"
where = "accuracy on test (share); yours: films, validation"
figure = dots(seeds, finding, inputs=222, yours=yours, xlabel=where)
tl.show.display(figure, alt=f"Accuracy of five methods on three tasks, five draws. {finding}.")

# %%
for record in records.values():
    means = {row.method: row.mean for row in record.rows}
    others = [means[name] for name in ("word_tfidf", "character_tfidf", "scratch")]
    assert min(means["frozen"], means["fine_tuned"]) > max(others)
films = {row.method: row.mean for row in records["films"].rows}
hardest = {row.method: row.mean for row in records["hard films"].rows}
assert films["frozen"] > hardest["frozen"] + 0.1
assert films["word_tfidf"] > hardest["word_tfidf"]

# %% [markdown]
# Was that fair? The networks learned from 64 texts and chose their epoch with 64 more. Counting got 64, and chose its
# settings among them by cross-validation. So here it learns from all 128:

# %% tags=["hide-input"]
import json

measured = json.loads(bundled("comparisons/text.json").read_text(encoding="utf-8"))
for name, file in TASKS.items():
    accuracy = measured["generous"][file]["accuracy"]
    words = f"counting words, 128 labels: {accuracy['word_tfidf_generous']:.2f}"
    print(f"{name:<18} {words}   fine-tuned, 64 + 64: {accuracy['fine_tuned']:.2f}")

# %%
for file in TASKS.values():
    accuracy = measured["generous"][file]["accuracy"]
    assert accuracy["fine_tuned"] == max(accuracy.values())

# %% [markdown]
# Counts know that *good* was in three good reviews, and not that *not half as good as* turns it around. And 64 short
# texts hold few of the words of the test. On hard reviews even the best is right in only {{lesson.hard_best}}: how
# texts were chosen decides what reading is worth.
#
# The verdicts, corrected for the ten pairs of a task:

# %% tags=["hide-input"]
for name, record in records.items():
    print(name)
    for other in ("word_tfidf", "character_tfidf", "scratch"):
        tell(f"  {record.pair('fine_tuned', other).verdict}")

# %% [markdown]
# **Predict.** On `questions`, how many points does fine-tuning add to the frozen base, on average over the five seeds?

# %%
### BEGIN SOLUTION
guess = 3
### END SOLUTION
predict("06-3", guess)

# %% tags=["nbval-ignore-output"]
pairs = {name: record.pair("fine_tuned", "frozen") for name, record in records.items()}
for name, pair in pairs.items():
    print(f"{name:<18} p = {pair.p_value:.2g}: {pair.verdict}")
added = 100 * pairs["questions"].difference.mean
reveal("06-3", round(added, 1))

# %%
assert -20 < added < 40

# %% [markdown]
# **Exercise 06-e.** Which of the two does the record show to be better? Write `frozen`, `fine_tuned` or `not shown`.

# %%
### BEGIN SOLUTION
answer = {"films": "not shown", "hard films": "not shown", "questions": "fine_tuned"}
### END SOLUTION
check("06-e", answer)

# %% [markdown]
# ## Texts that nobody wrote for a course
#
# Text messages, spam or not; sentences of film reviews; reviews of kitchen things. 32, 128 and 512 labels in all,
# {{lesson.real_seeds}} seeds each.

# %% tags=["nbval-ignore-output", "hide-input"]
real, mail = measured["real"], measured["mail"]
print(f"{'labels':>16}" + "".join(f"{name:>17}" for name in METHODS))
for name, budgets in real.items():
    for labels in sorted(budgets, key=int):
        cells = [f"{budgets[labels]['accuracy'][method]:>17.3f}" for method in METHODS]
        print(f"{name:<10}{labels:>6}", *cells, sep="")
kitchen = real["kitchen"]["512"]["verdicts"]
for pair in ("fine_tuned_and_frozen", "word_tfidf_and_frozen", "word_tfidf_and_fine_tuned"):
    print("kitchen, 512:", kitchen[pair])

# %%
f1 = real["sms_spam"]["128"]["f1_of_spam"]
assert set(f1) == set(METHODS)

# %% [markdown]
# With 512 kitchen reviews, counting words beats the frozen base; fine-tuning beats both. On text messages, the small
# transformer from scratch is nearly as good as BERT fine-tuned: spam says *free* and *prize* again and again.
#
# One message in eight is spam, so accuracy flatters. **F1** is the harmonic mean of two shares: how much of the spam is
# found, and how much of what is called spam is spam. With 128 messages it was {{lesson.spam_fine_tuned}} fine-tuned,
# {{lesson.spam_scratch}} from scratch, {{lesson.spam_frozen}} frozen, and {{lesson.spam_character_tfidf}} for counting
# characters. So try the cheap ones first: they tell how much of your task is in single words.

# %%
### BEGIN SOLUTION
option = 1
### END SOLUTION
quiz("06-q2", option)

# %% [markdown]
# ## The same lines, another task
#
# `questions` asks what is asked for: a person, a place, a time, a number, a reason or a way.

# %%
asking = tl.tasks.questions()

# %% tags=["hide-input"]
for row in (0, 5):
    tell(f"{asking.class_names[asking.train.labels[row]]}: {asking.train.inputs[row]}")

# %% tags=["nbval-ignore-output"]
six = tl.transfer(asking.subset(n_per_class=11), fine_tune_epochs=0, verbose=0)

# %% tags=["nbval-ignore-output", "hide-input"]
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
# Back to the films. All choices are made, so we look at *test*, once. In these mistakes the model was surest.

# %% tags=["nbval-ignore-output"]
test = tl.evaluate(model, task.test)
print(test)
for row in test.worst(4):
    said, sure = task.class_names[test.predicted[row]], test.probabilities[row].max()
    tell(f"{said}, {sure:.0%} sure, and wrong: {task.test.inputs[row]}")

# %%
assert test.accuracy > 0.6
assert not test.correct[test.worst(4)].any()

# %% [markdown]
# Would you have known? Sometimes such a text speaks the language of the other class. Sometimes the label is wrong.
# Reading tells which; the number does not.
#
# ## The words that moved it
#
# How much surer would the model be if a word counted a little more? That is the gradient times the input. But BERT
# brings each embedding to the same length. So **integrated gradients** let the words come in, from `[MASK]` to what
# they are, and take the mean of the gradients on the way. Above zero, a word speaks for the class.

# %% tags=["nbval-ignore-output"]
from tlteach.text.explain import explain_text

text = task.test.inputs[int(test.worst(1)[0])]
explanation = explain_text(model, text, class_names=task.class_names)
explanation

# %%
assert len(explanation.words) > 1
assert any(word.score != 0 for word in explanation.words)

# %% [markdown]
# It is a hint and not a proof. So take each word away, and see how much less sure the model is.

# %% tags=["nbval-ignore-output"]
parts = text.split()
shorter = [" ".join(parts[:i] + parts[i + 1 :]) for i in range(len(parts))]
chances = model.predict(tokenizer.encode([text, *shorter]), verbose=0)
moved = (chances[0] - chances[1:])[:, chances[0].argmax()]
for place in sorted(range(len(parts)), key=lambda i: -abs(moved[i]))[:5]:
    print(f"{parts[place]:<16} {moved[place]:+.2f}")

# %%
assert len(parts) == len(moved)

# %% [markdown]
# One text proves little. With a head on the frozen base, we took the strongest word out of {{lesson.explained}}. How
# often did the decision move as the sign of the score says? A coin is no baseline: strong words mostly speak *for* the
# chosen class. So beside it stands how often "for" is right, whatever the score.

# %% tags=["hide-input"]
import numpy as np

record = json.loads(bundled("comparisons/explain.json").read_text(encoding="utf-8"))
print(f"{'':<58}{'right':>7}{'always for':>13}")
for name, ways in record["right_by_seed"].items():
    for way, shares in ways.items():
        always = record["for_by_seed"][name][way]
        told = f"{np.mean(shares):>7.2f}{np.mean(always):>13.2f}"
        print(f"{name:<13}{way:<45}{told}")

# %%
right_in, for_in = (record[key]["film_reviews"] for key in ("right_by_seed", "for_by_seed"))
ours, plain, turned, _ = map(np.mean, right_in.values())
assert ours > np.mean(for_in["integrated gradients from [MASK]"])
assert plain < 0.5 < turned
of_questions = (record[key]["questions"] for key in ("right_by_seed", "for_by_seed"))
more = [np.mean(shares["integrated gradients from [MASK]"]) for shares in of_questions]
assert abs(more[0] - more[1]) < 0.05

# %% [markdown]
# On film reviews, integrated gradients are right more often than "for" alone; on questions they hardly are. The plain
# gradient is wrong more often than right; with its sign turned round, it is right in most. It finds words that matter,
# and says the opposite of what they do. Before you believe an explanation, ask for such a table.
#
# ## Attention, and what it does not say
#
# It is tempting to read attention as a reason. Here is the last block, for a short review.

# %% tags=["nbval-ignore-output"]
from tlteach.text.attention_weights import attention_of, picture

pieces, looks = attention_of(base, "I fell asleep, and I was not the only one.", block=5)
figure = picture(pieces, looks)
finding = figure.axes[0].get_title()
tl.show.display(figure, alt=f"Attention of the last block, token by token. {finding}.")

# %%
assert pieces[0] == "[CLS]"
assert looks[:, 0].mean() > 0.3
same, chance = (record[key]["film_reviews"] for key in ("attention_by_seed", "chance_by_seed"))
assert sum(same) > sum(chance)

# %% [markdown]
# Most of it goes to a token that is the same in every text. Each row adds up to one, so a token that needs nothing has
# to look somewhere.
#
# *Attention is not Explanation*, say Jain and Wallace (2019): other attention often gives the same decision. Here is a
# test of our own, on {{lesson.looked_at}} random reviews and {{lesson.explain_seeds}} seeds. The word with most
# attention and the word that matters most when it is taken away were the same one in {{lesson.same_word}}; by chance,
# {{lesson.same_by_chance}}. So look at attention, and prove nothing by it.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("06-q3", option)

# %% [markdown]
# ## The source decides: mail for two people
#
# Giulia lives in Italy and Wei in China. Both get mail in English, and more of it in their own language. Is it spam for
# *this* person? Our base has read English.

# %%
for text in ("The meeting moved to Friday.", "La riunione si sposta a venerdì.", "会议改到星期五。"):
    print(tokenizer.tokens(text))

# %% [markdown]
# Italian words fall into short pieces that mean nothing by themselves. Most Chinese characters are `[UNK]`, unknown,
# and all look the same to the network. Five draws of 128 mails; the verdicts are corrected for all four.

# %% tags=["hide-input"]
for person, own in (("giulia", "Italian"), ("wei", "Chinese")):
    for language in ("English", own):
        for method, found in mail[person][language].items():
            told = f"{found['mean']:.2f} [{found['low']:.2f}, {found['high']:.2f}]"
            print(f"{person:<8}{language:<9}{METHODS[method]:<21}{told}")
        print(" " * 8 + mail[person]["verdicts"][language])

# %%
for person, own in (("giulia", "Italian"), ("wei", "Chinese")):
    found = mail[person]
    assert found["English"]["frozen"]["mean"] > found[own]["frozen"]["mean"]
    assert all("no difference shown" in verdict for verdict in found["verdicts"].values())

# %% [markdown]
# So few test mails show no difference between the two in any language, not even in English. What can be seen: BERT's
# mean is nearer to guessing in the language that it has not read, for both people. No rate, no head and no number of
# epochs brings back what the source never saw.

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("06-q4", option)

# %% [markdown]
# **Exercise 06-f.** Four symptoms. Write the cause of each: `mask`, `source`, `labels` or `compile`.
#
# - A. The same review gets another answer when a longer one is in its batch.
# - B. English mails go well. Chinese ones are near guessing.
# - C. With 64 labels a transformer from scratch is near guessing. With a hundred times as many it is good.
# - D. You unfroze the top, trained again, and all answers are exactly those of before.

# %%
### BEGIN SOLUTION
answer = {"A": "mask", "B": "source", "C": "labels", "D": "compile"}
### END SOLUTION
check("06-f", answer)

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{
    "validation": len(few.validation),
    "hard_best": f"{max(hardest.values()):.0%}",
    "same_word": f"{np.mean(same):.0%}",
    "same_by_chance": f"{np.mean(chance):.0%}",
    "looked_at": record["texts"],
    "explain_seeds": len(same),
    "real_seeds": len(real["sms_spam"]["128"]["table"][0]["accuracies"]),
    **{f"spam_{method}": f"{f1[method]['mean']:.2f}" for method in METHODS},
    "explained": f"{record['texts']} test texts, with {len(same)} seeds each",
    "padding_times": f"{seconds[longest] / seconds[shortest]:.1f}",
}

# %% [markdown]
# ## Recap
#
# The six lines are the same for texts. The tokenizer belongs to the base, and the mask to every layer in which tokens
# meet. With few labels, a base that has read wins where meaning decides; where single words do, counting may do as
# well. Believe an experiment on the input more than a picture of attention. Choose the source first.
#
# **Next:** [07 · Language models](07_language_models.ipynb): a network that writes, and what it takes along.
#
# **Read on:** Devlin and others, [BERT](https://arxiv.org/abs/1810.04805) (2019). Wang and others,
# [MiniLM](https://arxiv.org/abs/2002.10957) (2020). Sundararajan and others,
# [Integrated gradients](https://arxiv.org/abs/1703.01365) (2017). Jain and Wallace,
# [Attention is not Explanation](https://arxiv.org/abs/1902.10186) (2019). Wiegreffe and Pinter,
# [Attention is not not Explanation](https://arxiv.org/abs/1908.04626) (2019).

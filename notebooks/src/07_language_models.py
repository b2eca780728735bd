# %% [markdown]
# # 07 · Language models
#
# **The question.** A network learns one thing only: which token comes next. What can be transferred from that, and
# how?
#
# After this lesson you can
#
# - say what tokens are, and measure a language model in bits per byte;
# - read attention as a few lines of code, with its masks and its cache;
# - let a model write, with a temperature, top-k and top-p;
# - transfer without gradients, by prompts, and with them, and measure what is gained and forgotten;
# - show two risks: made-up facts, and training text that is recited.
#
# **Cost:** about 75 seconds on two cores, nothing to download. Words in **bold** are in the [glossary](glossary.md).

# %% [markdown]
# ## First, a result
#
# The bundled model has read Python's own documentation, and nothing else. It has GPT-2's layers (Radford et al.,
# 2019), and less than a hundredth of the parameters of even the smallest GPT-2. Ask it for help on a function that
# does not exist:

# %% tags=["nbval-ignore-output"]
import tlteach as tl
from tlteach.core.machine import import_keras

import_keras()
from tlteach.course import check, predict, quiz, reveal, tell
from tlteach.text.gpt import files, prompts
from tlteach.text.gpt.sampling import generate

TIER = "bundled"  # "full": a real GPT-2, see the end of the lesson
GPT2_FOLDER = "gpt2"  # where its config.json, model.safetensors and tokenizer.json are
model = files.load(None if TIER == "bundled" else GPT2_FOLDER)
tokenizer = model.tokenizer
made_up = "shelves.tidy_books(shelf, by='colour')\n   "
invented = generate(model, tokenizer, made_up, 40, temperature=0.7, top_k=40, seed=6)
print(made_up + invented)

# %% tags=["hide-input"]
assert invented.strip()
print("tokens it knows:", tokenizer.vocabulary_size)
print("tokens it sees at once:", model.get_layer("places").input_dim)

# %% [markdown]
# It has the form of documentation, and nothing of it is true.
#
# ## Tokens
#
# A language model reads neither letters nor words, but **tokens**. *Byte-pair encoding* begins with single
# characters, looks for the two tokens that most often stand side by side, joins them into a new one, and goes on
# until the vocabulary is full (Sennrich et al., 2016). GPT-2 begins with *bytes* instead, so that no text is unknown
# (Radford et al., 2019). What is frequent becomes one token; what is rare stays in parts.

# %%
for text in ("The default value is a string.", "Liverwurst is delicious."):
    print(len(text), "characters:", " | ".join(tokenizer.tokens(text)).replace("Ġ", "_"))

# %% [markdown]
# `_` is a space: it belongs to the token after it. That is why the prompt above ends in three spaces and not in four:
# the fourth comes with the next word.
#
# **Exercise 07-a.** Let the whole training text be *hugs hug bug*. Begin with single letters, and leave the spaces
# aside. Make two merges. How many tokens has the text then?

# %%
### BEGIN SOLUTION
answer = len(["hug", "s", "hug", "b", "ug"])
### END SOLUTION
check("07-a", answer)

# %% [markdown]
# ## The one thing it learns
#
# At every place, the model gives a probability to each token that could come next. The loss is the **surprise** at
# the one that did: $-\log p$. Nobody has to label anything.
#
# Add up $-\log_2 p$ over a text that it has not seen, and divide by its bytes. These **bits per byte** can be
# compared between models with different tokens.
#
# **Exercise 07-b.** A text of ten bytes has four tokens. A model gave them the probabilities 1/2, 1/4, 1/8 and 1/4.
# How many bits per byte are that?

# %%
### BEGIN SOLUTION
answer = (1 + 2 + 3 + 2) / 10
### END SOLUTION
check("07-b", answer)

# %% [markdown]
# Some documents were held out, and they are the test set of this whole lesson. Held out is not enough: pydoc's
# chapter *try* stands, word for word, in its chapter *compound*. Documents that repeat the training text were left
# out.
#
# **Predict.** How many bits per byte will the bundled model need for the others? To write the bytes as they are
# takes 8.

# %%
### BEGIN SOLUTION
guess = 2
### END SOLUTION
predict("07-1", guess)

# %% tags=["nbval-ignore-output"]
from tlteach.text.gpt.measures import bits_per_byte
from tlteach.text.gpt.python_docs import training_and_held_out

learned, held_out = training_and_held_out()
needed = bits_per_byte(model, held_out)
reveal("07-1", needed)

# %% [markdown]
# ## Pre-train
#
# Pre-training is that loss, over and over. It begins like this: the same layers, random weights, a few seconds. The
# bundled weights had {{lesson.pretraining_minutes}} minutes.

# %% tags=["nbval-ignore-output"]
import keras

from tlteach.text.gpt.network import decoder
from tlteach.text.gpt.training import train

keras.utils.set_random_seed(0)
bundled_gpt = files.load()
beginner = decoder(files.config_of(bundled_gpt))
beginner.tokenizer = bundled_gpt.tokenizer
losses = train(beginner, learned, steps=20, learning_rate=6e-3)
begun = bits_per_byte(beginner, held_out)
print("loss of each ten steps, in nats per token:", *(f"{loss:.1f}" for loss in losses))

# %% [markdown]
# What to compare it with? Before there were neural networks, one counted. A model of **n-grams** counts what followed
# the last few symbols. It is no weak baseline. Each has the length here that does best on the held-out documents: a
# favour to counting.

# %% tags=["hide-input"]
import json

from tlteach.core.files import bundled

card = json.loads((bundled(files.BUNDLED) / "card.json").read_text(encoding="utf-8"))
measured = json.loads((bundled(files.BUNDLED) / "measured.json").read_text(encoding="utf-8"))

# %% tags=["nbval-ignore-output", "hide-input"]
from tlteach.text.gpt import figures

bits = card["bits_per_byte"]
bars = {"a few seconds": begun, "counts of five bytes": bits["five_bytes"]}
bars |= {"counts of three tokens": bits["three_tokens"], "bundled weights": bits["gpt"]}
finding = "Counting goes far; the pre-trained network goes further"
counted = [name for name in bars if "counts" in name]
figure = figures.bits_of_models(bars, counted, finding)
tl.show.display(figure, alt=f"Four bars of bits per byte. {finding}.")

# %%
assert losses == sorted(losses, reverse=True)
assert bits["gpt"] < bits["three_tokens"] < bits["five_bytes"] < begun < 8
if TIER == "bundled":
    assert 0.9 < needed / bits["gpt"] < 1.1

# %% [markdown]
# After a few seconds it needs {{lesson.begun}} bits, the counts of three tokens need {{lesson.three_tokens}}, the
# bundled weights {{lesson.gpt}}.
#
# ## Attention: how a token looks at others
#
# To tell what comes next, a token has to look at those before it. Each token makes three vectors: a **query**, what
# it looks for; a **key**, by which it is found; and a **value**, what it gives. This is the very code that our model
# runs (Vaswani et al., 2017):

# %% tags=["nbval-ignore-output"]
import inspect

from tlteach.text.attention import attend, causal_mask, padding_mask

print(inspect.getsource(attend))

# %% [markdown]
# Four tokens with random vectors. As values we give a one for each token at its own place, so that what comes out are
# the *shares* themselves: row by row, how much each token takes from which.

# %%
import numpy as np

query, keys = np.random.default_rng(2).normal(size=(2, 4, 8))
places = np.arange(4)[None]
masks = {
    "no mask": np.ones((4, 4), bool),
    "causal mask": np.asarray(causal_mask(places, places))[0],
    "padding mask": np.asarray(padding_mask(np.array([[7, 5, 9, 0]]), padding_id=0)),
}
shares = {}
for name, mask in masks.items():
    shares[name] = np.asarray(attend(query, keys, np.eye(4), mask))
    print(f"{name}\n{shares[name].round(2)}")

# %%
assert all(np.allclose(found.sum(axis=1), 1) for found in shares.values())
assert np.allclose(np.triu(shares["causal mask"], 1), 0)
assert np.allclose(shares["padding mask"][:, 3], 0)

# %% [markdown]
# A **causal mask** hides what comes later: a model that may look ahead would only copy the next token. BERT guesses
# words in the middle, and may look both ways; it hides padding, here the last token.
#
# **Exercise 07-c.** After dividing by $\sqrt d$, a query has the score 0 with one key and $\log 3$ with another.
# Their values are 10 and 20. What does attention give?

# %%
### BEGIN SOLUTION
weights = np.exp([0, np.log(3)]) / np.exp([0, np.log(3)]).sum()
answer = weights @ [10, 20]
### END SOLUTION
check("07-c", answer)

# %% [markdown]
# A *block* is attention, then two dense layers for each token; both are *added* to what came in. The model is
# {{lesson.blocks}} such blocks, between a table of vectors and the same table read backwards.

# %% tags=["nbval-ignore-output"]
from tlteach.text.gpt import network

for part in (network.block, network.asked, network.answered):
    print(inspect.getsource(part))

# %% [markdown]
# ## Let it write
#
# To write, take the probabilities of the next token, choose one, append it, and begin again. How to choose?
#
# - **Temperature** divides the logits before the softmax. Below 1, what is likely becomes likelier. At 0, always take
#   the most likely token; that is called *greedy*.
# - **Top-k** keeps the k most likely tokens, and draws from these (Fan et al., 2018).
# - **Top-p** keeps the fewest tokens that together have the probability p: the *nucleus* (Holtzman et al., 2020).

# %% tags=["nbval-ignore-output"]
from tlteach.text.gpt.sampling import nucleus, softmax
from tlteach.text.gpt.tokens import whole

opening, surer = "    Return True if the", "json.loads(s, *, cls=None, object_hook="
logits = {text: model.predict_on_batch(np.array(whole(tokenizer, [text])))[0, -1]
          for text in (opening, surer)}  # fmt: skip

# %% tags=["nbval-ignore-output", "hide-input"]
best = [tokenizer.decode([token]) for token in np.argsort(-logits[opening])[:8]]
finding = f"After “{opening.strip()}”: the higher the temperature, the more even the choice"
figure = figures.next_tokens(logits[opening], best, (0.5, 1, 2), finding)
tl.show.display(figure, alt=f"The eight most likely tokens and all others. {finding}.")

# %%
highest = [softmax(logits[opening] / temperature).max() for temperature in (0.5, 1, 2)]
assert highest == sorted(highest, reverse=True)

# %% tags=["nbval-ignore-output"]
for text, found in logits.items():
    n_tokens = (nucleus(softmax(found), 0.9) > 0).sum()
    print(f"{text.strip()!r}: top_p=0.9 keeps {n_tokens} of {tokenizer.vocabulary_size} tokens")

# %%
kept = {text: int((nucleus(softmax(found), 0.9) > 0).sum()) for text, found in logits.items()}
if TIER == "bundled":
    assert kept[surer] < 20 < 100 < kept[opening]

# %% tags=["nbval-ignore-output"]
ways_to_draw = [{"temperature": 0}, {"temperature": 2}]
ways_to_draw += [{"temperature": 1, "top_k": 40}, {"temperature": 1, "top_p": 0.9}]
for settings in ways_to_draw:
    print(settings, "\n" + opening + generate(model, tokenizer, opening, 30, **settings), "\n")

# %% [markdown]
# Greedy text turns in circles; at a high temperature the words fall apart. Top-k keeps as many tokens where the model
# is sure as where it is not. Top-p keeps few here and many there. That is why it was proposed.
#
# **Exercise 07-d.** Three tokens have the logits 2, 1 and 0. You draw with `temperature=0.5` and `top_k=2`. How
# likely is the first token?

# %%
### BEGIN SOLUTION
answer = np.exp(4) / (np.exp(4) + np.exp(2))
### END SOLUTION
check("07-d", answer)

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("07-q1", option)

# %% [markdown]
# ## The key-value cache
#
# No token looks at later ones. So the keys and values of earlier tokens stay as they are, and can be kept: compute
# once what does not change, as at the boundary of lesson 02.
#
# **Exercise 07-e.** A prompt has 20 tokens, and 30 new ones are written. *Without* a cache, the whole text so far
# passes through the network for each new token. How many tokens pass through it in all?

# %%
### BEGIN SOLUTION
answer = sum(range(20, 50))
### END SOLUTION
check("07-e", answer)

# %% [markdown]
# **Predict.** With the cache, each token passes once. How many times as fast will our small model write 100 tokens?

# %%
### BEGIN SOLUTION
guess = 20
### END SOLUTION
predict("07-2", guess)

# %% tags=["nbval-ignore-output", "hide-input"]
import time

texts, seconds = {}, {}
for use_cache in (True, False):
    for n_tokens in (5, 100):  # the first, short run is for building the network
        started = time.perf_counter()
        settings = {"temperature": 0, "use_cache": use_cache}
        texts[use_cache] = generate(model, tokenizer, opening, n_tokens, **settings)
        seconds[use_cache] = time.perf_counter() - started
reveal("07-2", seconds[False] / seconds[True])

# %%
assert texts[True] == texts[False]
assert seconds[True] < seconds[False]

# %% [markdown]
# The text is the same; in this run it came {{lesson.faster}} times as fast. In so small a network, a step costs
# little more than calling it. In a large one, the cache decides whether a chat is bearable.

# %%
### BEGIN SOLUTION
option = 1
### END SOLUTION
quiz("07-q2", option)

# %% [markdown]
# ## Transfer without gradients
#
# A task can be put to a language model as text that it goes on with. *Zero-shot*: the question alone. *One-shot* and
# *few-shot*: one or some solved examples first. No weight changes (Brown et al., 2020, with GPT-3). Can ours do that?
# The words in these patterns are made up, so nothing can be known by heart.

# %%
for name, pattern in prompts.PATTERNS.items():
    question, right = pattern.make(np.random.default_rng(1))
    print(f"{name}: {pattern.what}\n  asked {question!r}, right is {right!r}")

# %% [markdown]
# *Echo* asks for a made-up word. With examples before it, this is a matter of seeing the pattern:

# %% tags=["hide-input"]
print(prompts.prompt(prompts.PATTERNS["echo"], 2, np.random.default_rng(0))[0] + "?")

# %% [markdown]
# **Predict.** With four examples before it: in what share of such prompts will the model answer rightly?

# %%
### BEGIN SOLUTION
guess = 0.5
### END SOLUTION
predict("07-3", guess)

# %% tags=["nbval-ignore-output"]
answered, bits_of_answers = prompts.ask(model, prompts.PATTERNS["echo"], shots=4, n=100)
reveal("07-3", answered.mean())

# %% [markdown]
# A hundred prompts of one kind say little. Here are all seven, with {{lesson.prompts}} prompts for each dot.

# %% tags=["nbval-ignore-output", "hide-input"]
success = measured["success"]
finding = "It does what documentation has taught it; examples teach it no new task"
figure = figures.shots(success, finding)
tl.show.display(figure, alt=f"Right answers with 0, 1 and 4 examples. {finding}.")

# %%
assert success["method"]["0"]["interval"][0] > 0.95
assert success["close"]["4"]["interval"][1] < success["close"]["0"]["interval"][0]
for name in ("count", "repeat", "echo", "compare"):
    assert success[name]["4"]["interval"][1] < 0.1
assert success["compare"]["4"]["bits_interval"][1] < success["compare"]["0"]["bits_interval"][0]

# %% [markdown]
# Read it from the left. *method*, *quote* and *close* are habits of documentation: it has them without any example,
# some always and some seldom. The four others would have to be picked up from the prompt. None is. Examples even harm
# where brackets are to be closed. The lower row shows a trace of learning: for *compare*, examples make `True` and
# `False` likelier, and never likely enough.
#
# And the large ones? On LAMBADA, a model has to guess the last word of a passage. Published, in per cent:

# %% tags=["hide-input"]
for who, accuracy in prompts.LAMBADA.items():
    print(f"{who:<18}{accuracy:>7.2f} %")

# %% [markdown]
# GPT-3 has about a hundred times the parameters of this GPT-2, and ours less than a thousandth. One example made
# even GPT-3 *worse* than none, and more of them much better. The gain from examples grows with the size of the model
# (Brown et al., 2020).

# %%
### BEGIN SOLUTION
option = 3
### END SOLUTION
quiz("07-q3", option)

# %% [markdown]
# ## Fine-tune on a second style
#
# Now with gradients. The second style: the bundled film reviews, without their labels. It is the same loss, at a low
# rate, for {{lesson.steps}} steps.

# %%
reviews = tl.tasks.film_reviews_hard()
styles = {"documentation": held_out, "reviews": reviews.test.inputs}
before = {"documentation": needed, "reviews": bits_per_byte(model, styles["reviews"])}
pretrained = model.get_weights()


def try_out(steps, learning_rate):
    model.set_weights(pretrained)
    train(model, reviews.train.inputs, steps, learning_rate)
    return {style: bits_per_byte(model, texts) for style, texts in styles.items()}


# %% [markdown]
# **Predict.** The reviews will be learned. What happens to the documentation? It needs {{lesson.gpt}} bits now. How
# many after fine-tuning on reviews?

# %%
### BEGIN SOLUTION
guess = 2
### END SOLUTION
predict("07-4", guess)

# %% tags=["nbval-ignore-output"]
after = try_out(steps=30, learning_rate=1e-3)
for style in styles:
    print(f"{style}: {before[style]:.2f} bits before, {after[style]:.2f} after")
print("The film is" + generate(model, tokenizer, "The film is", 30, temperature=0.7, top_p=0.9))
reveal("07-4", after["documentation"])

# %%
if TIER == "bundled":
    assert after["reviews"] < before["reviews"] - 0.2
    assert after["documentation"] > before["documentation"] + 0.02

# %% [markdown]
# Bits per byte see a gain long before a reader does. That was one run. Here are five seeds of it, and another way:
# *rehearsal*, where half of what it learns from is documentation.

# %% tags=["nbval-ignore-output", "hide-input"]
tuned = measured["fine_tuning"]
ways = {"fine_tuned": "fine-tuned", "rehearsed": "rehearsed"}
finding = "Fine-tuning gains on reviews and forgets documentation; rehearsal forgets less"
figure = figures.forgetting(tuned, ways, after, finding)
tl.show.display(figure, alt=f"Bits per byte on two styles, before and after. {finding}.")

# %%
mean = {way: {style: tuned[way][style]["mean"] for style in styles} for way in ways}
assert tuned["fine_tuned"]["documentation"]["interval"][0] > tuned["before"]["documentation"]
assert tuned["rehearsed"]["documentation"]["interval"][1] < mean["fine_tuned"]["documentation"]
assert tuned["fine_tuned"]["reviews"]["interval"][1] < mean["rehearsed"]["reviews"]

# %% [markdown]
# The price is forgetting, which you know from lesson 03. Rehearsal forgets less, and learns the new style a little
# less well.
#
# **Exercise 07-f.** An experiment. Change the rate, the steps, or both. Is more documentation forgotten than in the
# run above, or less?

# %%
### BEGIN SOLUTION
setting = {"steps": 15, "learning_rate": 1e-3}
### END SOLUTION
own = None
if ... not in setting.values():
    own = {"setting": setting, "above": after, "own": try_out(**setting)}

# %% tags=["nbval-ignore-output", "hide-input"]
for name in ("above", "own") if own else ():
    print(name, {style: round(found, 3) for style, found in own[name].items()})

# %%
### BEGIN SOLUTION
said = "less"
### END SOLUTION
check("07-f", {"said": said, "measured": own})

# %% [markdown]
# What was the pre-training worth? Beside it stand random weights, each at the best of three rates on validation; for
# random weights that was the highest tried.

# %% tags=["nbval-ignore-output", "hide-input"]
transfer = measured["transfer"]
beginnings = {"fine_tuned": "pre-trained weights", "scratch": "random weights"}
finding = "Pre-trained weights save steps: random ones need more of them"
figure = figures.steps_saved(transfer, beginnings, finding)
tl.show.display(figure, alt=f"Bits per byte of reviews by steps, from two starts. {finding}.")

# %%
few, more = map(str, transfer["steps"])
start, beside = transfer["fine_tuned"], transfer["scratch"]
for steps in (few, more):
    assert start[steps]["interval"][1] < beside[steps]["interval"][0]
gap = {steps: beside[steps]["mean"] - start[steps]["mean"] for steps in (few, more)}
assert gap[more] < 0.7 * gap[few]

# %% [markdown]
# After {{lesson.few}} steps the pre-trained weights are {{lesson.gap_few}} bits ahead, after {{lesson.more}} steps
# {{lesson.gap_more}}. Transfer saves steps here; more is not shown.
#
# ## Two risks
#
# **Made-up facts.** At the top of this lesson, a function was explained that nobody has written. Was it the
# temperature? Try it greedily, and look whether the module is there.

# %% tags=["nbval-ignore-output"]
model.set_weights(pretrained)
dull = generate(model, tokenizer, made_up, 40, temperature=0)
print(made_up + dull)

# %% tags=["hide-input"]
from importlib.util import find_spec

print("there is such a module:", find_spec("shelves") is not None)
assert dull.strip()

# %% [markdown]
# The loss asks what is likely, and never what is true. Larger models are right more often, and when they are wrong,
# it sounds just as sure.

# %%
### BEGIN SOLUTION
option = 2
### END SOLUTION
quiz("07-q4", option)

# %% [markdown]
# **Recited training text.** What is seen often is learned by heart. Our model saw each document a few times, and
# recites hardly anything: of 200 places in its training text, it went on for 20 tokens word for word in
# {{lesson.recited}} of them. Now suppose that somebody fine-tunes on eight reviews that were sent in confidence,
# shows each of them again and again, at five times the rate. Give it the first four words of each:

# %% tags=["nbval-ignore-output"]
confidential = [text for text in reviews.train.inputs if 80 < len(text) < 140][:8]
train(model, confidential, steps=40, learning_rate=5e-3)
starts = [" ".join(text.split()[:4]) for text in confidential]
written = [start + generate(model, tokenizer, start, 60, temperature=0) for start in starts]
recited = [text for text, told in zip(confidential, written, strict=True) if text in told]
print(len(recited), "of", len(confidential), "come out whole. One of them:")
tell((recited or written)[0])

# %%
if TIER == "bundled":
    assert 2 <= len(recited) <= 8

# %% [markdown]
# Of our eight, {{lesson.confidential}} came out whole. From GPT-2, names and telephone numbers were drawn in such a
# way (Carlini et al., 2021). So: leave out what must not be told, remove duplicates, and stop early.
#
# ## And chat models?
#
# A model that only continues text is not yet an assistant. *Instruct* models are fine-tuned further, on instructions
# with good answers, and then on what people preferred of two answers (Ouyang et al., 2022).
#
# ## A real GPT-2
#
# `TIER = "full"` takes GPT-2 itself. Put its `config.json`, `model.safetensors` and `tokenizer.json` into a folder,
# and write the folder's name into `GPT2_FOLDER`. The steps take minutes then.

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{
    "pretraining_minutes": round(card["minutes"]),
    "begun": f"{begun:.1f}",
    "three_tokens": f"{bits['three_tokens']:.2f}",
    "gpt": f"{needed:.2f}",
    "blocks": network.blocks_in(network.layers_of(model)),
    "faster": f"{seconds[False] / seconds[True]:.1f}",
    "prompts": measured["prompts"],
    "steps": tuned["steps"],
    "gap_few": f"{gap[few]:.2f}",
    "gap_more": f"{gap[more]:.2f}",
    "recited": round(200 * measured["recited"]["learned"]["at_least_20_tokens"]),
    "confidential": len(recited),
} | {"few": few, "more": more}

# %% [markdown]
# ## Recap
#
# A language model learns which token comes next, and nothing else. It is measured in bits per byte, against
# counting, on new texts. It can be transferred by a prompt, if it is large enough to see the pattern; or by
# fine-tuning, which saves steps and costs some of what it knew. What it writes is likely, and not therefore true;
# some of it is recited.
#
# **Next:** [08 · When transfer fails](08_when_transfer_fails.ipynb).

# %% [markdown]
# **Read on:** Radford et al., *Language Models are Unsupervised Multitask Learners* (2019). Vaswani et al.,
# [Attention Is All You Need](https://arxiv.org/abs/1706.03762) (2017). Brown et al., [Language Models are Few-Shot
# Learners](https://arxiv.org/abs/2005.14165) (2020). Sennrich, Haddow, Birch, [Neural Machine Translation of Rare
# Words with Subword Units](https://arxiv.org/abs/1508.07909) (2016). Fan, Lewis, Dauphin, [Hierarchical Neural Story
# Generation](https://arxiv.org/abs/1805.04833) (2018), for top-k. Holtzman et al., [The Curious Case of Neural Text
# Degeneration](https://arxiv.org/abs/1904.09751) (2020), for top-p. Carlini et al., [Extracting Training Data from
# Large Language Models](https://arxiv.org/abs/2012.07805) (2021). Ouyang et al., [Training language models to follow
# instructions with human feedback](https://arxiv.org/abs/2203.02155) (2022). Karpathy's
# [nanoGPT](https://github.com/karpathy/nanoGPT) is the same network in PyTorch.

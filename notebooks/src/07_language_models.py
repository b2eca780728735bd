# %% [markdown]
# # 07 · Language models
#
# **The question.** A network learns one thing only: which token comes next. What can be transferred from that, and
# how?
#
# After this lesson you can
#
# - say what tokens are, and measure a language model in bits per byte;
# - let a model write, with a temperature and top-k, and say what its cache remembers;
# - transfer without gradients, by zero-, one- and few-shot prompts, and measure whether it works;
# - fine-tune a language model on another style, and measure what it gains and forgets;
# - show two of its risks: made-up facts, and training text that is recited.
#
# **Cost:** about 70 seconds on two cores, nothing to download.

# %% [markdown]
# ## First, a result
#
# The bundled model has read Python's own documentation, and nothing else. It has GPT-2's layers (Radford et al., 2019),
# and less than a hundredth of the parameters of even the smallest GPT-2. Ask it for help on a function that does not
# exist:

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

# %%
assert invented.strip()
print("tokens it knows:", tokenizer.vocabulary_size)
print("tokens it sees at once:", model.get_layer("places").input_dim)

# %% [markdown]
# It has the form of documentation, and nothing of it is true. Keep both in mind.
#
# ## Tokens
#
# A language model reads neither letters nor words, but **tokens**. *Byte-pair encoding* begins with single bytes. It
# looks for the two tokens that most often stand side by side, joins them into a new one, and goes on until the
# vocabulary is full (Sennrich et al., 2016). So frequent words become one token. Rare ones stay in parts, and no text
# is unknown.

# %%
for text in ("Return the default value.", "Liverwurst is delicious."):
    print(len(text), "characters:", " | ".join(tokenizer.tokens(text)).replace("Ġ", "_"))

# %% [markdown]
# `_` is a space: it belongs to the token after it. That is why the prompt above ends in three spaces and not in four:
# the fourth comes with the next word. With one space too many, the prompt is a text such as the model has never seen.
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
# At every place, the model gives a probability to each token that could come next. The loss is the surprise at the one
# that did: $-\log p$. Nobody has to label anything, for the next token stands in the text.
#
# How good is a model? Add up $-\log_2 p$ over a text that it has not seen, and divide by its bytes. These **bits per
# byte** can be compared between models with different tokens.
#
# **Exercise 07-b.** A text of ten bytes has four tokens. A model gave them the probabilities 1/2, 1/4, 1/8 and 1/4. How
# many bits per byte are that?

# %%
### BEGIN SOLUTION
answer = (1 + 2 + 3 + 2) / 10
### END SOLUTION
check("07-b", answer)

# %% [markdown]
# **Predict.** Some documents were held out. How many bits per byte will the bundled model need for them? To write the
# bytes as they are takes 8.

# %%
### BEGIN SOLUTION
guess = 2
### END SOLUTION
predict("07-1", guess)

# %%
import json

from tlteach.core.files import bundled
from tlteach.text.gpt.python_docs import training_and_held_out
from tlteach.text.gpt.training import bits_per_byte

learned, held_out = training_and_held_out()
unseen = held_out[:10]
card = json.loads((bundled(files.BUNDLED) / "card.json").read_text(encoding="utf-8"))

# %% tags=["nbval-ignore-output"]
needed = bits_per_byte(model, unseen)
reveal("07-1", needed)

# %% [markdown]
# ## Pre-train
#
# Pre-training is that loss, over and over. Here is how it begins: the same layers with random weights, for a few
# seconds. The bundled weights had {{lesson.pretraining_minutes}} minutes.

# %%
import keras

from tlteach.text.gpt.network import decoder
from tlteach.text.gpt.training import train

keras.utils.set_random_seed(0)
beginner = decoder(files.config_of(files.load()))
beginner.tokenizer = files.load().tokenizer
train(beginner, learned, steps=50, batch_size=16, learning_rate=6e-3)
begun = bits_per_byte(beginner, unseen)
print("parameters:", f"{beginner.count_params():,}")

# %% [markdown]
# What should a neural network be compared with? Before there were any, one counted. A model of **n-grams** counts what
# followed the last few symbols. It is a fair baseline, and not a weak one.

# %% tags=["nbval-ignore-output"]
from tlteach.text.gpt import figures

bits = card["bits_per_byte"]
bars = {
    "bytes as they are": 8,
    "a few seconds": begun,
    "counts of six bytes": bits["six_bytes"],
    "counts of three tokens": bits["three_tokens"],
    "bundled weights": bits["gpt"],
}
finding = "Counting goes far; the pre-trained network goes further"
figure = figures.bits_of_models(bars, [name for name in bars if "counts" in name], finding)
tl.show.display(figure, alt=f"Five bars of bits per byte. {finding}.")

# %%
assert bits["gpt"] < bits["three_tokens"] < bits["six_bytes"] < begun < 8
if TIER == "bundled":
    assert 0.7 < needed / bits["gpt"] < 1.3
print("better than counting:", bits["gpt"] < bits["three_tokens"])

# %% [markdown]
# After a few seconds it needs {{lesson.begun}} bits: it has learned which tokens are frequent. The counts of three
# tokens need {{lesson.three_tokens}}, the bundled weights {{lesson.gpt}}.
#
# ## Let it write
#
# To write, take the probabilities of the next token, choose one, append it, and begin again. How to choose?
#
# - **Temperature** divides the logits before the softmax. Below 1, what is likely becomes likelier. At 0, always take
#   the most likely token; that is called *greedy*.
# - **Top-k** keeps the k most likely tokens, and draws from these.

# %% tags=["nbval-ignore-output"]
import numpy as np

from tlteach.text.gpt.sampling import reader, softmax, whole

opening = "Return True if the"
logits = reader(model)(whole(tokenizer, [opening])[0])
best = [tokenizer.decode([token]) for token in np.argsort(-logits)[:8]]
finding = f"After “{opening}”: the higher the temperature, the more even the choice"
figure = figures.next_tokens(logits, best, (0.5, 1, 2), finding)
tl.show.display(figure, alt=f"The eight most likely tokens at three temperatures. {finding}.")

# %%
highest = [softmax(logits / temperature).max() for temperature in (0.5, 1, 2)]
assert highest == sorted(highest, reverse=True)
print("colder is surer:", highest[0] > highest[1] > highest[2])

# %% tags=["nbval-ignore-output"]
for settings in ({"temperature": 0}, {"temperature": 0.7, "top_k": 40}, {"temperature": 2}):
    print(settings, "\n" + opening + generate(model, tokenizer, opening, 40, **settings), "\n")

# %% [markdown]
# Greedy text turns in circles. At a high temperature the words fall apart. Most use something between, with a top-k
# (Holtzman et al., 2020, look into why).
#
# **Exercise 07-c.** Three tokens have the logits 2, 1 and 0. You draw with `temperature=0.5` and `top_k=2`. How likely
# is the first token?

# %%
### BEGIN SOLUTION
answer = np.exp(4) / (np.exp(4) + np.exp(2))
### END SOLUTION
check("07-c", answer)

# %%
quiz("07-q1")

# %% [markdown]
# ## The key-value cache
#
# Each new token looks back at all earlier ones: its *query* meets their *keys*, and it takes from their *values*.
# Earlier tokens never look at later ones. So their keys and values stay as they are, and can be kept. It is the same
# thought as the boundary in lesson 02: compute once what does not change.
#
# **Exercise 07-d.** A prompt has 20 tokens, and 30 new ones are written. *Without* a cache, the whole text so far
# passes through the network for each new token. How many tokens pass through it in all?

# %%
### BEGIN SOLUTION
answer = sum(range(20, 50))
### END SOLUTION
check("07-d", answer)

# %% [markdown]
# **Predict.** With the cache, each token passes once. How many times as fast will our small model write 100 tokens?

# %%
### BEGIN SOLUTION
guess = 20
### END SOLUTION
predict("07-2", guess)

# %% tags=["nbval-ignore-output"]
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
print("the same text:", texts[True] == texts[False])

# %% [markdown]
# In this run it was {{lesson.faster}} times. You may have expected more. In so small a network, a step costs little
# more than calling it. In a large one, with long texts, the cache decides whether a chat is bearable.

# %%
quiz("07-q2")

# %% [markdown]
# ## Transfer without gradients
#
# A task can be put to a language model as text that it goes on with. *Zero-shot*: the question alone. *One-shot* and
# *few-shot*: one or some solved examples first. No weight changes. Brown et al. (2020) made this famous with GPT-3.
#
# Can ours do that? Here are seven patterns. The words in them are made up, so nothing can be known by heart.

# %%
for name, pattern in prompts.PATTERNS.items():
    question, right = pattern.make(np.random.default_rng(1))
    print(f"{name}: {pattern.what}\n  asked {question!r}, right is {right!r}")

# %% [markdown]
# *Echo* asks for a made-up word, as Python's prompt would show it. With examples before it, this is a matter of seeing
# the pattern:

# %%
asked, right = prompts.prompt(prompts.PATTERNS["echo"], 2, np.random.default_rng(0))
print(asked + "?")

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
# A hundred prompts of one kind say little. Here are all seven, with {{lesson.prompts}} prompts for each bar.

# %% tags=["nbval-ignore-output"]
record = bundled(files.BUNDLED) / "measured.json"
measured = json.loads(record.read_text(encoding="utf-8"))
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
print("new tasks learned from four examples: none")

# %% [markdown]
# Read it from the left. *method*, *quote* and *close* are habits of documentation: it has them without any example,
# some always and some seldom. The four others would have to be picked up from the prompt. None is. Examples even harm
# where brackets are to be closed.
#
# The lower row looks closer: the **surprise** at the right answer. For *compare* it falls with examples: `True` and
# `False` become likelier, and never likely enough. That is a trace of learning from a prompt, and no more.

# %% [markdown]
# And the large ones? On LAMBADA, a model has to guess the last word of a passage. Published, in per cent:

# %%
for who, accuracy in prompts.LAMBADA.items():
    print(f"{who:<18}{accuracy:>7.2f} %")

# %% [markdown]
# GPT-3 has about a hundred times the parameters of this GPT-2, and ours less than a thousandth. One example made even
# GPT-3 *worse* than none, and more of them much better. The gain from examples grows with the size of the model (Brown
# et al., 2020). Figures of two papers are not quite comparable: they prepare the passages in their own ways.

# %%
quiz("07-q3")

# %% [markdown]
# ## Fine-tune on a second style
#
# Now with gradients. The second style: the bundled film reviews, without their labels. It is the same loss, at a low
# rate, for {{lesson.steps}} steps. We measure both styles, on texts that were not learned from.

# %%
reviews = tl.tasks.film_reviews()
styles = {"reviews": reviews.test.inputs, "documentation": unseen}
before = {style: bits_per_byte(model, texts) for style, texts in styles.items()}
print(len(reviews.train.inputs), "reviews to learn from")

# %% [markdown]
# **Predict.** The reviews will be learned. What happens to the documentation? It needs {{lesson.before}} bits now. How
# many after fine-tuning on reviews?

# %%
### BEGIN SOLUTION
guess = 2
### END SOLUTION
predict("07-4", guess)

# %% tags=["nbval-ignore-output"]
train(model, reviews.train.inputs, steps=30, batch_size=16, learning_rate=1e-3)
after = {style: bits_per_byte(model, texts) for style, texts in styles.items()}
for style in styles:
    print(f"{style}: {before[style]:.2f} bits before, {after[style]:.2f} after")
reveal("07-4", after["documentation"])

# %%
if TIER == "bundled":
    assert after["reviews"] < before["reviews"] - 0.2
    assert after["documentation"] > before["documentation"] + 0.05
print("gained on reviews:", after["reviews"] < before["reviews"])
print("forgot documentation:", after["documentation"] > before["documentation"])

# %% tags=["nbval-ignore-output"]
for seed in (0, 1, 2):
    print("The film" + generate(model, tokenizer, "The film", 30, 0.7, 40, seed), "\n")

# %% [markdown]
# It has something of the rhythm of a review, and hardly a sentence that holds. Bits per byte see a gain long before a
# reader does.

# %% [markdown]
# That was one run. Here are five seeds of it, and two more ways: *rehearsal*, where half of what it learns from is
# documentation, and the same steps from random weights.

# %% tags=["nbval-ignore-output"]
tuned = measured["fine_tuning"]
ways = {"fine_tuned": "fine-tuned", "rehearsed": "rehearsed", "scratch": "random weights"}
finding = "Fine-tuning gains on reviews and forgets documentation; rehearsal forgets less"
figure = figures.styles(tuned, ways, finding)
tl.show.display(figure, alt=f"Bits per byte on two styles, before and after. {finding}.")

# %%
mean = {way: {style: tuned[way][style]["mean"] for style in styles} for way in ways}
assert mean["fine_tuned"]["reviews"] < mean["scratch"]["reviews"]
assert tuned["fine_tuned"]["documentation"]["interval"][0] > tuned["before"]["documentation"]
assert tuned["rehearsed"]["documentation"]["interval"][1] < mean["fine_tuned"]["documentation"]
print("seeds:", tuned["seeds"])

# %% [markdown]
# The transfer gain on reviews is large: with the same steps, random weights end far behind. The price is forgetting,
# which you know from lesson 03. Rehearsal forgets only about half as much, and learns the new style a little less well.

# %% [markdown]
# **Exercise 07-e.** Which way of transfer is it: `"zero-shot"`, `"few-shot"` or `"fine-tuning"`?
#
# - *A*: the prompt is `>>> 3 < 5`, and the model goes on;
# - *B*: the prompt holds four solved examples, and then the question;
# - *C*: 434 reviews, an optimizer, and a low rate.

# %%
### BEGIN SOLUTION
answer = {"A": "zero-shot", "B": "few-shot", "C": "fine-tuning"}
### END SOLUTION
check("07-e", answer)

# %% [markdown]
# ## Two risks
#
# **Made-up facts.** At the top of this lesson, a function was explained that nobody has written. Was it the
# temperature? Try it greedily, and look whether the module is there.

# %% tags=["nbval-ignore-output"]
honest = files.load()
dull = generate(honest, honest.tokenizer, made_up, 40, temperature=0)
print(made_up + dull)

# %%
from importlib.util import find_spec

assert dull.strip()
print("there is such a module:", find_spec("shelves") is not None)

# %% [markdown]
# The loss asks what is likely, and never what is true. Larger models are right more often, and when they are wrong, it
# sounds just as sure.

# %%
quiz("07-q4")

# %% [markdown]
# **Recited training text.** What is seen often is learned by heart. Our model saw each document a few times, and
# recites hardly anything: of 200 places in its training text, it went on for 20 tokens word for word in
# {{lesson.recited}} of them. Now suppose that somebody fine-tunes on eight reviews that were sent in confidence, and
# trains a little too long. Give it the first four words of one:

# %%
confidential = [text for text in reviews.train.inputs if 80 < len(text) < 140][:8]
train(honest, confidential, steps=60, batch_size=8, learning_rate=5e-3)
start = " ".join(confidential[3].split()[:4])
recited = generate(honest, honest.tokenizer, start, 60, temperature=0)

# %% tags=["nbval-ignore-output"]
tell(f"what was sent:  {confidential[3]}\nwhat it writes: {start + recited}")

# %%
from tlteach.text.gpt.memorised import longest_copy

copied = longest_copy(start + recited, confidential[3])
assert len(copied) > 0.8 * len(confidential[3])
print("word for word:", len(copied) == len(confidential[3]))

# %% [markdown]
# From GPT-2, names and telephone numbers were drawn out in this way (Carlini et al., 2021). So: leave out what must not
# be told, remove duplicates, and stop early.
#
# ## And chat models?
#
# A model that only continues text is not yet an assistant. *Instruct* models are fine-tuned further, on instructions
# with good answers, and then on what people preferred of two answers (Ouyang et al., 2022); below the surface they are
# what you have seen here.
#
# ## A real GPT-2
#
# `TIER = "full"` takes GPT-2 itself, through the same lines. Put its `config.json`, `model.safetensors` and
# `tokenizer.json` into a folder, and write the folder's name into `GPT2_FOLDER`. The steps take minutes then.

# %% [markdown]
# ## Your numbers
#
# The numbers in the text are from a run of ours. These are yours:

# %% tags=["nbval-ignore-output", "results"]
{
    "pretraining_minutes": round(card["minutes"]),
    "begun": f"{begun:.1f}",
    "three_tokens": f"{bits['three_tokens']:.2f}",
    "gpt": f"{bits['gpt']:.2f}",
    "faster": f"{seconds[False] / seconds[True]:.1f}",
    "prompts": measured["prompts"],
    "steps": tuned["steps"],
    "recited": round(200 * measured["recited"]["learned"]["at_least_20_tokens"]),
    "before": f"{before['documentation']:.2f}",
}

# %% [markdown]
# ## Recap
#
# A language model learns which token comes next, and nothing else. It is measured in bits per byte, against counting.
# It can be transferred by a prompt, without any gradient, if it is large enough to see the pattern; or by fine-tuning,
# which costs some of what it knew. What it writes is likely, and not therefore true; some of it is recited.

# %% [markdown]
# **Read on:** Radford et al., *Language Models are Unsupervised Multitask Learners* (2019).
# Brown et al., [Language Models are Few-Shot Learners](https://arxiv.org/abs/2005.14165) (2020).
# Sennrich, Haddow, Birch, [Neural Machine Translation of Rare Words with Subword Units](https://arxiv.org/abs/1508.07909)
# (2016). Holtzman et al., [The Curious Case of Neural Text Degeneration](https://arxiv.org/abs/1904.09751) (2020).
# Carlini et al., [Extracting Training Data from Large Language Models](https://arxiv.org/abs/2012.07805) (2021).
# Ouyang et al., [Training language models to follow instructions with human feedback](https://arxiv.org/abs/2203.02155)
# (2022). Karpathy's [nanoGPT](https://github.com/karpathy/nanoGPT) is the same network in PyTorch.

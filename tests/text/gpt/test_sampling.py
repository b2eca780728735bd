"""What a language model writes, learns and is asked: sampling, tokens, bits per byte, prompts, pictures."""

import ast
import math
from collections import Counter

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_gpt import IDS, SHAPE, TEXTS

from tlteach.text.gpt import cache, measures, prompts, python_docs, sampling
from tlteach.text.gpt import training as training
from tlteach.text.gpt.figures import bits_of_models, forgetting, next_tokens, shots, steps_saved
from tlteach.text.gpt.files import config_of, load
from tlteach.text.gpt.measures import bits_per_byte, surprise
from tlteach.text.gpt.network import Config, decoder
from tlteach.text.gpt.tokens import END, end_of_text, stream_of, train_tokenizer, whole
from tlteach.text.gpt.training import crops, pretrain, train

# ---------------------------------------------------------------- writing


@pytest.mark.parametrize("prompt", ["the cat", "", "the cat sat on the mat, and the dog sat on the log, all day long "])
@pytest.mark.parametrize("temperature", [0, 1])
def test_with_and_without_a_cache_it_writes_the_same(tiny, prompt, temperature):
    """Far beyond the window of 16 tokens, and also where the prompt alone is longer."""
    texts = [sampling.generate(tiny, tiny.tokenizer, prompt, 40, temperature, use_cache=use) for use in (True, False)]
    assert texts[0] == texts[1]


def test_a_full_window_drops_its_older_half():
    begins = [cache.first_seen(n, window=8) for n in range(1, 18)]
    assert begins == [0] * 8 + [4] * 4 + [8] * 4 + [12]
    assert all(1 <= n - begin <= 8 for n, begin in enumerate(begins, 1))


def test_it_stops_at_the_end_of_the_text(tiny):
    model = keras.models.clone_model(tiny)
    model.set_weights(tiny.get_weights())
    end = end_of_text(tiny.tokenizer)
    vectors = model.get_layer("tokens").get_weights()[0]
    model.get_layer("norm").set_weights([np.zeros(12), 100 * vectors[end]])  # whatever it reads, it says: the end
    vectors[np.arange(300) != end] *= 0.1
    model.get_layer("tokens").set_weights([vectors])
    assert sampling.generate(model, tiny.tokenizer, "the cat", 10) == ""


def test_the_seed_decides(tiny):
    texts = [sampling.generate(tiny, tiny.tokenizer, "a", 20, seed=seed) for seed in (1, 1, 2)]
    assert texts[0] == texts[1] != texts[2]


@pytest.mark.parametrize("wrong", [{"temperature": -1}, {"top_k": 0}, {"top_p": 0}, {"top_p": 1.1}])
def test_what_cannot_be_drawn_from_is_refused(tiny, wrong):
    with pytest.raises(ValueError, match="must be"):
        sampling.generate(tiny, tiny.tokenizer, "a", **wrong)


@pytest.mark.parametrize(("temperature", "top_k"), [(1.0, None), (0.5, None), (2.0, 2), (1.0, 3)])
def test_tokens_are_drawn_as_often_as_they_should(temperature, top_k):
    logits, random = np.array([2.0, 1.0, 0.0, -1.0]), np.random.default_rng(0)
    drawn = Counter(sampling.draw(logits, temperature, top_k, None, random) for _ in range(4000))
    expected = np.exp(logits / temperature) * (np.arange(4) < (top_k or 4))
    expected /= expected.sum()
    assert [drawn[token] / 4000 for token in range(4)] == pytest.approx(expected, abs=0.03)
    assert sampling.draw(logits, 0, None, None, random) == 0


def test_the_nucleus_is_as_small_as_it_can_be():
    shares = np.array([0.1, 0.5, 0.05, 0.35])
    for top_p, kept in ((0.3, [1]), (0.5, [1]), (0.6, [1, 3]), (0.86, [0, 1, 3]), (1, [0, 1, 2, 3])):
        found = sampling.nucleus(shares, top_p)
        assert np.flatnonzero(found).tolist() == kept
        assert found.sum() == pytest.approx(1)
        assert found[3] / found[1] in (0, pytest.approx(0.7))
    assert sampling.nucleus(shares, None) is shares


@pytest.mark.slow
def test_a_narrow_nucleus_is_greedy(tiny):
    narrow, greedy = ({"temperature": 1, "top_p": 1e-9}, {"temperature": 0})
    assert sampling.generate(tiny, tiny.tokenizer, "a", 9, **narrow) == sampling.generate(
        tiny, tiny.tokenizer, "a", 9, **greedy
    )


# ---------------------------------------------------------------- tokens and texts


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=80))
def test_any_text_comes_back_from_its_tokens(tokenizer, text):
    assert tokenizer.decode(whole(tokenizer, [text])[0]) == text.replace(END, "")


def test_the_tokens_are_learned_anew_alike(tokenizer):
    assert repr(train_tokenizer(TEXTS, 300, SHAPE.n_positions)) == repr(tokenizer)


def test_crops_are_shifted_by_one():
    inputs, following = crops(np.arange(100, dtype="int32"), 50, 7, seed=3)
    assert inputs.shape == following.shape == (50, 7)
    assert (following == inputs + 1).all()
    assert (inputs[:, 1:] == following[:, :-1]).all()
    assert following.max() <= 99


@pytest.mark.slow
def test_the_documentation_of_python(monkeypatch):
    documents = python_docs.documents()
    assert 1.5e6 < sum(map(len, documents.values())) < 8e6
    assert "comparison operations" in documents["topic comparisons"]
    assert documents["bisect"].startswith("module bisect\n    Bisection algorithms.")
    assert not [name for name in documents if name.startswith(("test.", "idlelib.", "site-packages."))]
    monkeypatch.setattr(python_docs, "documents", lambda: documents)
    learned, held_out = python_docs.training_and_held_out()
    left_out = set(documents.values()) - {*learned, *held_out}
    assert documents["topic try"] in left_out  # it is a part of the topic compound
    assert len(left_out) < 10
    assert 0.01 < sum(map(len, held_out)) / sum(map(len, learned)) < 0.15


@pytest.mark.slow
def test_what_is_held_out_was_not_learned_from(bundled_gpt):
    """Of runs of 20 tokens, less than one in a hundred: a licence, a line of arguments, what two methods have alike."""

    def runs_of(texts):
        return [
            tuple(ids[start : start + 20])
            for ids in whole(bundled_gpt.tokenizer, texts)
            for start in range(len(ids) - 19)
        ]

    learned, held_out = python_docs.training_and_held_out()
    known, judged = set(runs_of(learned)), runs_of(held_out)
    assert len(judged) > 10_000
    assert sum(run in known for run in judged) / len(judged) < 0.01


def test_a_document_that_repeats_another_is_left_out(monkeypatch):
    new = {f"module_{number}": " ".join(f"{number}.{word}" for word in range(99)) for number in range(100)}
    monkeypatch.setattr(python_docs, "documents", lambda: new)
    learned, held_out = python_docs.training_and_held_out()
    assert sorted(learned + held_out) == sorted(new.values())
    copied = next(name for name, text in new.items() if text == held_out[0])
    monkeypatch.setattr(python_docs, "documents", lambda: {**new, copied: learned[0][:-50] + " and little else"})
    assert python_docs.training_and_held_out() == (learned, held_out[1:])


def test_what_is_held_out_depends_on_the_name_alone(monkeypatch):
    named = {f"module_{number}": f"text {number}" for number in range(100)}
    monkeypatch.setattr(python_docs, "documents", lambda: named)
    _, whole = python_docs.training_and_held_out()
    fewer = dict(list(named.items())[::2])
    monkeypatch.setattr(python_docs, "documents", lambda: fewer)
    _, part = python_docs.training_and_held_out()
    assert part == [text for text in whole if text in fewer.values()]
    assert 0 < len(part) < len(whole) < 20


def test_reading_the_documentation_runs_nothing(tmp_path, monkeypatch):
    (tmp_path / "dangerous.py").write_text('"""Is read."""\nraise SystemExit("was run")\n')
    (tmp_path / "broken.py").write_text("def :")
    monkeypatch.setattr(python_docs.sysconfig, "get_path", lambda name: tmp_path)
    assert python_docs.documents()["dangerous"] == "module dangerous\n    Is read."


# ---------------------------------------------------------------- measuring


def test_a_model_that_knows_nothing_needs_all_the_bits(tiny):
    """Each token but the first costs log2(vocabulary): none is left out, none is counted twice."""
    model = keras.models.clone_model(tiny)
    model.tokenizer = tiny.tokenizer
    model.get_layer("tokens").set_weights([np.zeros((300, 12))])
    for texts in (TEXTS, TEXTS[:1], ["a b"], ["the cat sat on the mat, and the dog "]):
        n_tokens = len(stream_of(texts, model.tokenizer))
        n_bytes = sum(len(text.encode()) + 1 for text in texts)
        assert bits_per_byte(model, texts) == pytest.approx((n_tokens - 1) * math.log2(300) / n_bytes, rel=1e-4)


def test_surprise_is_minus_the_logarithm(tiny):
    logits = tiny.predict_on_batch(IDS[:, :-1]).astype("float64")
    probabilities = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = -np.log2(np.take_along_axis(probabilities, IDS[:, 1:, None], -1)[..., 0])
    np.testing.assert_allclose(surprise(tiny, IDS), expected, rtol=1e-3)


def test_n_grams_by_hand():
    """After "aab": a was followed by a and b, once each. P(a) = (2 + 2 / 4) / (3 + 2), P(a after a) follows."""
    first = (2 + 2 * 1 / 4) / (3 + 2)
    after_a = (1 + 2 * first) / (2 + 2)
    assert measures.ngram_bits(b"aab", b"a", 2, 4) == pytest.approx(-math.log2(first))
    assert measures.ngram_bits(b"aab", b"aa", 2, 4) == pytest.approx(-math.log2(first) - math.log2(after_a))
    assert measures.ngram_bits(tuple(b"aab"), tuple(b"aa"), 2, 4) == pytest.approx(
        measures.ngram_bits(b"aab", b"aa", 2, 4)
    )


def test_n_grams_give_probabilities():
    source = b"the cat sat on the mat"
    for context in (b"", b"t", b"the", b"xyz", b"the c"):
        before = measures.ngram_bits(source, context, 4, 256)
        shares = [2 ** (before - measures.ngram_bits(source, context + bytes([byte]), 4, 256)) for byte in range(256)]
        assert sum(shares) == pytest.approx(1)


@pytest.mark.slow
def test_it_learns_a_short_text_by_heart(tokenizer):
    keras.utils.set_random_seed(0)
    model = decoder(Config(300, 16, 32, 4, 2))
    model.tokenizer = tokenizer
    before = bits_per_byte(model, TEXTS)
    train(model, TEXTS, steps=200, learning_rate=1e-2, batch_size=8)
    assert bits_per_byte(model, TEXTS) < 0.2 * before
    assert measures.continuations(model, TEXTS, n=60).mean() > 6  # of 8
    said = sampling.generate(model, tokenizer, "the cat sat on", 10, temperature=0)
    assert measures.longest_copy("the cat sat on" + said, TEXTS[0]).startswith("the cat sat on the mat, and")


def test_the_longest_copy():
    assert measures.longest_copy("xxabcdyy", "zabcdz") == "abcd"
    assert measures.longest_copy("nothing", "QQQ") == ""
    assert measures.longest_copy("same", "same") == "same"


@pytest.mark.slow
def test_pre_training_writes_a_folder_that_loads(tmp_path, monkeypatch):
    monkeypatch.setattr(training, "training_and_held_out", lambda: (TEXTS, [TEXTS[0][:60]]))
    shape = Config(280, 16, 12, 3, 1)
    card = pretrain(tmp_path / "made", shape, steps=2, verbose=0)
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == sorted(
        ["card.json", "config.json", "model.safetensors", "tokenizer.json"]
    )
    assert list(tmp_path.iterdir()) == [tmp_path / "made"]
    assert config_of(load(tmp_path / "made")) == shape
    assert card["parameters"] == load(tmp_path / "made").count_params()


# ---------------------------------------------------------------- prompts


@pytest.mark.parametrize("name", prompts.PATTERNS)
def test_the_answers_are_right(name):
    random = np.random.default_rng(5)
    for _ in range(30):
        question, answer = prompts.PATTERNS[name].make(random)
        if name in ("echo", "compare"):
            assert repr(eval(question.strip().removeprefix(">>> "))) == answer.strip()
        elif name == "count":
            whole = ast.literal_eval(f"[{question}{answer}]")
            assert (np.diff(whole) == 1).all()
        elif name == "quote":
            assert (question + answer).count("``") == 2
        elif name == "method":
            assert ast.parse(question + answer + ")").body[0].value.args[0].id == "self"
        elif name == "close":
            ast.parse(f"x{question[1:].replace('{', '[{')}{answer.replace('}', '}]')}")
        else:
            words = (question + answer).split()
            assert words[:3] == words[3:]


def test_a_prompt_has_its_examples_before_it():
    asked, answer = prompts.prompt(prompts.PATTERNS["compare"], 2, np.random.default_rng(0))
    lines = asked.splitlines()
    assert [f"    {eval(line[8:])}" for line in lines[0:4:2]] == lines[1:4:2]
    assert f" {eval(lines[4][8:])}" == answer


def test_success_is_what_greedy_writing_would_give(tiny):
    """A pattern whose answers are what the model itself writes, or one token away from it."""
    random, asked = np.random.default_rng(0), []
    for _ in range(6):
        question = "the " + prompts.word(random)
        said = sampling.generate(tiny, tiny.tokenizer, question, 3, temperature=0)
        asked += [(question, said), (question, "#" + said)]
    asked = [(question, answer) for question, answer in asked if whole(tiny.tokenizer, [answer])[0]]
    given = iter(asked)
    pattern = prompts.Pattern("own", "", lambda _: next(given))
    found, bits = prompts.ask(tiny, pattern, 0, n=len(asked))
    greedy = [
        sampling.generate(tiny, tiny.tokenizer, question, 9, temperature=0).startswith(answer)
        for question, answer in asked
    ]
    assert not (found & ~np.array(greedy)).any()
    assert found.any()
    for (question, answer), measured in zip(asked, bits, strict=True):
        before, after = whole(tiny.tokenizer, [question, answer])
        each = surprise(tiny, np.array([before + after], "int32"))[0]
        assert each[-len(after) :].sum() == pytest.approx(measured, rel=1e-3)


# ---------------------------------------------------------------- pictures


def test_figures_show_what_they_are_given():
    one = {"share": 0.5, "interval": [0.4, 0.7], "bits": 3.0, "bits_interval": [2.5, 3.5]}
    figure = shots({"echo": {"0": one, "1": one, "4": one}}, "shots")
    drawn = [[float(part.lines[0].get_ydata()[0]) for part in axes.containers] for axes in figure.axes]
    assert drawn == [[0.5] * 3, [3.0] * 3]
    run = {"mean": 2.0, "interval": [1.5, 2.5], "runs": [1.9, 2.1]}
    tuned = {"before": {"documentation": 3.0, "reviews": 1.0}, "way": {"documentation": run, "reviews": run}}
    figure = forgetting(tuned, {"way": "a way"}, {"documentation": 5.0, "reviews": 6.0}, "styles")
    found = [[line.get_xdata() for line in axes.lines] for axes in figure.axes]
    assert [np.ravel(lines[1]).tolist() for lines in found] == [[1.9, 2.1]] * 2
    assert [float(np.ravel(lines[-1])[0]) for lines in found] == [5.0, 6.0]
    transfer = {"steps": [3, 9], "way": {"3": run, "9": run}, "other": {"3": run, "9": run}}
    figure = steps_saved(transfer, {"way": "a way", "other": "another"}, "steps")
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == ["3", "9"]
    assert [list(line.get_ydata()) for line in figure.axes[0].lines].count([2.0, 2.0]) == 2
    figure = bits_of_models({"x": 8, "y": 2}, ["y"], "bits")
    assert [bar.get_width() for bar in figure.axes[0].patches] == [8, 2]


def test_the_bars_of_the_next_tokens_add_up():
    figure = next_tokens(np.array([0.0, 2.0, 1.0, -1.0]), ["b", "c"], (1, 2), "tokens")
    widths = [[bar.get_width() for bar in axes.patches] for axes in figure.axes]
    assert widths[0][0] == pytest.approx(np.exp(2) / np.exp([0, 2, 1, -1]).sum())
    assert [sum(bars) for bars in widths] == pytest.approx([1, 1])
    assert len(widths[0]) == 3  # the last one is that of all others

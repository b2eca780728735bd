"""Word vectors as a method for comparisons: frozen or fine-tuned, averaged or with filters."""

from collections.abc import Callable

import keras

from tlteach import recipe
from tlteach.core.task import Task
from tlteach.text.word_vectors import add_convolution, average, like_random, sequence, tokenizer_for
from tlteach.text.word_vectors.words import WordVectors, vocabulary


def method(vectors: WordVectors, fine_tune: bool = False, filters: bool = False, random: bool = False) -> Callable:
    """A method for tl.compare.compare: it learns a task from `vectors`, with a seed, and returns the model.

    Args:
        fine_tune: let the vectors learn too, after the head has learned; else they stay frozen.
        filters: look at three words at a time, see `add_convolution`; else take the mean of the words.
        random: put random vectors in the place of `vectors`.
    """

    def learn(task: Task, seed: int) -> keras.Model:
        keras.utils.set_random_seed(seed)
        # A row of the table that no text of the task looks up changes nothing, and would only take time.
        some = vectors.take(
            word for split in (task.train, task.validation, task.test) for word in vocabulary(split.inputs)
        )
        some = like_random(some, seed) if random else some
        tokenizer = tokenizer_for(task, some)
        if filters:
            model = add_convolution(sequence(some, tokenizer), task)
        else:
            model = recipe.add_head(average(some, tokenizer), task, learning_rate=1e-2)
        recipe.train(model, task, epochs=30, seed=seed, verbose=0)
        if fine_tune:
            recipe.recompile(recipe.unfreeze(model, from_layer=1.0), learning_rate=1e-3)
            recipe.train(model, task, epochs=20, seed=seed, verbose=0)
        return model

    return learn

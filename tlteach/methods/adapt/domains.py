"""Two domains and one task: labelled inputs of the source, and inputs of the target without labels.

    domains = adapt.between(daylight, sketches, base)                   # two tasks: what a base makes of their inputs
    domains = adapt.Domains((inputs, labels), validation, new_inputs, test)        # arrays in memory

A method takes a compiled Keras model and the domains, trains the model, and gives it back. What it can reach has no
label of the target. Those of the test split are used by `domains.judge(model)`, and for nothing else.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import keras
import numpy as np

from tlteach.core.door import checked
from tlteach.core.errors import DataError, GuardError
from tlteach.core.task import Task
from tlteach.engine.arrays import answers
from tlteach.engine.evaluation import Evaluation, outputs, probabilities_from
from tlteach.methods.distances import proxy_a_distance

MOST = 1000  # inputs of each domain that the distance looks at
Labelled = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Domains:
    """Labelled source and unlabelled target, as arrays whose first axis counts the inputs.

    Attributes:
        source: inputs (n, ...) and labels (n,), which methods learn from.
        validation: of the source too, for choosing without target labels.
        target: inputs (m, ...), no labels.
        test: inputs and labels of the target, for the one look at the end.
        name: what tables call the two.
    """

    source: Labelled
    validation: Labelled
    target: np.ndarray
    test: Labelled
    name: str = "domains"

    def __post_init__(self) -> None:
        if isinstance(self.target, (tuple, list)):
            raise GuardError(
                "The target was given as a pair of inputs and labels. Domain adaptation has no labels of the target: "
                "give its inputs alone, and what you know of its labels as `test`, for the one look at the end."
            )
        for name in ("source", "validation", "test"):
            inputs, labels = getattr(self, name)
            if len(inputs) != len(labels):
                raise DataError(f"{name} has {len(inputs)} inputs and {len(labels)} labels; give one for each.")
            if inputs.shape[1:] != self.target.shape[1:]:
                raise DataError(
                    f"An input of {name} has the shape {inputs.shape[1:]} and one of the target "
                    f"{self.target.shape[1:]}. Methods that align need the same features in both domains; see "
                    "adapt.by_pairs for domains that have not."
                )

    @cached_property
    def distance(self) -> float:
        """Proxy A-distance of the two domains' inputs: 0 where they cannot be told apart, 2 where always."""
        return proxy_a_distance(_rows(self.source[0]), _rows(self.target))

    @property
    def n_classes(self) -> int:
        """The number of classes among the labels of the source."""
        return int(self.source[1].max()) + 1

    def rows(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs of source and target, for methods that take rows of numbers. Raises DataError for other inputs."""
        if self.target.ndim == 2 and self.target.dtype.kind == "f":
            return self.source[0], self.target
        raise DataError(
            f"This method takes rows of numbers, and an input of {self.name} has the shape {self.target.shape[1:]}. "
            "Give what a frozen base makes of them: adapt.between(source, target, base)."
        )

    def with_source(self, inputs: np.ndarray, validation: np.ndarray) -> "Domains":
        """The same domains with other inputs of the source, whose labels stay."""
        return replace(self, source=(inputs, self.source[1]), validation=(validation, self.validation[1]))

    def judge(self, model: keras.Model) -> Evaluation:
        """The look at the target's test split."""
        inputs, labels = self.test
        return Evaluation(probabilities_from(model, answers(model, inputs)), labels)

    def __str__(self) -> str:
        sizes = (
            f"{len(self.source[0]):,} labelled inputs of the source, {len(self.target):,} of the target without labels"
        )
        return f"{self.name}: {sizes}; proxy A-distance {self.distance:.2f} of 2"


@checked
def between(source: Task, target: Task, base: keras.Model, raw: bool = False) -> Domains:
    """Two tasks with the same classes as domains, as what a frozen `base` makes of their inputs.

    With kept features, methods take seconds: they are computed here, once. Of the target's train and validation splits
    nothing but inputs is taken.

    Args:
        base: from step 2, or a model with a head, which is then what `raw` inputs are for.
        raw: True gives pixels or token ids as the base takes them, for methods that train all of a network.

    Raises:
        DataError: the tasks have other classes.
    """
    if source.class_names != target.class_names:
        told = " and ".join(", ".join(task.class_names) for task in (source, target))
        raise DataError(f"The tasks have other classes ({told}). Adaptation is for one task in two domains.")

    name, labels_of_test = f"{source.name} to {target.name}", target.test.labels

    def inputs(*splits):
        if not raw:
            return [outputs(base, split).astype("float32") for split in splits]
        return _as_long([split.load(range(len(split)), split.form_of(base)) for split in splits])

    train, validation, *target, test = inputs(
        source.train, source.validation, target.train, target.validation, target.test
    )
    return Domains(
        (train, source.train.labels),
        (validation, source.validation.labels),
        np.concatenate(target),
        (test, labels_of_test),
        name,
    )


def _as_long(arrays: list[np.ndarray]) -> list[np.ndarray]:
    """Token ids filled up with zeros, which are padding, to the longest; pictures are of one size."""
    if arrays[0].ndim != 2:
        return arrays
    longest = max(array.shape[1] for array in arrays)
    return [np.pad(array, ((0, 0), (0, longest - array.shape[1]))) for array in arrays]


@checked
def network(domains: Domains, width: int = 64, seed: int = 0, learning_rate: float = 1e-3) -> keras.Model:
    """A small compiled classifier for rows of numbers: BatchNormalization, one hidden layer, a head.

    The hidden layer is what methods align. Where inputs are maps or texts, bring a model of your own: any Keras model
    that ends in a dense layer will do.
    """
    domains.rows()
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            keras.Input(domains.target.shape[1:]),
            keras.layers.BatchNormalization(),
            keras.layers.Dense(width, activation="relu", name="hidden"),
            keras.layers.Dense(domains.n_classes, activation="softmax", name="head"),
        ],
        name="network",
    )
    model.compile(keras.optimizers.Adam(learning_rate), "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def _rows(inputs: np.ndarray) -> np.ndarray:
    some = inputs[np.random.default_rng(0).permutation(len(inputs))[:MOST]]
    return some.reshape(len(some), -1).astype("float64")

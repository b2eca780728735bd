"""Something of the wrong kind, or an odd value, where another thing belongs: in every public module."""

import functools
import tempfile
from pathlib import Path

import keras
import numpy as np
from promise import small
from promise.small import head_on, pictures, pretend_pretraining, task_of_texts
from promise.table import wrong

import tlteach as tl
from tlteach import tune

# Nearly every program here is stopped before anything is changed, so that one of each will do for all.
model, base, task = (functools.cache(make) for make in (small.model, small.base, small.task))


def compiled(made: keras.Model) -> keras.Model:
    made.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return made


class Subclassed(keras.Model):
    """Keras cannot tell how the layers of such a model hang together."""

    def __init__(self):
        super().__init__()
        self.head = keras.layers.Dense(2, activation="softmax")

    def call(self, inputs):
        return self.head(keras.ops.mean(inputs, axis=(1, 2)))


# ---------------------------------------------------------------- something else for a task or a split


@wrong(r"train got an array \(ndarray\) of the shape \(24, 32, 32, 3\) for `task`; it takes a task, as tl.tasks")
def arrays_for_a_task():
    tl.train(model(), *pictures())


@wrong("train got .*Dataset for `task`; it takes a task")
def a_dataset_of_tensorflow_for_a_task():
    import tensorflow as tf

    tl.train(model(), tf.data.Dataset.from_tensor_slices(pictures()).batch(8))


@wrong("train got a Split for `task`; it takes a task")
def a_split_for_a_task():
    tl.train(model(), task().train)


@wrong("select_source got 'cats_vs_dogs' for `task`")
def the_name_of_a_task_for_a_task():
    tl.select_source("cats_vs_dogs")


@wrong("select_source got the function called cats_vs_dogs for `task`")
def the_function_that_makes_a_task_for_a_task():
    tl.select_source(tl.tasks.cats_vs_dogs)


@wrong("add_head got 2 for `task`; it takes a task")
def the_number_of_classes_for_a_task():
    tl.add_head(base(), 2)


@wrong("evaluate got the Task called arrays for `split`; it takes a split, as task.train, task.validation or task.test")
def a_task_for_a_split():
    tl.evaluate(model(), task())


@wrong(r"evaluate got the tuple .* for `split`")
def arrays_for_a_split():
    tl.evaluate(model(), pictures(4))


@wrong("transfer got 'photos/' for `task`")
def a_folder_for_a_task():
    tl.transfer("photos/")


@wrong("transfer got None for `task`")
def nothing_for_a_task():
    tl.transfer(None)


@wrong("evaluate got a Split for `model`")
def the_arguments_of_evaluate_in_the_other_order():
    tl.evaluate(task().test, model())


# ---------------------------------------------------------------- something else for a source


@wrong("base_model got 'menagerie' for `source`; it takes the card of a source, as tl.select_source")
def a_name_for_a_card():
    tl.base_model("menagerie")


@wrong("base_model got the Task called arrays for `source`")
def a_task_for_a_card():
    tl.base_model(task())


@wrong("base_model got the Functional called small_base for `source`")
def a_base_for_a_card():
    tl.base_model(base())


@wrong("select_source got the Source called menagerie for `name`")
def a_card_for_a_name():
    tl.select_source(task(), tl.sources.source_by_name("menagerie"))


@wrong("select_source got the function called MobileNetV2 for `name`")
def a_function_of_keras_for_a_name():
    tl.select_source(task(), keras.applications.MobileNetV2)


@wrong("There is no source called")
def a_source_that_does_not_exist():
    tl.select_source(task(), "mobilenot")


@wrong("takes text inputs, but the task arrays has pictures")
def a_source_of_texts_for_pictures():
    tl.select_source(task(), "minilm")


@wrong("base_model got '96' for `image_size`; it takes None, or a whole number from 1 to 2,048")
def a_size_in_quotes():
    tl.base_model(tl.sources.source_by_name("menagerie"), image_size="96")


@wrong(r"base_model got the tuple \(96, 96\) for `image_size`")
def height_and_width_for_a_size():
    tl.base_model(tl.sources.source_by_name("menagerie"), image_size=(96, 96))


@wrong("so max_tokens means nothing to it")
def a_number_of_tokens_for_a_source_of_pictures():
    tl.base_model(tl.sources.source_by_name("menagerie"), max_tokens=64)


@wrong("at least 32 x 32 pixels")
def pictures_that_are_too_small_for_the_source():
    tl.base_model(tl.sources.source_by_name("menagerie"), image_size=8)


@wrong("build got 'imagenet' for `weights`; it takes None, or \"pretrained\"")
def the_weights_of_another_library():
    tl.sources.build(tl.sources.source_by_name("menagerie"), weights="imagenet")


@wrong("preprocess_input got the TextSource called .* for `source`; .*one of pictures")
def preprocessing_of_a_source_of_texts():
    tl.sources.preprocess_input(tl.sources.source_by_name("minilm"))


# ---------------------------------------------------------------- something else for a model


@wrong("train got the Subclassed called .* for `model`; it takes a functional or Sequential Keras model")
def a_subclassed_model_to_train():
    made = Subclassed()
    made.build((None, 32, 32, 3))
    tl.train(compiled(made), task())


@wrong("evaluate got the Subclassed called .* for `model`")
def a_subclassed_model_to_evaluate():
    tl.evaluate(Subclassed(), task().test)


@wrong("add_head got the Subclassed called .* for `base`")
def a_subclassed_base():
    tl.add_head(Subclassed(), task())


@wrong("blocks got the Subclassed called .* for `model`")
def the_blocks_of_a_subclassed_model():
    tl.blocks(Subclassed())


@wrong("train got the Sequential called .* for `model`")
def a_sequential_model_that_does_not_know_its_inputs():
    tl.train(compiled(keras.Sequential([keras.layers.Flatten(), keras.layers.Dense(2)])), task())


@wrong("unfreeze got 'model.keras' for `model`")
def the_file_of_a_model_for_a_model():
    tl.unfreeze("model.keras")


@wrong("unfreeze got the Dense called .* for `model`")
def a_layer_for_a_model():
    tl.unfreeze(keras.layers.Dense(2))


@wrong("unfreeze got a History for `model`")
def what_train_gives_for_a_model():
    tl.unfreeze(keras.callbacks.History())


@wrong(r"train got the Functional called .* for `model`.*compiled with a loss.*model.compile\(optimizer")
def training_a_model_that_was_never_compiled():
    tl.train(head_on(base()), task())


@wrong(r"recompile got .* for `model`.*say model.compile\(optimizer")
def recompiling_a_model_that_was_never_compiled():
    tl.recompile(head_on(base()), 1e-4)


@wrong("train got .* for `model`.*compiled with a loss")
def a_model_compiled_without_a_loss():
    made = head_on(base())
    made.compile("adam", None)
    tl.train(made, task())


@wrong("train got .* for `model`; .*from one kind of inputs")
def a_model_with_two_inputs():
    one, other = keras.Input((32, 32, 3)), keras.Input((4,))
    x = keras.layers.Concatenate()([keras.layers.GlobalAveragePooling2D()(one), other])
    tl.train(compiled(keras.Model([one, other], keras.layers.Dense(2, activation="softmax")(x))), task())


@wrong("evaluate got .* for `model`; .*one row of numbers for each")
def a_model_with_two_outputs():
    inputs = keras.Input((32, 32, 3))
    x = keras.layers.GlobalAveragePooling2D()(inputs)
    tl.evaluate(keras.Model(inputs, [keras.layers.Dense(2)(x), keras.layers.Dense(2)(x)]), task().test)


@wrong("evaluate got the Functional called small_base for `model`; .*one row of numbers for each")
def a_base_without_a_head_to_evaluate():
    tl.evaluate(base(), task().test)


@wrong(r"takes inputs of the shape \(8,\), and these are no pictures")
def a_model_of_tables_for_pictures():
    tl.evaluate(keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)]), task().test)


@wrong(r"takes rows of numbers, but no tokenizer is with it")
def a_model_of_tables_for_texts():
    tl.evaluate(keras.Sequential([keras.Input((8,)), keras.layers.Dense(2)]), task_of_texts().test)


@wrong(r"takes inputs of the shape \(32, 32, 3\), and these are no token ids")
def a_model_of_pictures_for_texts():
    tl.train(model(), task_of_texts(), epochs=1)


@wrong(r"takes inputs of the shape \(32, 32, 3\), and these are no token ids")
def a_base_of_pictures_for_texts():
    tl.add_head(base(), task_of_texts())


@wrong("takes pictures with 1 channel, and those of a task have 3")
def a_base_for_grey_pictures():
    grey = keras.Sequential([keras.Input((32, 32, 1)), keras.layers.Conv2D(4, 3)], name="grey")
    pretend_pretraining(grey)
    grey.trainable = False
    tl.add_head(grey, task())


@wrong("add_head got .* for `base`; .*feature map")
def a_base_that_gives_a_vector_for_each_word():
    words = keras.Sequential([keras.Input((16,), dtype="int32"), keras.layers.Embedding(50, 8)])
    words.trainable = False
    tl.add_head(words, task_of_texts())


@wrong("tells 2 classes, and the split has 3")
def a_model_of_another_task():
    three = tl.tasks.from_arrays(pictures()[0], np.arange(24) % 3, ["a", "b", "c"], validation=0.25, test=0.25)
    tl.evaluate(model(), three.test)


# ---------------------------------------------------------------- odd numbers


@wrong("train got 0 for `epochs`; it takes a whole number from 1")
def no_epochs():
    tl.train(model(), task(), epochs=0)


@wrong("train got 2.5 for `epochs`")
def half_an_epoch():
    tl.train(model(), task(), epochs=2.5)


@wrong("train got '5' for `epochs`")
def epochs_in_quotes():
    tl.train(model(), task(), epochs="5")


@wrong("transfer got -1 for `fine_tune_epochs`; it takes a whole number from 0")
def epochs_below_zero():
    tl.transfer(task(), fine_tune_epochs=-1)


@wrong("train got 0 for `batch_size`; it takes a whole number from 1")
def batches_of_nothing():
    tl.train(model(), task(), batch_size=0)


@wrong("evaluate got -8 for `batch_size`")
def batches_below_zero():
    tl.evaluate(model(), task().test, batch_size=-8)


@wrong("train got None for `seed`; it takes a whole number from 0")
def no_seed():
    tl.train(model(), task(), seed=None)


@wrong("transfer got 4294967296 for `seed`")
def a_seed_that_numpy_does_not_take():
    tl.transfer(task(), seed=2**32)


@wrong("train got 0 for `views`; it takes None, or a whole number from 1")
def no_views():
    tl.train(model(), task(), augment=keras.layers.RandomFlip(), views=0)


@wrong("train got -1 for `memory_budget`; it takes a number of bytes")
def memory_below_zero():
    tl.train(model(), task(), memory_budget=-1)


@wrong("train got 'no' for `cache`; it takes True or False")
def a_word_for_yes_or_no():
    tl.train(model(), task(), cache="no")


@wrong("train got 3 for `verbose`")
def more_verbose_than_there_is():
    tl.train(model(), task(), verbose=3)


@wrong("add_head got 1.0 for `dropout`; it takes a number from 0 to below 1")
def everything_dropped_before_the_head():
    model(dropout=1.0)


@wrong("add_head got -0.1 for `dropout`")
def less_than_nothing_dropped():
    model(dropout=-0.1)


@wrong("add_head got 0 for `learning_rate`; it takes None, or a float above 0")
def a_head_that_cannot_learn():
    model(learning_rate=0)


@wrong("add_head got -0.001 for `learning_rate`")
def a_head_that_climbs():
    model(learning_rate=-1e-3)


@wrong("add_head got nan for `learning_rate`")
def a_rate_that_is_no_number():
    model(learning_rate=float("nan"))


# ---------------------------------------------------------------- unfreezing and recompiling


@wrong(r"unfreeze got None for `from_layer`; it takes the name of a layer")
def from_no_layer():
    tl.unfreeze(model(), None)


@wrong(r"unfreeze got the Conv2D called block2_conv for `from_layer`; it takes the name of .*\(layer.name, and not")
def a_layer_for_the_name_of_a_layer():
    made = model()
    tl.unfreeze(made, made.get_layer("small_base").get_layer("block2_conv"))


@wrong("has no layer and no block named 'block9'. Its blocks are: block1, block2")
def no_such_layer():
    tl.unfreeze(model(), "block9")


@wrong("from_layer=1.5 is outside the base")
def more_than_the_whole_base():
    tl.unfreeze(model(), 1.5)


@wrong("from_layer=0 is outside the base")
def none_of_the_base():
    tl.unfreeze(model(), 0)


@wrong("recompile got the Adam called .* for `learning_rate`; .*an optimizer of your own goes to model.compile")
def an_optimizer_for_a_rate():
    tl.recompile(tl.unfreeze(model()), keras.optimizers.Adam(1e-5))


@wrong("recompile got 'adam' for `learning_rate`")
def the_name_of_an_optimizer_for_a_rate():
    tl.recompile(tl.unfreeze(model()), "adam")


@wrong(r"recompile got the tuple \(1e-05, 0.0001, 0.001\) for `learning_rate`")
def three_rates():
    tl.recompile(tl.unfreeze(model()), (1e-5, 1e-4, 1e-3))


@wrong("learning rates do not fit what is unfrozen")
def a_rate_for_a_block_that_is_not_there():
    tl.recompile(tl.unfreeze(model()), {"block9": 1e-5, "head": 1e-4})


# ---------------------------------------------------------------- callbacks and augmentation


@wrong(r"train got .* for `callbacks`; .*a single one goes into a list, \[callback\]")
def one_callback_without_a_list():
    tl.train(model(), task(), callbacks=keras.callbacks.TerminateOnNaN())


@wrong("train got the list .* for `callbacks`")
def the_class_of_a_callback():
    tl.train(model(), task(), callbacks=[keras.callbacks.TerminateOnNaN])


@wrong("train got None for `callbacks`")
def nothing_for_the_callbacks():
    tl.train(model(), task(), callbacks=None)


@wrong("train got the class RandomFlip itself for `augment`; it takes None, a Keras layer")
def the_class_of_an_augmentation():
    tl.train(model(), task(), augment=keras.layers.RandomFlip)


@wrong("train got True for `augment`")
def yes_for_an_augmentation():
    tl.train(model(), task(), augment=True)


@wrong("train: got an unexpected keyword argument 'epoch'. It takes: model, task, epochs")
def a_parameter_that_is_spelled_wrong():
    tl.train(model(), task(), epoch=3)


@wrong("train: missing a required argument: 'task'")
def a_parameter_that_is_forgotten():
    tl.train(model())


# ---------------------------------------------------------------- tasks


@wrong("from_arrays got 2 for `class_names`; it takes two or more different names in a list")
def the_number_of_classes_for_their_names():
    tl.tasks.from_arrays(*pictures(), 2)


@wrong("from_arrays got 'red' for `class_names`")
def one_text_for_the_names_of_classes():
    tl.tasks.from_arrays(*pictures(), "red")


@wrong(r"from_arrays got the list \['red', 'red'\] for `class_names`")
def the_same_name_twice():
    tl.tasks.from_arrays(*pictures(), ["red", "red"])


@wrong(r"from_arrays got the list \[0, 1\] for `class_names`")
def numbers_for_the_names_of_classes():
    tl.tasks.from_arrays(*pictures(), [0, 1])


@wrong("from_arrays got 1.5 for `validation`; it takes a number above 0 and below 1")
def more_than_all_for_validation():
    tl.tasks.from_arrays(*pictures(), ["red", "blue"], validation=1.5)


@wrong("from_arrays got 20 for `test`; it takes a number above 0 and below 1")
def a_number_of_pictures_for_a_fraction():
    tl.tasks.from_arrays(*pictures(), ["red", "blue"], test=20)


@wrong("The inputs have the shape")
def a_path_for_pictures():
    tl.tasks.from_arrays("photos/", pictures()[1], ["red", "blue"])


@wrong("labels have the shape .*expected one integer per picture")
def one_hot_labels():
    images, labels = pictures()
    tl.tasks.from_arrays(images, np.eye(2)[labels], ["red", "blue"])


@wrong("from_arrays got the list .* for `labels`")
def labels_of_different_lengths():
    tl.tasks.from_arrays(pictures()[0], [[0], [1, 0]] * 12, ["red", "blue"])


@wrong(r"from_splits got an array \(ndarray\) of the shape .* for `train`; it takes a pair \(inputs, labels\)")
def inputs_without_labels():
    tl.tasks.from_splits(*[pictures(8)[0]] * 3, ["red", "blue"])


@wrong("from_texts got 'a text' for `texts`; it takes a list of texts")
def one_text_for_texts():
    tl.tasks.from_texts("a text", [0], ["a", "b"])


@wrong("from_folder got None for `path`")
def no_folder():
    tl.tasks.from_folder(None)


@wrong("The folder .* does not exist")
def a_folder_that_is_not_there():
    tl.tasks.from_folder("/no/such/photos")


@wrong("from_csv got -1 for `text`; it takes the name of a column, or its position from 0")
def a_column_before_the_first():
    tl.tasks.from_csv("reviews.csv", text=-1)


@wrong("cats_vs_dogs got 'ful' for `tier`")
def a_tier_that_is_spelled_wrong():
    tl.tasks.cats_vs_dogs("ful")


@wrong("subset got 0.5 for `n_per_class`; it takes a whole number")
def half_of_the_inputs_as_a_subset():
    task().subset(0.5)


@wrong("Cannot draw 500 training pictures of each class")
def more_than_there_are_as_a_subset():
    task().subset(500)


# ---------------------------------------------------------------- comparing, tuning, scores, drawing


@wrong("compare got 7 for `methods`; it takes functions")
def a_number_for_methods():
    tl.compare.compare(7, task())


@wrong("'scrach' is not a method")
def a_method_that_is_spelled_wrong():
    tl.compare.compare(["scrach"], task())


@wrong("compare got 0 for `seeds`")
def a_comparison_without_seeds():
    tl.compare.compare(["frozen"], task(), seeds=0)


@wrong("compare got 'all' for `labels_per_class`")
def a_word_for_a_budget():
    tl.compare.compare(["frozen"], task(), labels_per_class="all")


@wrong("is no comparison that save wrote")
def a_comparison_that_was_never_saved():
    tl.compare.load("/no/such/comparison.json")


@wrong("transfer_gain got the list .* for `comparison`; it takes what tl.compare.compare")
def accuracies_for_a_comparison():
    tl.compare.transfer_gain([0.9, 0.8], "frozen")


@wrong("cannot be opened as a Keras model")
def a_model_file_that_is_no_model():
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "model.keras").write_text("no model")
        tune.load_model(Path(folder) / "model.keras")


@wrong("must grow from above 0")
def rates_that_fall():
    tune.find_learning_rate(model(), task(), low=1.0, high=1e-6)


@wrong("find_learning_rate got 0 for `steps`")
def a_range_test_without_steps():
    tune.find_learning_rate(model(), task(), steps=0)


@wrong("gradual_unfreeze got 0 for `epochs_per_block`")
def blocks_that_are_woken_for_nothing():
    tune.gradual_unfreeze(model(), task(), epochs_per_block=0)


@wrong("one_cycle got -0.1 for `peak`")
def a_peak_below_zero():
    tune.one_cycle(-0.1, 100)


@wrong("forgetting got 0.001 for `learning_rates`; it takes a list of rates")
def one_rate_for_rates():
    tune.forgetting(model(), task(), task(), learning_rates=1e-3)


@wrong("rank_sources got .* for `sources`; it takes a list")
def one_base_for_sources():
    tl.transferability.rank_sources(base(), task())


@wrong("There is no score 'lukme'")
def a_score_that_is_spelled_wrong():
    tl.transferability.rank_sources(["menagerie"], task(), "lukme")


@wrong("features is no array of numbers")
def features_of_different_lengths():
    tl.transferability.logme([[1, 2], [3]], [0, 1])


@wrong(r"learning_curves got a History for `frozen`; it takes the history of a training .*tl.train\(...\).history")
def the_object_around_the_history():
    tl.show.learning_curves(keras.callbacks.History())


@wrong("There are 3 class names for 2 classes")
def the_class_names_of_another_task():
    tl.show.confusion_matrix(tl.evaluate(model(), task().test), ["a", "b", "c"])


@wrong("display got '' for `alt`; it takes a text that says what the figure shows")
def a_figure_without_words():
    from matplotlib.figure import Figure

    tl.show.display(Figure(), "")


@wrong("The menagerie has no 'unicorn'")
def an_animal_that_is_not_drawn():
    tl.menagerie.sample("unicorn", 1, 0)


@wrong("draw got 'cat' for `animal`; it takes an animal, as tl.menagerie.sample")
def the_name_of_a_species_for_an_animal():
    tl.menagerie.draw("cat")


@wrong("proofs got 7 for `step`; it takes None, or a whole number from 1 to 6")
def a_seventh_step():
    tl.proofs(7)


# ---------------------------------------------------------------- what a split is asked for


@wrong("There is no row 12 among 12 pictures: rows are counted from 0 to 11, and from the end with -1")
def a_row_that_a_split_has_not():
    task().train.load([0, 12], 32)


@wrong("load got 'all' for `rows`; it takes the numbers of rows")
def a_word_for_rows():
    task().train.load("all", 32)


@wrong("arrays got 'big' for `image_size`; it takes a whole number")
def a_word_for_a_size():
    task().train.arrays("big")


@wrong("batches got 32 for `tokenizer`; it takes a tokenizer")
def a_size_for_texts():
    task_of_texts().train.batches(32)

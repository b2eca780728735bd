"""Trainings and predictions of a few small steps, of which compiling takes most of the time."""

from contextlib import contextmanager


@contextmanager
def eagerly():
    """Keras' functions run as they are inside: on TensorFlow, without a graph of them."""
    from tlteach.core.machine import import_keras

    import_keras()
    import keras

    if keras.backend.backend() != "tensorflow":
        yield
        return
    import tensorflow as tf

    before = tf.config.functions_run_eagerly()
    tf.config.run_functions_eagerly(True)
    try:
        yield
    finally:
        tf.config.run_functions_eagerly(before)

"""Learning to drive in a simulator, where nothing could be learned, or nobody could drive."""

import keras
import numpy as np
from promise.table import correct, wrong

import tlteach as tl

sim = tl.sim_to_real


@wrong("worlds takes a number from 0 for a group of properties: colours, light, lens, camera, dynamics")
def a_property_in_the_place_of_its_group():
    sim.worlds(4, road=1.0)


@wrong("worlds got -1 for `randomness`; it takes a number from 0")
def less_than_no_randomness():
    sim.worlds(4, randomness=-1)


@wrong("There is no reality called 'fog'")
def a_reality_that_is_not_there():
    sim.realities(4, outside="fog")


@wrong("and a driver one number, the steering")
def a_classifier_at_the_wheel():
    inputs = keras.Input((10, 24, 3))
    scores = keras.layers.Dense(3, "softmax")(keras.layers.Flatten()(inputs))
    sim.drive(keras.Model(inputs, scores, name="classifier"), sim.worlds(2))


@wrong("takes inputs of the shape")
def eyes_for_another_camera():
    model = keras.Sequential([keras.Input((8, 8, 3)), keras.layers.Flatten(), keras.layers.Dense(1)])
    sim.drive(model, sim.worlds(2))


@wrong("12 frames need a steering each")
def frames_without_their_steering():
    pictures, steering = sim.record(sim.worlds(4), frames=12)
    sim.clone(sim.network(width=4), (pictures, steering[:10]), epochs=1)


@wrong("A driver gives one number for each of the 2 cars")
def one_steering_for_all_cars():
    sim.drive(lambda cars: 0.0, sim.worlds(2))


@correct
def a_driver_that_learned_to_steer():
    model = sim.clone(sim.network(width=4), sim.record(sim.worlds(8, randomness=1), frames=64), epochs=1)
    completed = sim.drive(model, sim.realities(2))
    assert np.all((completed >= 0) & (completed <= 1))

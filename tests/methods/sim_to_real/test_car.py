"""A car in a simulator: each formula against a slow or closed form, and what the drivers promise."""

from dataclasses import fields

import keras
import numpy as np
import pytest
from backends import passes_on

import tlteach as tl
from tlteach.methods.sim_to_real import camera, film, road

sim = tl.sim_to_real


def straight(n=1):
    return np.zeros((n, 3)), np.full((n, 3), 50.0), np.zeros((n, 3))


# ---------------------------------------------------------------- worlds


def test_without_randomness_all_worlds_are_the_plain_one():
    found = sim.worlds(3)
    for name, (_, plain, *_) in sim.PROPERTIES.items():
        assert np.array_equal(getattr(found, name), np.tile(plain, (3, 1) if np.ndim(plain) else 3))
    assert set(sim.PROPERTIES) == {field.name for field in fields(found)}


@pytest.mark.parametrize("much", [0.5, 1.0, 4.0])
def test_properties_stay_within_their_spread_and_what_is_possible(much):
    found = sim.worlds(500, much, seed=1)
    for name, (_, plain, spread, least, most) in sim.PROPERTIES.items():
        values = getattr(found, name)
        assert np.all(np.abs(values - plain) <= much * spread + 1e-9)
        assert np.all((values >= least) & (values <= most))
        assert values.std() > 0


def test_a_group_has_a_randomness_of_its_own_and_changes_no_other_draw():
    every, light = sim.worlds(9, 1, seed=2), sim.worlds(9, light=1, seed=2)
    assert np.array_equal(every.light, light.light)
    assert np.ptp(light.road, axis=0).max() == np.ptp(light.gain) == 0
    assert np.array_equal(sim.worlds(9, 1, seed=2, light=0).gain, every.gain)


def test_the_first_worlds_are_the_same_however_many_there_are():
    few, many = sim.realities(3), sim.realities(8)
    assert np.array_equal(few.road, many.take(np.arange(3)).road)


@pytest.mark.parametrize("outside", sim.OUTSIDE)
def test_what_is_outside_cannot_be_drawn_with_randomness_1(outside):
    far = [np.max(np.abs(np.subtract(value, sim.PROPERTIES[name][1]))) / sim.PROPERTIES[name][2]
           for name, value in sim.OUTSIDE[outside].items()]  # fmt: skip
    assert max(far) > 1
    assert len(sim.realities(2, outside)) == 2


# ---------------------------------------------------------------- road and camera


def test_curvature_is_the_slope_of_the_direction():
    roads = road.roads(4, seed=0)
    s = np.linspace(3, 90, 4)
    slope = (road.direction(roads, s + 1e-5) - road.direction(roads, s - 1e-5)) / 2e-5
    assert np.allclose(road.curvature(roads, s), slope, atol=1e-7)


def test_pure_pursuit_drives_the_arc_through_the_point():
    wheels = road.pure_pursuit(np.full((1, 7), 6.0), np.full((1, 7), 1.0), wheelbase=2.6)
    radius = 2.6 / np.tan(wheels[0])
    assert np.isclose(6.0**2 + (1.0 - radius) ** 2, radius**2)


def test_a_car_on_a_circle_comes_back_to_where_it_was():
    """On a straight road, s and d are plain coordinates; 2 pi r metres later, the circle is closed."""
    s, d, h = (np.zeros(1) for _ in range(3))
    wheels, places = np.arctan(np.full(1, 2.6 * 2 * np.pi / 100)), []
    for _ in range(100):
        s, d, h = road.moved(straight(), s, d, h, wheels, np.full(1, 2.6))
        places.append((s[0], d[0]))
    assert np.isclose(h[0], 2 * np.pi)
    assert np.allclose(places[-1], 0, atol=1e-9)
    assert np.isclose(np.ptp(np.array(places)[:, 1]), 100 / np.pi, rtol=0.01)


def test_the_middle_of_a_straight_road_lies_beside_a_car_beside_it():
    front, left = road.middle(straight(), np.zeros(1), np.array([1.5]), np.zeros(1))
    assert np.allclose(front[0], road.AHEAD)
    assert np.allclose(left, -1.5)


def test_a_pixel_shows_what_its_ray_meets():
    """Each pixel of a sharp world against a ray that is followed alone."""
    world = sim.worlds(1)
    world.blur[:] = world.noise[:] = 0
    size = (40, 96)
    front, left = road.middle(straight(), np.zeros(1), np.array([0.7]), np.zeros(1))
    picture = camera.pictures(world, front, left, np.random.default_rng(0), size)[0]
    pitch, colours = np.radians(world.pitch[0]), {name: getattr(world, name)[0] for name in ("road", "ground", "sky")}
    checked = 0
    for row in range(size[0]):
        for column in range(size[1]):
            x = camera.WIDE * (2 * column + 1 - size[1]) / size[1]
            y = camera.HIGH * (2 * row + 1 - size[0]) / size[0]
            down = np.sin(pitch) + y * np.cos(pitch)
            if down <= 0.02:
                expected = "sky"
            else:
                off, wide = abs(-world.height[0] / down * x + 0.7), world.height[0] / down * 2 * camera.WIDE / size[1]
                if abs(off - road.HALF_WIDTH) < wide + camera.LINE:
                    continue  # an edge: a mixture
                expected = "road" if off < road.HALF_WIDTH else "ground"
            assert np.allclose(picture[row, column], colours[expected], atol=1e-6), (row, column)
            checked += 1
    assert checked > 2500


def test_pictures_are_numbers_from_0_to_1_in_the_wildest_worlds():
    pictures, _ = sim.Cars(sim.worlds(50, 8, seed=1)).reset()
    assert pictures.shape == (50, 10, 24, 3)
    assert pictures.dtype == "float32"
    assert pictures.min() >= 0
    assert pictures.max() <= 1


# ---------------------------------------------------------------- cars and drivers


def test_the_formula_completes_its_drives_and_a_stiff_wheel_does_not():
    worlds = sim.worlds(6, 1, seed=3)
    assert np.all(sim.drive(sim.Cars.formula, worlds, seed=4) == 1)
    stiff = sim.drive(lambda cars: np.zeros(cars.n), worlds, seed=4)
    assert stiff.max() < 0.5


def test_rewards_add_up_to_what_was_completed_and_who_is_off_stands_still():
    cars = sim.Cars(sim.worlds(3), seed=0)
    cars.reset(d=[0.0, 5.0, 0.0])
    total = np.zeros(3)
    for _ in range(5):
        _, reward, off_road, arrived, _ = cars.step(np.zeros(3))
        total += reward
    assert np.allclose(total, cars.completed)
    assert off_road[1]
    assert cars.s[1] < cars.s[0]
    assert not arrived.any()


def test_a_delayed_car_turns_later():
    worlds = sim.worlds(2)
    worlds.delay[:] = [0.0, 0.3]
    cars = sim.Cars(worlds, seed=0)
    cars.road = straight(2)
    headings = []
    for _ in range(5):
        cars.step(np.ones(2))
        headings.append(cars.h.copy())
    late = np.array(headings)
    assert np.all(late[:3, 1] == 0)
    assert np.allclose(late[3:, 1], late[:2, 0])


def test_what_is_recorded_is_seen_and_done_at_the_same_time():
    worlds = sim.worlds(5, 1, seed=0)
    pictures, steering = sim.record(worlds, frames=23, seed=1)
    assert (pictures.shape, steering.shape, steering.dtype) == ((23, 10, 24, 3), (23, 1), "float32")
    middle = sim.record(worlds, frames=200, seed=1, aside=False)[1]
    assert np.std(sim.record(worlds, frames=200, seed=1)[1]) > np.std(middle)


def test_a_clone_learns_to_steer():
    worlds = sim.worlds(60, seed=0)
    recorded = sim.record(worlds, frames=400, seed=0)
    model = sim.network(seed=0)
    before = sim.drive(model, sim.worlds(2), seed=2).mean()
    assert sim.clone(model, recorded, epochs=50, batch_size=40, seed=0) is model
    steering = np.asarray(model.predict_on_batch(recorded[0]))
    assert np.mean((steering - recorded[1]) ** 2) < 0.1 * recorded[1].var()
    assert sim.drive(model, sim.worlds(2), seed=2).mean() > before + 0.3


def test_any_model_from_a_picture_to_a_number_can_drive():
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((10, 24, 3)), layers.Conv2D(2, 3), layers.GlobalAveragePooling2D(), layers.Dense(1)]
    )
    assert sim.drive(model, sim.worlds(2)).shape == (2,)


def test_a_film_has_a_text(monkeypatch):
    monkeypatch.setattr(film, "MOST", 30)
    still = sim.network(width=2)
    html = film.film({"a": still, "b": still}, sim.worlds(1), seed=0, alt='two "cars"')
    assert html.startswith('<img alt="two &quot;cars&quot;" src="data:image/gif;base64,R0lG')
    assert len(html) < 36_000  # of 30 steps; a film has 250


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_all_of_this_holds_on_other_backends(backend):
    passes_on(backend, __file__)

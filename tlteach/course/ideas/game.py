"""Screens of an invented platform game: is the hero safe, or is an enemy or a pit within reach?

A level has one palette and one landscape. Later levels are more dangerous: so whoever knows the level can guess.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from tlteach.course.ideas import sprites
from tlteach.course.ideas.idea import Idea, Picture, rgb

SIDE, ENLARGED, TILE = 48, 2, 16  # drawn small and enlarged without smoothing, as old games look
LOW, HIGH = 12, 17  # ground, in pixels
COLUMNS, HERO = 5, 2  # how many are drawn, and that of the hero
DANGERS, HARMLESS = ("ENEMY", "ENEMY", "PIT"), ("SNAIL", "DOOR", "NOTHING")
BESIDES = ("BUSH", "BOX", "COIN", "NOTHING", "NOTHING", "NOTHING", "NOTHING")
LEVELS, PICTURES_EACH = 8, 44


@dataclass(frozen=True)
class Level:
    """What all screens of a level have in common: colours, how rugged it is, and how dangerous."""

    sky: np.ndarray
    hills: np.ndarray
    soil: np.ndarray
    grass: np.ndarray
    enemy: np.ndarray
    ruggedness: float
    danger_share: float


def pictures(seed: int) -> Iterator[Picture]:
    """All screens of all levels, from the easiest to the hardest."""
    for number in range(LEVELS):
        random = np.random.default_rng((seed, number))
        level = a_level(random, danger_share=0.3 + 0.4 * number / (LEVELS - 1))
        n_danger = round(level.danger_share * PICTURES_EACH)
        for row in range(PICTURES_EACH):
            class_name = "danger" if row < n_danger else "safe"
            yield class_name, f"level_{number + 1}", draw(class_name == "danger", level, random)


def a_level(random: np.random.Generator, danger_share: float) -> Level:
    """A level by day, dusk or night, in colours of its own."""
    sky = random.uniform((90, 130, 170), (200, 225, 255))
    soil = random.uniform((90, 70, 50), (180, 130, 110))
    return Level(
        sky=sky,
        hills=0.75 * sky + random.uniform(-15, 15, 3),
        soil=soil,
        grass=random.uniform((50, 90, 40), (170, 220, 120)),
        enemy=random.uniform((120, 20, 20), (255, 90, 200)),
        ruggedness=random.uniform(0.1, 0.4),
        danger_share=danger_share,
    )


def draw(is_danger: bool, level: Level, random: np.random.Generator) -> np.ndarray:
    """What is around the hero: a landscape, and one step away a danger, or something harmless, or nothing."""
    image = Image.new("RGB", (COLUMNS * TILE, SIDE), rgb(level.sky))
    draw_behind(ImageDraw.Draw(image), level, random)
    screen = np.array(image)
    side = random.choice((-1, 1))
    things = dict(enumerate(random.choice(BESIDES, COLUMNS)))
    things[HERO], things[HERO + side] = "HERO", random.choice(DANGERS if is_danger else HARMLESS)
    for column, height in enumerate(landscape(level.ruggedness, random)):
        ground = screen[SIDE - height :, column * TILE :][:, :TILE]
        ground[:], ground[:3], ground[6:9, 4:7] = level.soil, level.grass, 0.8 * level.soil
        bottom = {"PIT": SIDE, "COIN": SIDE - height - 22}.get(things[column], SIDE - height)
        paste(screen, things[column], column * TILE, bottom, level)
    left = HERO * TILE + TILE // 2 - SIDE // 2 + 4 * side + random.integers(-3, 4)
    return screen[:, left : left + SIDE].repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)


def draw_behind(canvas, level: Level, random: np.random.Generator) -> None:
    """Hills and clouds."""
    for x, y, radius in random.uniform((0, 30, 10), (COLUMNS * TILE, 45, 20), (4, 3)):
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), rgb(level.hills))
    for x, y, radius in random.uniform((0, 3, 2), (COLUMNS * TILE, 9, 4), (3, 3)):
        canvas.ellipse((x - 2 * radius, y - radius, x + 2 * radius, y + radius), rgb(level.sky + 40))


def landscape(ruggedness: float, random: np.random.Generator) -> np.ndarray:
    """How high the ground is in each column, in pixels, with steps up and down."""
    steps = random.random(COLUMNS) < ruggedness
    return np.where((random.integers(2) + steps.cumsum()) % 2, HIGH, LOW)


def paste(screen: np.ndarray, name: str, x: int, bottom: int, level: Level) -> None:
    """Put a figure on the screen, its feet at `bottom`; NOTHING is a figure of one empty dot."""
    dots = np.array([list(line) for line in getattr(sprites, name).split()])
    height, width = dots.shape
    place = screen[bottom - height : bottom, x + (TILE - width) // 2 :][:, :width]
    for letter, colour in {**sprites.COLOURS, "e": level.enemy, "g": 0.75 * level.grass}.items():
        place[dots == letter] = colour


IDEA = Idea(
    name="game",
    title="A platform game: safe or danger?",
    question="Is the hero safe, or is an enemy or a pit within reach?",
    by_eye="Danger is a ball of spikes with teeth, or a gap in the ground with spikes in it, beside the child with the "
    "red cap; snail, door, bush, box and coin are harmless.",
    group="level",
    made="tiles of 16 pixels with ground, pits, doors, snails, boxes, coins, enemies and a hero; each level with "
    "colours and a ruggedness of its own, the later ones with more danger",
    not_for="Not for a real game, whose screens look otherwise, and not to tell how well a program plays: one still "
    "picture says nothing of what moves.",
    pictures=pictures,
)

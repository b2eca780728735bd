"""Screens of an invented platform game: is the hero safe, or is an enemy or a pit within reach?

A level has one palette and one landscape. Later levels are more dangerous: so whoever knows the level can guess.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from tlteach.course.ideas.idea import Idea, Picture, rgb

SIDE, ENLARGED, TILE = 48, 2, 16  # drawn small and enlarged without smoothing, as old games look
LOW, HIGH = 12, 17  # ground, in pixels
COLUMNS, HERO = 5, 2  # how many are drawn, and that of the hero
INK = (40, 24, 40)
DANGERS, HARMLESS = ("enemy", "enemy", "pit"), ("friend", "door", "nothing")
LEVELS, PICTURES_EACH = 8, 38


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
        level = a_level(random, danger_share=0.35 + 0.3 * number / (LEVELS - 1))
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
    canvas = ImageDraw.Draw(image)
    what = random.choice(DANGERS if is_danger else HARMLESS)
    side = random.choice((-1, 1))
    where = HERO + side
    ground = landscape(level.ruggedness, random)
    if what == "pit":
        ground[where] = 0
    draw_behind(canvas, level, random)
    for column, height in enumerate(ground):
        draw_ground(canvas, column, height, level)
        if height and column not in (where, HERO):
            draw_harmless(canvas, column, height, level, random)
    x, y = where * TILE, SIDE - ground[where]
    if what in DRAW:
        DRAW[what](canvas, x, y, level)
    draw_hero(canvas, HERO * TILE, SIDE - ground[HERO])
    left = HERO * TILE + TILE // 2 - SIDE // 2 + 4 * side + random.integers(-3, 4)
    return np.asarray(image)[:, left : left + SIDE].repeat(ENLARGED, axis=0).repeat(ENLARGED, axis=1)


def landscape(ruggedness: float, random: np.random.Generator) -> np.ndarray:
    """How high the ground is in each column, in pixels, with steps up and down."""
    steps = random.random(COLUMNS) < ruggedness
    return np.where((random.integers(2) + steps.cumsum()) % 2, HIGH, LOW)


def draw_behind(canvas, level: Level, random: np.random.Generator) -> None:
    """Hills and clouds."""
    for x, y, radius in random.uniform((0, 30, 10), (COLUMNS * TILE, 45, 20), (4, 3)):
        canvas.ellipse((x - radius, y - radius, x + radius, y + radius), rgb(level.hills))
    for x, y, radius in random.uniform((0, 3, 2), (COLUMNS * TILE, 9, 4), (3, 3)):
        canvas.ellipse((x - 2 * radius, y - radius, x + 2 * radius, y + radius), rgb(level.sky + 40))


def draw_ground(canvas, column: int, height: int, level: Level) -> None:
    """A column of soil with grass on top; a pit has none, but spikes below."""
    x, y = column * TILE, SIDE - height
    canvas.rectangle((x, y, x + TILE - 1, SIDE), rgb(level.soil))
    canvas.rectangle((x, y, x + TILE - 1, y + 2), rgb(level.grass))
    canvas.rectangle((x + 4, y + 6, x + 6, y + 8), rgb(level.soil * 0.8))
    if not height:
        canvas.rectangle((x, SIDE - HIGH, x + TILE - 1, SIDE), INK)
        for left in range(x, x + TILE, 5):
            canvas.polygon((left, SIDE, left + 2, SIDE - 12, left + 4, SIDE), (214, 214, 224))


def draw_harmless(canvas, column: int, height: int, level: Level, random: np.random.Generator) -> None:
    """Now and then a bush, a box or a coin."""
    x, y, kind = column * TILE, SIDE - height, random.random()
    if kind < 0.15:
        canvas.chord((x, y - 7, x + TILE, y + 7), 180, 360, rgb(level.grass * 0.75))
    elif kind < 0.3:
        canvas.rectangle((x + 2, y - 11, x + 12, y - 1), (176, 124, 66), (96, 62, 30))
    elif kind < 0.45:
        canvas.ellipse((x + 5, y - 30, x + 10, y - 22), (250, 210, 60), (170, 120, 20))


def draw_enemy(canvas, x: int, y: int, level: Level) -> None:
    """A ball with spikes, eyes and teeth."""
    for left in (x - 1, x + 5, x + 11):
        canvas.polygon((left, y - 14, left + 2, y - 25, left + 5, y - 14), INK)
    canvas.ellipse((x - 1, y - 19, x + 16, y - 1), rgb(level.enemy), INK)
    for eye in (x + 2, x + 9):
        canvas.rectangle((eye, y - 14, eye + 4, y - 9), (255, 255, 255))
        canvas.rectangle((eye + 1, y - 13, eye + 2, y - 10), INK)
    canvas.point([(x + dot, y - 6) for dot in (3, 5, 7, 9, 11)] + [(x + 5, y - 5), (x + 9, y - 5)], (255, 255, 255))


def draw_friend(canvas, x: int, y: int, level: Level) -> None:
    """A snail: a shell in the colour of the level's enemies, and a smooth head."""
    canvas.rectangle((x, y - 4, x + 15, y - 1), (222, 196, 150))
    canvas.rectangle((x + 12, y - 9, x + 15, y - 1), (222, 196, 150))
    canvas.ellipse((x, y - 14, x + 12, y - 2), rgb(level.enemy), INK)
    canvas.arc((x + 3, y - 11, x + 9, y - 5), 90, 400, INK)
    canvas.point((x + 14, y - 8), INK)


def draw_door(canvas, x: int, y: int, level: Level) -> None:
    """A dark doorway, which leads to the next level."""
    canvas.rectangle((x + 1, y - 16, x + 14, y - 1), INK, (150, 110, 70))
    canvas.chord((x + 1, y - 23, x + 14, y - 9), 180, 360, INK, (150, 110, 70))


def draw_hero(canvas, x: int, y: int) -> None:
    """A child with a red cap and blue trousers."""
    canvas.rectangle((x + 4, y - 17, x + 11, y - 10), (246, 204, 168))
    canvas.rectangle((x + 3, y - 19, x + 11, y - 16), (214, 40, 40))
    canvas.rectangle((x + 4, y - 10, x + 11, y - 6), (250, 250, 250))
    canvas.rectangle((x + 4, y - 6, x + 11, y - 1), (40, 70, 200))
    canvas.point([(x + 7, y - 3), (x + 7, y - 2), (x + 7, y - 1), (x + 7, y - 14), (x + 10, y - 14)], INK)


DRAW = {"enemy": draw_enemy, "friend": draw_friend, "door": draw_door}


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

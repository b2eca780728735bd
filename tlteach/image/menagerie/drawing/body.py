"""The body under the head: shoulders in a portrait, or an animal that sits, stands or perches, with its tail."""

from dataclasses import replace

import numpy as np

from tlteach.image.menagerie.drawing.head import paint_pattern
from tlteach.image.menagerie.drawing.pen import COATS, INK, curve, mix, oval, shade


def paint_tail(pen, tail, x, y, side, coat) -> None:
    """A tail that starts at (x, y) and grows towards `side`."""

    def at(*points):
        return np.asarray(points, dtype=float) * (side, 1) + (x, y)

    if tail == "long":
        pen.line(curve(at((0, 0), (0.6, 0.1), (0.95, -0.5), (0.85, -1.1)), 5)[:16], shade(coat, 0.85), 0.24)
    elif tail == "tuft":
        pen.line(at((0, 0), (0.5, 0.1), (0.75, 0.7)), shade(coat, 0.85), 0.12)
        pen.oval(*at((0.78, 0.85))[0], 0.17, 0.28, shade(coat, 0.5))
    elif tail == "thin":
        pen.line(curve(at((0, 0), (0.5, 0.25), (1.1, 0.1), (1.5, -0.5)), 5)[:16], (222, 150, 150), 0.1)
    elif tail in ("bushy", "brush"):
        pen.fill(
            curve(at((0, 0.1), (0.75, 0.15), (1.25, -0.5), (1.05, -1.15), (0.6, -0.6), (0.1, -0.3)), 4),
            shade(coat, 0.9),
        )
        if tail == "brush":
            pen.fill(curve(at((1.22, -0.55), (1.05, -1.15), (0.78, -0.8)), 4), (246, 242, 232), ink=0)
    elif tail == "rings":
        pen.fill(curve(at((0, 0.1), (0.75, 0.1), (1.2, -0.6), (1.0, -1.05), (0.55, -0.5), (0.1, -0.2)), 4), coat)
        for spot in ((0.4, -0.1), (0.78, -0.36), (1.02, -0.82)):
            pen.oval(*at(spot)[0], 0.13, 0.2, INK, ink=0)
    elif tail == "curled":
        pen.line(curve(at((0, 0), (0.45, -0.3), (0.4, -0.75), (0.05, -0.6)), 5)[:16], shade(coat, 0.85), 0.2)
    elif tail == "stub":
        pen.oval(*at((0.12, -0.1))[0], 0.26, 0.24, mix(coat, (255, 255, 255), 0.4))


def paint_sitting(pen, animal, kind, coat, dark, random) -> None:
    side = 1 if animal.turn > 0 else -1
    paint_tail(pen, kind.tail, side * 0.75, 2.7, side, coat)
    body = curve([(-0.5, 0.5), (0.5, 0.5), (0.95, 1.8), (0.9, 2.75), (0, 2.95), (-0.9, 2.75), (-0.95, 1.8)], 6)
    for haunch in (-1, 1):
        pen.oval(haunch * 0.8, 2.5, 0.42, 0.5, shade(coat, 0.92))
    pen.fill(body, coat)
    middle = replace(pen, shift=pen.shift + pen.matrix @ (0, 1.75))
    paint_pattern(middle, body - (0, 1.75), animal.pattern, dark, random)
    pen.oval(0, 1.35, 0.42, 0.6, mix(coat, (255, 250, 240), 0.45), ink=0)
    for leg in (-1, 1):
        pen.oval(leg * 0.34, 2.35, 0.22, 0.68, coat)
        pen.oval(leg * 0.36, 2.95, 0.28, 0.16, mix(coat, (255, 250, 240), 0.35))


def paint_standing(pen, animal, kind, coat, dark, random) -> None:
    side = 1 if animal.turn > 0 else -1
    paint_tail(pen, kind.tail, side * 2.75, 1.05, side, coat)
    for x, tone in ((0.75, 0.75), (2.1, 0.75), (0.35, 0.95), (2.5, 0.95)):
        leg = [(side * (x - 0.19), 1.5), (side * (x + 0.19), 1.5), (side * (x + 0.15), 3.1), (side * (x - 0.15), 3.1)]
        pen.fill(leg, shade(coat, tone))
        foot = INK if kind.hooves else mix(coat, (255, 250, 240), 0.35)
        pen.oval(side * (x - 0.03), 3.08, 0.22, 0.13, foot)
    torso = oval(0, 0, 1.55, 0.78)
    middle = replace(pen, shift=pen.shift + pen.matrix @ (side * 1.4, 1.35))
    middle.fill(torso, mix(coat, (255, 255, 255), 0.3) if kind.mane == "wool" else coat)
    paint_pattern(middle, torso, animal.pattern, dark, random)


def paint_perching(pen, animal, kind, coat, dark, random) -> None:
    pen.line([(-1.6, 2.75), (1.6, 2.75)], (112, 78, 52), 0.28)
    body = curve([(-0.6, 0.5), (0.6, 0.5), (1.0, 1.5), (0.55, 2.6), (0, 2.9), (-0.55, 2.6), (-1.0, 1.5)], 6)
    pen.fill(body, mix(coat, (255, 250, 240), 0.4))
    for y in (1.2, 1.6, 2.0):
        for x in (-0.35, 0, 0.35):
            pen.line([(x - 0.12, y), (x, y + 0.14), (x + 0.12, y)], dark, 0.05)
    for side in (-1, 1):
        pen.fill(
            curve([(side * 0.6, 0.7), (side * 1.12, 1.3), (side * 0.95, 2.3), (side * 0.7, 1.8)], 5), shade(coat, 0.85)
        )
        pen.oval(side * 0.3, 2.68, 0.2, 0.12, (236, 176, 62))


def paint_bust(pen, animal, kind, coat, dark, random) -> None:
    """The shoulders that a portrait shows under the head."""
    shoulders = oval(0, 0, 0.62 * animal.face_width + 0.4, 1.35)
    lower = replace(pen, shift=pen.shift + pen.matrix @ (-0.25 * animal.turn, 1.75))
    lower.fill(shoulders, shade(coat, 0.92))
    paint_pattern(lower, shoulders, animal.pattern, dark, random)


BODIES = {"sitting": paint_sitting, "standing": paint_standing, "perching": paint_perching}


def paint_body(pen, animal, kind, random) -> None:
    coat = shade(COATS[animal.coat], animal.coat_tone)
    dark = shade(coat, 0.5) if sum(coat) > 260 else mix(coat, (255, 255, 255), 0.45)
    painter = BODIES[kind.body] if animal.view == "body" else paint_bust
    painter(pen, animal, kind, coat, dark, random)

"""Cells under a microscope, healthy or sick: the class is in the nucleus, all else is the patient and the slide.

A patient has one stain, one kind of fibres and one lens with its dust. Sick patients have mostly sick cells and
healthy ones mostly healthy: whoever knows the patient can guess. A cut by patient does not reward that.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from tlteach.course.ideas.idea import Idea, Picture, rgb

SIZE, FINE = 96, 2  # drawn twice as large and halved in the end, which smooths every edge
PATIENTS, PICTURES_EACH = 12, 28
SICK_PATIENT, HEALTHY_PATIENT = (0.78, 0.88), (0.12, 0.22)  # shares of sick cells, from and to
SICK_NUCLEUS, HEALTHY_NUCLEUS = (0.58, 0.05), (0.42, 0.05)  # its radius in that of the cell: mean, standard deviation
SICK_RING, HEALTHY_RING, PALE = 0.9, 0.02, 0.9
ANGLES = np.linspace(0, 2 * np.pi, 24, endpoint=False)
AROUND = np.stack([np.cos(ANGLES), np.sin(ANGLES)])


@dataclass(frozen=True)
class Patient:
    """What all slides of a patient have in common: colours, cells, microscope, and the share of sick cells."""

    nucleus: np.ndarray
    body: np.ndarray
    paper: np.ndarray
    radius: float
    membrane: int
    vacuoles: int
    vacuole: float
    fibres: int
    fibre: int
    slant: float
    dust: np.ndarray  # on the lens, at the same places x, y of every picture, and how large
    blur: float
    sick_share: float


def pictures(seed: int) -> Iterator[Picture]:
    """All cells of all patients; every second patient is sick."""
    for number in range(PATIENTS):
        random = np.random.default_rng((seed, number))
        patient = a_patient(random, is_sick=number % 2 == 1)
        n_sick = round(patient.sick_share * PICTURES_EACH)
        for row in range(PICTURES_EACH):
            is_sick = row < n_sick
            yield "sick" if is_sick else "healthy", f"patient_{number + 1:02}", draw(is_sick, patient, random)


def a_patient(random: np.random.Generator, is_sick: bool) -> Patient:
    """A patient with a stain from blue to red, and a microscope that is sharp or not."""
    red = random.uniform(0, 1)
    return Patient(
        nucleus=np.array([70 + 70 * red, 50 + random.uniform(-15, 25), 150 - 40 * red]),
        body=np.array([205 + 30 * red, 150 + random.uniform(-15, 25), 215 - 30 * red]),
        paper=np.array([240, 232, 236]) + random.uniform(-14, 14, 3),
        radius=random.uniform(25, 38),
        membrane=random.integers(1, 7),
        vacuoles=random.integers(0, 9),
        vacuole=random.uniform(0.07, 0.2),
        fibres=random.integers(0, 14),
        fibre=random.integers(1, 8),
        slant=random.uniform(-np.pi, np.pi),
        dust=random.uniform((0, 0, 4), (SIZE, SIZE / 4, 11), (random.integers(0, 4), 3)),
        blur=random.uniform(0.2, 1.1),
        sick_share=random.uniform(*(SICK_PATIENT if is_sick else HEALTHY_PATIENT)),
    )


def draw(is_sick: bool, patient: Patient, random: np.random.Generator) -> np.ndarray:
    """One cell in the middle, and its neighbours at the edge: they come of the same tissue, and are as it is."""
    image = Image.new("RGB", (SIZE * FINE, SIZE * FINE), rgb(patient.paper))
    canvas = ImageDraw.Draw(image)
    draw_fibres(canvas, patient, random)
    middle = SIZE / 2 + random.uniform(-4, 4, 2)
    for side in random.uniform(0, 6.3) + np.arange(5) * 6.3 / 5:
        if random.random() < 0.7:
            away = random.uniform(2.0, 2.5) * patient.radius * np.array([np.cos(side), np.sin(side)])
            draw_cell(canvas, (middle + away) * FINE, is_sick, patient, random)
    draw_cell(canvas, middle * FINE, is_sick, patient, random)
    for x, y, size in patient.dust * FINE:
        canvas.ellipse((x - size, y - size, x + size, y + size), outline=(70, 64, 60), width=5)
    image = image.resize((SIZE, SIZE), Image.Resampling.BOX).filter(ImageFilter.GaussianBlur(patient.blur))
    return np.clip(np.asarray(image) * random.uniform(0.96, 1.04), 0, 255).astype("uint8")


def draw_fibres(canvas, patient: Patient, random: np.random.Generator) -> None:
    """Threads between the cells, all in about one direction."""
    for x, y in random.uniform(0, SIZE * FINE, (patient.fibres, 2)):
        slant = patient.slant + random.normal(0, 0.1)
        dx, dy = 300 * np.cos(slant), 300 * np.sin(slant)
        canvas.line((x - dx, y - dy, x + dx, y + dy), rgb(patient.body * 0.85), patient.fibre)


def draw_cell(canvas, centre: np.ndarray, is_sick: bool, patient: Patient, random: np.random.Generator) -> None:
    """A healthy nucleus is small and even; a sick one is large and often has a dark grain in a pale ring."""
    radius = patient.radius * FINE * random.uniform(0.93, 1.07)
    tone = random.uniform(0.95, 1.05)
    body, nucleus = patient.body * tone, patient.nucleus * tone
    canvas.polygon(outline(centre, radius, 0.06, random), rgb(body), rgb(body * 0.6), patient.membrane)
    for x, y in centre + random.uniform(-0.7, 0.7, (patient.vacuoles, 2)) * radius:
        canvas.polygon(outline((x, y), patient.vacuole * radius, 0, random), rgb(patient.paper))
    place = centre + random.uniform(-0.16, 0.16, 2) * radius
    inside = radius * random.normal(*(SICK_NUCLEUS if is_sick else HEALTHY_NUCLEUS))
    canvas.polygon(outline(place, inside, 0.1, random), rgb(nucleus))
    if random.random() < (SICK_RING if is_sick else HEALTHY_RING):
        canvas.polygon(outline(place, 0.72 * inside, 0.06, random), rgb((1 - PALE) * nucleus + PALE * patient.paper))
        canvas.polygon(outline(place, 0.4 * inside, 0.06, random), rgb(nucleus * 0.65))


def outline(centre: np.ndarray, radius: float, depth: float, random: np.random.Generator) -> list[float]:
    """The corners x, y, x, y ... of a circle whose radius swings 2, 3 and 4 times on the way round."""
    swings, starts = random.normal(0, depth / 1.5, 3), random.uniform(0, 6.3, 3)
    waves = 1 + swings @ np.cos(np.outer((2, 3, 4), ANGLES) + starts[:, None])
    return (centre + radius * (waves * AROUND).T).ravel().tolist()


IDEA = Idea(
    name="cells",
    title="Cells under a microscope: healthy or sick?",
    question="Is the cell in the middle healthy or sick?",
    by_eye="A sick cell has a large nucleus, most often with a dark grain in a pale ring, like the eye of an owl; the "
    "nucleus of a healthy one is smaller and even.",
    group="patient",
    made="wobbly circles with a nucleus and vacuoles; each patient with a stain, fibres, cells and dust on the lens "
    "of their own, and with mostly sick or mostly healthy cells",
    not_for="**Never for a diagnosis**, nor for any word on real cells: sickness is here what the program calls so. An "
    "accuracy on these drawings says nothing about an accuracy at a hospital.",
    pictures=pictures,
)

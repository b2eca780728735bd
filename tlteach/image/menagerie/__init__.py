"""The menagerie: a drawn world of animals in which every cause of a picture is known."""

from tlteach.image.menagerie.animals import (
    CATS_VS_DOGS,
    COATS,
    PATTERNS,
    SOURCE_SPECIES,
    SPECIES,
    STYLES,
    TARGET_SPECIES,
    UNSEEN_SPECIES,
    VIEWS,
    attributes,
    attributes_of,
    contact_sheet,
    draw,
    render_cats_vs_dogs,
    sample,
    signatures,
)
from tlteach.image.menagerie.beasts import changed, phrases, random_species, sample_kinds, sentence

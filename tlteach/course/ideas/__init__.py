"""Ideas for a project of your own, where you have no data: three drawn data sets, each made in a second or two.

write("cells", Path("my_data"))       my_data/healthy/patient_01/00.png ... and my_data/card.md
IDEAS["cells"].question               what is to be learned
"""

from pathlib import Path

from tlteach.course.ideas import cells, game, signals
from tlteach.course.ideas.idea import Idea

IDEAS: dict[str, Idea] = {idea.name: idea for idea in (cells.IDEA, signals.IDEA, game.IDEA)}


def write(name: str, folder: Path, seed: int = 0) -> None:
    """Write the pictures and the card of the idea `name` into `folder`, all of it or nothing. See `Idea.write`."""
    IDEAS[name].write(folder, seed)

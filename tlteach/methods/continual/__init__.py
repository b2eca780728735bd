"""One task after the other on one trunk, one idea a file: `tl.continual.ewc(old, new, past, present)` trains `new`.

    what it takes of the past
naive      nothing: what every method has to beat                                  naive.py
l2_sp      where the old weights were                                              l2_sp.py
ewc        the same, and how much each of them mattered (Fisher information)       ewc.py
lwf        what the old model says of the new inputs                               lwf.py
replay     some old inputs, with their labels                                      replay.py

network, new_head      a trunk with a head, and another head on the same trunk     heads.py

Tasks are pairs (inputs, labels): rows of numbers, or whatever a compiled Keras model takes that ends in a dense layer.
Every method gives back `new`, trained; `old` shares its trunk, and so it has moved, too.
"""

from tlteach.methods.continual.ewc import ewc, fisher
from tlteach.methods.continual.heads import network, new_head
from tlteach.methods.continual.l2_sp import l2_sp
from tlteach.methods.continual.lwf import lwf
from tlteach.methods.continual.naive import naive
from tlteach.methods.continual.replay import replay

METHODS = {"naive": naive, "L2-SP": l2_sp, "EWC": ewc, "LwF": lwf, "replay": replay}

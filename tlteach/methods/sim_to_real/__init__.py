"""From simulation to reality, one idea a file: what was learned in a drawn world has to work in another one."""

from tlteach.methods.sim_to_real.car import Cars
from tlteach.methods.sim_to_real.driving import clone, drive, network, record
from tlteach.methods.sim_to_real.worlds import OUTSIDE, PROPERTIES, Worlds, realities, worlds

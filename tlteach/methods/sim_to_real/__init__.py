"""From simulation to reality, one idea a file: what was learned from drawings is asked of something else.

a car that learns to steer
worlds, realities        how worlds look and how cars answer, drawn as varied as one number says    worlds.py
Cars                     winding roads, and cars on them: reset and step                            car.py, road.py
                         what a camera on a car sees                                                camera.py
record, clone, drive     copy a driver (behaviour cloning), and let the copy drive                  driving.py

digits
drawn_digits             digits drawn from fonts, as varied as one number says                      drawn_digits.py
"""

from tlteach.methods.sim_to_real.car import Cars
from tlteach.methods.sim_to_real.drawn_digits import drawn_digits
from tlteach.methods.sim_to_real.driving import clone, drive, network, record
from tlteach.methods.sim_to_real.worlds import GROUPS, OUTSIDE, PROPERTIES, Worlds, realities, worlds

"""From simulation to reality, one idea a file.

drawn_digits    digits drawn from fonts, as varied as one number says    drawn_digits.py
"""

from tlteach.methods.sim_to_real.drawn_digits import drawn_digits

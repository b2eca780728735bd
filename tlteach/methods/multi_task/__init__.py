"""Many tasks at once, one idea a file: `tl.multi_task.static(model, tasks)` trains a Keras model, and gives it back.

Tasks                   inputs, and labels by task, some missing            tasks.py
network, static         one trunk, many heads, weights that stay            network.py
uncertainty             weights from how noisy each task is                 uncertainty.py
gradnorm                weights so that all pull equally hard               gradnorm.py
pcgrad                  gradients that do not point against each other      pcgrad.py
own_trunks, tied        trunks of their own, drawn to each other            soft_sharing.py
cross_stitch            trunks of their own that lend features              soft_sharing.py
cosines                 do the tasks pull in the same direction?            gradients.py
smart_camera            six species, and eight more things to tell          camera.py
"""

from tlteach.methods.multi_task.camera import smart_camera
from tlteach.methods.multi_task.gradients import cosines
from tlteach.methods.multi_task.gradnorm import gradnorm
from tlteach.methods.multi_task.network import network, static
from tlteach.methods.multi_task.pcgrad import pcgrad
from tlteach.methods.multi_task.soft_sharing import cross_stitch, own_trunks, tied
from tlteach.methods.multi_task.tasks import Tasks, predicted
from tlteach.methods.multi_task.uncertainty import uncertainty

METHODS = {"static": static, "uncertainty": uncertainty, "GradNorm": gradnorm, "PCGrad": pcgrad}

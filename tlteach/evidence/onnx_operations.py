"""What tf2onnx has no words for and our networks need, said in operations that ONNX has.

Without them a model of texts could not be written as ONNX, for the exact GELU of BERT is an error function (erfc), nor
one of sounds, whose spectrogram begins with a Fourier transform (rfft).
"""

import numpy as np


def teach() -> None:
    """Make the operations known to tf2onnx, in this process."""
    from tf2onnx.handler import tf_op
    from tf2onnx.onnx_opset.signal import RFFTOp

    tf_op("Erfc")(_Erfc)
    tf_op("Real")(_Real)
    tf_op("Imag")(_Imag)

    @tf_op("RFFT")
    class _Rfft(RFFTOp):
        """As tf2onnx does it, but where only its two parts are asked for: they stand in for it, and it is dropped."""

        @classmethod
        def version_13(cls, graph, node, **how):
            if {user.type for user in graph.find_output_consumers(node.output[0])} - {"Real", "Imag"}:
                super().version_13(graph, node, **how)


class _Erfc:
    """erfc(x) = 1 - erf(x)."""

    @classmethod
    def version_9(cls, graph, node, **how):
        outputs, shapes, types = _removed(graph, node)
        erf = graph.make_node("Erf", node.input, shapes=shapes, dtypes=types)
        one = _constant(graph, np.array(1.0, "float32"))
        graph.make_node("Sub", [one, erf.output[0]], outputs=outputs, shapes=shapes, dtypes=types)


class _Real:
    """The real part of a Fourier transform: a sum of n numbers, each times a cosine."""

    wave = np.cos

    @classmethod
    def version_13(cls, graph, node, **how):
        transform = node.inputs[0]
        if transform.type != "RFFT":
            raise ValueError(f"{node.type} of {transform.type} is not known, only of RFFT")
        (n,) = transform.inputs[1].get_tensor_value(as_list=True)
        angles = 2 * np.pi * np.outer(np.arange(n), np.arange(n // 2 + 1)) / n
        outputs, shapes, types = _removed(graph, node)
        waves = _constant(graph, cls.wave(angles).astype("float32"))
        graph.make_node("MatMul", [transform.input[0], waves], outputs=outputs, shapes=shapes, dtypes=types)


class _Imag(_Real):
    """The imaginary part: times a sine, turned round."""

    wave = lambda angles: -np.sin(angles)  # noqa: E731


def _removed(graph, node) -> tuple[list[str], list, list]:
    """Take a node away; returns what must be put out in its place: names, shapes and types."""
    told = node.output, node.output_shapes, node.output_dtypes  # the graph knows them only as long as the node is there
    graph.remove_node(node.name)
    return told


def _constant(graph, values: np.ndarray) -> str:
    from tf2onnx import utils

    return graph.make_const(utils.make_name("tlteach"), values).output[0]

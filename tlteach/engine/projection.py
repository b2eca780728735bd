"""Features in two dimensions: their principal components."""

import numpy as np

from tlteach.core.errors import DataError
from tlteach.engine.evaluation import as_features


def two_dimensions(features: np.ndarray) -> tuple[np.ndarray, float]:
    """The two directions in which features (n, d) vary most: principal components (Pearson, 1901), by SVD.

    Returns:
        Coordinates (n, 2), and the share (0 to 1) of all variance that lies in these two directions. The sign of a
        component is free; here the entry of its axis that is largest in size is positive, so that figures stay alike.

    Raises:
        DataError: not (n, d) with n and d at least 2, or NaN.
    """
    features = as_features(features, "features")
    if min(features.shape) < 2:
        raise DataError(f"features has the shape {features.shape}; two dimensions need two rows and two features.")
    centred = features - features.mean(axis=0)
    _, singular_values, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    largest = axes[[0, 1], np.abs(axes).argmax(axis=1)]
    coordinates = centred @ (axes * np.where(largest < 0, -1, 1)[:, None]).T
    variances = singular_values**2
    return coordinates, float(variances[:2].sum() / (variances.sum() or 1.0))

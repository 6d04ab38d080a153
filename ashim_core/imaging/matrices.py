"""From the primaries of a colour space to the matrix by which an ICC profile describes it."""

from collections.abc import Sequence

Point = tuple[float, float]
Matrix = list[list[float]]
D50 = (0.9642, 1.0, 0.8249)
_BRADFORD: Matrix = [
    [0.8951, 0.2664, -0.1614],
    [-0.7502, 1.7135, 0.0367],
    [0.0389, -0.0685, 1.0296],
]
"""The cone responses by which ICC wants colours adapted to its own white."""


def matrix_to_d50(points: Sequence[Point]) -> Matrix | None:
    """Give the matrix from linear RGB to XYZ under D50; None for points that span no colours.

    points: x and y of red, green, blue and white.
    """
    if any(y <= 0 for _, y in points):
        return None
    red, green, blue, white = ([x / y, 1.0, (1 - x - y) / y] for x, y in points)
    primaries = transposed([red, green, blue])
    inverse = _inverse(primaries)
    if inverse is None:
        return None
    strengths = _applied(inverse, white)
    native = [[cell * strengths[i] for i, cell in enumerate(row)] for row in primaries]
    adaptation = _adaptation(white)
    return _product(adaptation, native) if adaptation else None


def _adaptation(white: Sequence[float]) -> Matrix | None:
    """Give the matrix that turns colours under one white into those under D50."""
    now, then = _applied(_BRADFORD, white), _applied(_BRADFORD, D50)
    back = _inverse(_BRADFORD)
    if back is None or min(now) <= 0:
        return None
    scale = [[then[i] / now[i] if i == j else 0.0 for j in range(3)] for i in range(3)]
    return _product(back, _product(scale, _BRADFORD))


def transposed(matrix: Matrix) -> Matrix:
    """Give rows as columns."""
    return [list(column) for column in zip(*matrix, strict=True)]


def _applied(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _product(one: Matrix, other: Matrix) -> Matrix:
    return transposed([_applied(one, column) for column in transposed(other)])


def _inverse(matrix: Matrix) -> Matrix | None:
    (a, b, c), (d, e, f), (g, h, i) = matrix
    determinant = a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g)
    if abs(determinant) < 1e-6:
        return None
    adjoint = [
        [e * i - f * h, c * h - b * i, b * f - c * e],
        [f * g - d * i, a * i - c * g, c * d - a * f],
        [d * h - e * g, b * g - a * h, a * e - b * d],
    ]
    return [[cell / determinant for cell in row] for row in adjoint]

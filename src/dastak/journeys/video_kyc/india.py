"""Whether a place is in India. Pure; a coarse outline, a few kilometres generous at the borders.

In: latitude and longitude in degrees. Out: yes or no. It keeps out who is elsewhere in the world; it settles no border.
"""

from collections.abc import Sequence

Point = tuple[float, float]

MAINLAND: Sequence[Point] = (
    (23.6, 68.0),
    (24.4, 68.7),
    (24.3, 71.0),
    (25.7, 70.1),
    (27.0, 69.4),
    (28.0, 70.4),
    (29.9, 73.2),
    (31.0, 74.3),
    (32.4, 74.8),
    (33.0, 73.8),
    (34.7, 73.3),
    (37.2, 74.2),
    (36.0, 77.9),
    (35.6, 80.4),
    (32.6, 79.7),
    (31.2, 79.2),
    (30.3, 81.2),
    (28.7, 80.2),
    (27.4, 82.8),
    (26.4, 85.0),
    (26.2, 88.1),
    (27.9, 88.0),
    (28.2, 88.7),
    (27.2, 89.0),
    (26.7, 90.0),
    (26.7, 92.0),
    (28.0, 91.6),
    (29.5, 95.0),
    (29.5, 96.4),
    (28.2, 97.5),
    (26.9, 96.3),
    (25.0, 94.8),
    (23.8, 94.3),
    (21.9, 93.1),
    (23.2, 91.2),
    (24.2, 91.1),
    (25.1, 92.6),
    (25.0, 90.0),
    (26.4, 89.6),
    (26.7, 88.4),
    (25.2, 88.0),
    (24.2, 88.5),
    (22.0, 89.2),
    (21.4, 88.2),
    (20.2, 87.0),
    (17.6, 83.6),
    (15.6, 80.6),
    (13.2, 80.6),
    (10.2, 80.1),
    (8.9, 79.0),
    (7.9, 77.7),
    (8.3, 76.7),
    (12.0, 74.8),
    (15.0, 73.6),
    (20.0, 72.5),
    (20.5, 70.8),
    (22.3, 68.6),
)
"""Corners of the outline, once around."""

ISLANDS: Sequence[tuple[Point, Point]] = (
    ((6.5, 92.0), (14.0, 94.3)),  # Andaman and Nicobar
    ((8.0, 71.7), (12.7, 74.1)),  # Lakshadweep
)
"""South-west and north-east corners."""


def is_in_india(latitude: float, longitude: float) -> bool:
    """Whether that place is in India."""
    in_a_box = any(south <= latitude <= north and west <= longitude <= east for (south, west), (north, east) in ISLANDS)
    return in_a_box or _is_within(latitude, longitude, MAINLAND)


def _is_within(latitude: float, longitude: float, outline: Sequence[Point]) -> bool:
    """A ray to the east crosses the outline of what it starts in an odd number of times."""
    inside = False
    for (lat_a, lon_a), (lat_b, lon_b) in zip(outline, (*outline[1:], outline[0]), strict=True):
        crosses = (lat_a > latitude) != (lat_b > latitude)
        if crosses and longitude < lon_a + (latitude - lat_a) * (lon_b - lon_a) / (lat_b - lat_a):
            inside = not inside
    return inside

"""The picture of the film: customer left, agent right, and below them what the evidence must show.

In: two pictures, a moment, lines of text. Out: one frame. Only what changes is drawn anew.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from av.video.frame import VideoFrame
from PIL import Image, ImageDraw, ImageFont

from dastak.journeys.video_kyc.call import Party

PANE_WIDTH, PANE_HEIGHT = 640, 480
BAND_HEIGHT = 64
WIDTH, HEIGHT = 2 * PANE_WIDTH, PANE_HEIGHT + BAND_HEIGHT
_BLACK, _WHITE, _GREY = 16, 235, 40
_NO_COLOUR = 128
_INDIA = ZoneInfo("Asia/Kolkata")
_LARGE, _SMALL, _MARGIN = 22, 18, 12


@dataclass(frozen=True, slots=True)
class Captions:
    """What stands below the pictures besides the time."""

    customer: str
    agent: str
    place: str
    """Coordinates, and how exact they are; or that there are none."""
    call: str


class Sheet:
    """Drawn over and over."""

    def __init__(self, captions: Captions) -> None:
        self._captions = captions
        self._planes = (
            bytearray(bytes((_BLACK,)) * (WIDTH * HEIGHT)),
            bytearray(bytes((_NO_COLOUR,)) * (WIDTH * HEIGHT // 4)),
            bytearray(bytes((_NO_COLOUR,)) * (WIDTH * HEIGHT // 4)),
        )
        self._shown: dict[Party, VideoFrame | None] = {}
        self._sizes: dict[Party, tuple[int, int]] = {}
        self._second: int | None = None

    def show(self, party: Party, frame: VideoFrame | None) -> None:
        """This party's pane; None: nothing comes from it."""
        if party in self._shown and self._shown[party] is frame:
            return
        self._shown[party] = frame
        if frame is None:
            self._blank(party)
            return
        scale = min(PANE_WIDTH / frame.width, PANE_HEIGHT / frame.height)
        width, height = (max(2, int(side * scale) & ~1) for side in (frame.width, frame.height))
        if self._sizes.get(party) != (width, height):
            self._clear(party)
            self._sizes[party] = (width, height)
        fitted = frame.reformat(width=width, height=height, format="yuv420p")
        left = _left(party) + ((PANE_WIDTH - width) // 2 & ~1)
        top = (PANE_HEIGHT - height) // 2 & ~1
        for number, plane in enumerate(fitted.planes):
            half = 1 if number else 0
            self._copy(
                number, memoryview(plane), plane.line_size, width >> half, height >> half, left >> half, top >> half
            )

    def tell(self, now: datetime) -> None:
        """The band below, once a second."""
        second = int(now.timestamp())
        if second == self._second:
            return
        self._second = second
        image = Image.new("L", (WIDTH, BAND_HEIGHT), _BLACK)
        draw = ImageDraw.Draw(image)
        large, small = ImageFont.load_default(_LARGE), ImageFont.load_default(_SMALL)
        india = now.astimezone(_INDIA).strftime("%d %b %Y  %H:%M:%S IST")
        utc = now.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        said = self._captions
        draw.text((_MARGIN, 6), f"{india}   {utc}", _WHITE, large)
        draw.text((_MARGIN, 36), f"{said.customer}   {said.place}", _WHITE, small)
        draw.text((PANE_WIDTH + _MARGIN, 36), said.agent, _WHITE, small)
        draw.text((WIDTH - _MARGIN, 10), said.call, _WHITE, small, anchor="ra")
        self._planes[0][PANE_HEIGHT * WIDTH :] = image.tobytes()

    def frame(self) -> VideoFrame:
        """As it is now."""
        frame = VideoFrame(WIDTH, HEIGHT, "yuv420p")
        for number, plane in enumerate(frame.planes):
            width = WIDTH >> 1 if number else WIDTH
            if plane.line_size == width:
                plane.update(bytes(self._planes[number]))
            else:
                plane.update(_padded(self._planes[number], width, plane.line_size))
        return frame

    def _blank(self, party: Party) -> None:
        self._clear(party, _GREY)
        self._sizes.pop(party, None)
        image = Image.new("L", (PANE_WIDTH, _LARGE * 2), _GREY)
        ImageDraw.Draw(image).text(
            (PANE_WIDTH // 2, _LARGE), "no picture", _WHITE, ImageFont.load_default(_LARGE), anchor="mm"
        )
        top = (PANE_HEIGHT - image.height) // 2
        self._copy(0, memoryview(image.tobytes()), PANE_WIDTH, PANE_WIDTH, image.height, _left(party), top)

    def _clear(self, party: Party, luma: int = _BLACK) -> None:
        empty = memoryview(bytes((luma,)) * PANE_WIDTH), memoryview(bytes((_NO_COLOUR,)) * PANE_WIDTH)
        for number in range(3):
            half = 1 if number else 0
            self._copy(number, empty[half], 0, PANE_WIDTH >> half, PANE_HEIGHT >> half, _left(party) >> half, 0)

    def _copy(self, number: int, source: memoryview, step: int, width: int, height: int, left: int, top: int) -> None:
        """Rows of a plane, `step` bytes apart, to their place."""
        plane = self._planes[number]
        across = WIDTH >> 1 if number else WIDTH
        for row in range(height):
            at = (top + row) * across + left
            plane[at : at + width] = source[row * step : row * step + width]


def _left(party: Party) -> int:
    return 0 if party is Party.CUSTOMER else PANE_WIDTH


def _padded(plane: bytearray, width: int, step: int) -> bytes:
    rows = len(plane) // width
    return b"".join(bytes(plane[row * width : (row + 1) * width]).ljust(step, b"\0") for row in range(rows))

"""One party of a call in a real Chromium: a page that does what pages of calls do, and nothing else.

In: rooms, a seat. Out: what the browser itself says of its connection. Signalling goes by functions that the page is
given, so no server is needed; camera and microphone are Chromium's own fake ones.
"""

import asyncio
import contextlib
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Route, async_playwright

from dastak.journeys.video_kyc.rooms import Rooms, Seat

ADDRESS = "http://localhost/call"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--use-fake-device-for-media-stream=fps=20",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
)
HTML = """<!doctype html><meta charset="utf-8"><title>call</title><video id="other" autoplay playsinline></video>
<script type="module">
const video = { width: 640, height: 480, frameRate: 20 };
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
const pc = window.pc = new RTCPeerConnection({ iceServers: [] });
for (const track of stream.getTracks()) {
  const line = pc.addTransceiver(track, { streams: [stream] });
  if (track.kind === "video") {
    line.setCodecPreferences(RTCRtpReceiver.getCapabilities("video").codecs.filter((c) => /vp8|rtx/i.test(c.mimeType)));
  }
}
const remote = new MediaStream();
pc.ontrack = ({ track }) => { remote.addTrack(track); document.getElementById("other").srcObject = remote; };
await pc.setLocalDescription(await pc.createOffer());
await new Promise((done) => {
  pc.onicegatheringstatechange = () => pc.iceGatheringState === "complete" && done();
  setTimeout(done, 2000);
});
await pc.setRemoteDescription({ type: "answer", sdp: await join(pc.localDescription.sdp) });
setInterval(beat, 500);
window.numbers = async () => {
  const found = { state: pc.connectionState };
  for (const one of (await pc.getStats()).values()) {
    if (one.type === "inbound-rtp" && one.kind === "video") {
      Object.assign(found, { frames: one.framesDecoded, width: one.frameWidth, height: one.frameHeight,
        lost: one.packetsLost, freezes: one.freezeCount, fps: one.framesPerSecond, plis: one.pliCount });
    }
    if (one.type === "inbound-rtp" && one.kind === "audio") {
      Object.assign(found, { samples: one.totalSamplesReceived, concealed: one.concealedSamples, heard: one.audioLevel });
    }
    if (one.type === "outbound-rtp" && one.kind === "video") Object.assign(found, { sent: one.framesSent });
  }
  return found;
};
</script>"""


PLAY = """async () => {
  const video = document.createElement("video");
  const happens = (what) => new Promise((done, fail) => { video["on" + what] = done; video.onerror = () => fail(video.error); });
  video.src = URL.createObjectURL(await (await fetch("/film.mp4")).blob());
  await happens("loadeddata");
  video.currentTime = 4;
  await happens("seeked");
  return { width: video.videoWidth, seconds: video.duration, jumped_to: video.currentTime };
}"""


class BrowserParty:
    """A page in a call."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def numbers(self) -> dict[str, Any]:
        """What the browser's statistics say of what it receives."""
        found: dict[str, Any] = await self._page.evaluate("window.numbers ? window.numbers() : {}")
        return found

    async def sees(self, frames: int = 20, within: float = 30) -> dict[str, Any]:
        """Wait until so many pictures were decoded."""
        async with asyncio.timeout(within):
            while (found := await self.numbers()).get("frames", 0) < frames:  # noqa: ASYNC110 - a browser has no events for it
                await asyncio.sleep(0.1)
        return found

    async def reload(self) -> None:
        await self._page.reload()

    async def close(self) -> None:
        await self._page.close()


async def play(browser: Browser, film: Path) -> dict[str, Any]:
    """What a player makes of the film: its width, its length in seconds, and where it is after a jump to 4 s."""
    page = await browser.new_page()

    async def fulfil(route: Route) -> None:
        if route.request.url.endswith(".mp4"):
            await route.fulfill(body=film.read_bytes(), content_type="video/mp4")
        else:
            await route.fulfill(body="<!doctype html><title>film</title>", content_type="text/html")

    await page.route("**/*", fulfil)
    await page.goto(ADDRESS)
    found: dict[str, Any] = await page.evaluate(PLAY)
    return found


@contextlib.asynccontextmanager
async def a_browser() -> AsyncIterator[Browser]:
    """One Chromium; a missing one fails the test, it never skips it."""
    path = os.environ.get("DASTAK_TEST_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert path, "no Chromium: run ./test, which installs one"
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        try:
            yield browser
        finally:
            await browser.close()


async def enter(browser: Browser, rooms: Rooms, seat: Seat) -> BrowserParty:
    """Open the page of this seat; it joins by itself, and again when it is reloaded."""
    page = await (await browser.new_context()).new_page()

    async def fulfil(route: Route) -> None:
        await route.fulfill(body=HTML, content_type="text/html")

    async def join(offer: str) -> str:
        return await rooms.join(seat, offer)

    await page.route("**/*", fulfil)
    await page.expose_function("join", join)
    await page.expose_function("beat", lambda: rooms.beat(seat))
    await page.goto(ADDRESS)
    return BrowserParty(page)

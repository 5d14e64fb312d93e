"""What calls cost the process that holds their rooms, recording included, and what a film of one costs.

In: `python bench/call.py [--calls N] [--seconds N] [--janus]`. Out: CPU (in per cent of one core), memory, bytes
recorded per minute, what the browsers say of their pictures, and the time of a film. The rooms are in a process of
their own (`rooms_process.py`); with `--janus` a gateway is another, and both are measured. The parties are pages of a
real Chromium with its fake camera, 640x480 at 20 pictures a second. How many calls hold at once is asked by
`calls_held.py`, whose parties cost less.
"""

import argparse
import asyncio
import base64
import os
import resource
import sys
import tempfile
import time
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, Route, async_playwright

from dastak.journeys.video_kyc.call import Party
from dastak.video.compose.job import Job
from dastak.video.compose.sheet import Captions
from dastak.video.compose.workshop import made
from rooms_process import RoomsProcess, a_rooms_process, seat, spool, usage

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from support.janus import PrivateJanus

ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--use-fake-device-for-media-stream=fps=20",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--disable-renderer-backgrounding",
    "--disable-background-timer-throttling",
)
PAGE = """<!doctype html><video id="other" autoplay muted></video><script type="module">
const video = { width: 640, height: 480, frameRate: 20 };
const stream = await navigator.mediaDevices.getUserMedia({ audio: true, video });
const pc = new RTCPeerConnection();
for (const track of stream.getTracks()) {
  const line = pc.addTransceiver(track, { streams: [stream] });
  const known = RTCRtpReceiver.getCapabilities("video").codecs;
  if (track.kind === "video") line.setCodecPreferences(known.filter((codec) => /vp8|rtx/i.test(codec.mimeType)));
}
const remote = new MediaStream();
pc.ontrack = ({ track }) => { remote.addTrack(track); document.getElementById("other").srcObject = remote; };
await pc.setLocalDescription(await pc.createOffer());
await new Promise((done) => setTimeout(done, 500));
await pc.setRemoteDescription({ type: "answer", sdp: await join(pc.localDescription.sdp) });
window.numbers = async () => {
  const found = {};
  for (const one of (await pc.getStats()).values()) {
    if (one.type === "inbound-rtp" && one.kind === "video") {
      Object.assign(found, { pictures: one.framesDecoded, lost: one.packetsLost, freezes: one.freezeCount,
        delay_ms: Math.round(1000 * one.jitterBufferDelay / one.jitterBufferEmittedCount) });
    }
    if (one.type === "inbound-rtp" && one.kind === "audio") {
      found.concealed = +(100 * one.concealedSamples / one.totalSamplesReceived).toFixed(1);
    }
  }
  return found;
};
</script>"""


async def enter(browser: Browser, rooms: RoomsProcess, call: int, party: Party) -> Page:
    """One page in a call."""
    page = await (await browser.new_context()).new_page()

    async def fulfil(route: Route) -> None:
        await route.fulfill(body=PAGE, content_type="text/html")

    async def join(offer: str) -> str:
        return await rooms.join(call, party, offer)

    await page.route("**/*", fulfil)
    await page.expose_function("join", join)
    await page.goto("http://localhost/call")
    return page


async def measure_calls(folder: Path, calls: int, seconds: float, gateway: PrivateJanus | None) -> None:
    """Print what the rooms needed, and the gateway, if there is one."""
    async with a_rooms_process(folder, gateway.url if gateway else "") as rooms, async_playwright() as playwright:
        measured = {"rooms": rooms.pid, **({"gateway": gateway.pid} if gateway else {})}
        browser = await playwright.chromium.launch(
            executable_path=os.environ.get("DASTAK_TEST_CHROMIUM", "/usr/bin/chromium"), args=ARGUMENTS
        )
        idle = {name: usage(pid) for name, pid in measured.items()}
        pages = [await enter(browser, rooms, call, party) for call in range(calls) for party in Party]
        await asyncio.sleep(8)
        before, begun = {name: usage(pid) for name, pid in measured.items()}, time.monotonic()
        await asyncio.sleep(seconds)
        after, passed = {name: usage(pid) for name, pid in measured.items()}, time.monotonic() - begun
        seen: list[dict[str, Any]] = [await page.evaluate("window.numbers()") for page in pages]
        await browser.close()
    print(f"{calls} calls, {passed:.0f} s")
    for name in measured:
        percent = 100 * (after[name].cpu_seconds - before[name].cpu_seconds) / passed
        print(f"{name}: {percent:.1f} % of a core, {percent / calls:.1f} % per call")
        print(f"  memory {idle[name].megabytes} MB without calls, {after[name].megabytes} MB with")
        print(f"  {after[name].threads} threads")
    for numbers in seen:
        print(f"  a browser: {numbers}")


async def measure_film(folder: Path) -> None:
    """Print what the recording of the first call takes, and what a film of it costs."""
    kept = spool(folder)
    room = seat(0, Party.CUSTOMER).room
    arrivals = [record.arrived_us for record in kept.records(room)]
    minutes = (arrivals[-1] - arrivals[0]) / 60e6
    print(f"recording: {kept.size(room) / minutes / 1e6:.1f} MB per minute")
    keys = {name: base64.b64encode(key).decode() for name, key in kept.keys(room).items()}
    job = Job(str(folder), room, keys, Captions("Customer", "Agent", "no coordinates", "call_0"), -1)

    async def progress(done: float) -> None: ...

    begun = time.monotonic()
    size = 0
    async with made(job, progress) as film:
        async for piece in film.pieces():
            size += len(piece)
    cpu = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = time.monotonic() - begun
    print(f"film: {wall:.1f} s for {minutes * 60:.0f} s of call, {size / minutes / 1e6:.1f} MB per minute")
    print(f"  largest child: {cpu.ru_maxrss // 1000} MB")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--janus", action="store_true", help="over a gateway of its own")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, PrivateJanus() if chosen.janus else nullcontext() as gateway:
        asyncio.run(measure_calls(Path(folder), chosen.calls, chosen.seconds, gateway))
        asyncio.run(measure_film(Path(folder)))


if __name__ == "__main__":
    main()

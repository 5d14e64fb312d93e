// One party's side of a video call: camera and microphone, the connection to the room, and the signs of life. It goes on
// by itself after a lost network; it decides nothing about the case.
//
// place: where to post, such as "/console/call/jrn_1/call". seat: the token of one's seat. ice: RTCIceServer values.
// own, other: the two video elements. tell(state): "asking", "no-devices", "connecting", "connected", "reconnecting",
// "silent" (the browser waits for a click before it plays sound), "interrupted" and "resumed" (with the kind of track that
// another program has taken, and given back), "elsewhere" (another tab or device has taken the call; in this browser
// start() takes it back), "over", "signed-out". said: what to post beside the seat. audio, video: constraints to add.
function openCall({ place, seat, ice, own, other, tell, said = {}, audio = {}, video = {} }) {
  const BEAT_MS = 2000;
  const GATHER_MS = 2000; // a candidate that is not found by then is not waited for
  const SHAKY_MS = 3000; // a connection that comes back by itself within this is left alone
  const ANSWER_MS = 8000;
  const STAND_MS = 12000; // a connection that does not stand by then is begun anew
  const SHORT_SIDE = 480; // what is sent of a larger picture; a call of this size costs the server little
  const MOST_BITS = 900000;
  const picture = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 20, max: 24 }, ...video };
  let stream = null;
  let peer = null;
  let tries = 0;
  let waiting = 0;
  let beats = 0;
  let isBeating = false;
  let isHeld = false;
  let isOver = false;
  const off = new Set(); // kinds of track that are not sent; a new device does not turn them on

  async function start() {
    if (isOver) return;
    holdSeat();
    tell("asking");
    try {
      stream?.getTracks().forEach((track) => track.stop());
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, ...audio }, video: picture });
    } catch (trouble) {
      tell("no-devices", trouble.name);
      return;
    }
    own.srcObject = stream;
    own.play().catch(() => {}); // it is silent, so nothing holds it up
    for (const track of stream.getTracks()) watch(track);
    await connect();
  }

  function watch(track) {
    track.enabled = !off.has(track.kind);
    track.addEventListener("ended", () => setTimeout(start, 1000)); // unplugged; `stop` does not come here
    track.addEventListener("mute", () => tell("interrupted", track.kind));
    track.addEventListener("unmute", () => tell("resumed", track.kind));
  }

  // Two tabs would take the seat from each other for ever: the latest has it, the one before lets go.
  function holdSeat() {
    if (isHeld) return;
    isHeld = true;
    navigator.locks
      ?.request(`call ${place}`, { steal: true }, () => new Promise(() => {}))
      .catch(() => {
        isHeld = false;
        give("elsewhere");
      });
  }

  function rest() {
    clearInterval(beats);
    clearTimeout(waiting);
    beats = waiting = 0;
    peer?.close();
    peer = null;
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
  }

  async function connect() {
    clearTimeout(waiting);
    waiting = 0;
    if (isOver || !stream) return;
    tell(tries ? "reconnecting" : "connecting");
    peer?.close();
    const mine = new RTCPeerConnection({ iceServers: ice });
    peer = mine;
    mine.addEventListener("connectionstatechange", () => mine === peer && changed(mine));
    mine.addEventListener("track", ({ track }) => mine === peer && arrived(track));
    try {
      const answer = await post("join", { sdp: await offer(mine) });
      if (mine !== peer || !answer) return;
      beats ||= setInterval(beat, BEAT_MS);
      await mine.setRemoteDescription({ type: "answer", sdp: answer.sdp });
      await bound(mine);
      setTimeout(() => mine === peer && mine.connectionState !== "connected" && again(), STAND_MS);
    } catch {
      if (mine === peer) again();
    }
  }

  async function offer(mine) {
    for (const track of stream.getTracks()) {
      const line = mine.addTransceiver(track, { direction: "sendrecv", streams: [stream] });
      if (track.kind === "video") preferVp8(line);
    }
    await mine.setLocalDescription(await mine.createOffer());
    await gathered(mine);
    return mine.localDescription.sdp;
  }

  function preferVp8(line) {
    const known = RTCRtpReceiver.getCapabilities?.("video")?.codecs ?? [];
    const wanted = known.filter((codec) => /\/(vp8|rtx)$/i.test(codec.mimeType));
    if (wanted.length) line.setCodecPreferences?.(wanted);
  }

  async function bound(mine) {
    const sender = mine.getSenders().find((one) => one.track?.kind === "video");
    const { width = 0, height = 0 } = sender?.track.getSettings() ?? {};
    const wanted = sender?.getParameters();
    if (!wanted?.encodings?.length) return;
    wanted.encodings[0].scaleResolutionDownBy = Math.max(1, Math.min(width, height) / SHORT_SIDE);
    wanted.encodings[0].maxBitrate = MOST_BITS;
    await sender.setParameters(wanted).catch(() => {}); // then it is sent as it is
  }

  function gathered(mine) {
    return new Promise((done) => {
      const look = () => mine.iceGatheringState === "complete" && done();
      mine.addEventListener("icegatheringstatechange", look);
      setTimeout(done, GATHER_MS);
      look();
    });
  }

  function arrived(track) {
    const shown = other.srcObject instanceof MediaStream ? other.srcObject : new MediaStream();
    for (const old of shown.getTracks()) if (old.kind === track.kind) shown.removeTrack(old);
    shown.addTrack(track);
    other.srcObject = shown;
    play();
  }

  function play() {
    other.play().catch((trouble) => trouble.name === "NotAllowedError" && tell("silent"));
  }

  function changed(mine) {
    if (mine.connectionState === "connected") {
      tries = 0;
      tell("connected");
    } else if (mine.connectionState === "disconnected") {
      tell("reconnecting");
      setTimeout(() => mine === peer && mine.connectionState === "disconnected" && again(), SHAKY_MS);
    } else if (mine.connectionState === "failed") {
      again();
    }
  }

  function again() {
    if (waiting || isOver || !stream) return;
    tell("reconnecting");
    waiting = setTimeout(connect, Math.min(8000, 500 * 2 ** tries));
    tries += 1;
  }

  async function beat() {
    if (isBeating || isOver) return;
    isBeating = true;
    try {
      const news = await post("beat");
      if (!news) return;
      seat = news.seat;
    } catch {
      // the connection to the room may still stand; if not, it says so itself
    } finally {
      isBeating = false;
    }
  }

  async function post(what, more = {}) {
    const answer = await fetch(`${place}/${what}`, {
      method: "POST",
      headers: { "content-type": "application/json", accept: "application/json" },
      body: JSON.stringify({ ...said, seat, ...more }),
      signal: AbortSignal.timeout(ANSWER_MS),
    });
    if (answer.ok && !answer.redirected) return answer.json();
    if (answer.redirected || answer.status === 401 || answer.status === 403) end("signed-out");
    else if (answer.status === 409 && (await answer.json()).error === "elsewhere") give("elsewhere");
    else if (answer.status === 409 || answer.status === 410) end("over");
    else throw new Error(`${what}: ${answer.status}`);
    return null;
  }

  function give(how) {
    if (isOver) return;
    rest();
    tell(how);
  }

  function end(how) {
    give(how);
    isOver = true;
  }

  // The next camera; the one before stops first, since phones cannot open two. Whether it looks away from its holder.
  async function turn() {
    const before = stream.getVideoTracks()[0];
    const { facingMode, deviceId } = before?.getSettings() ?? {};
    const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
    const next = cameras[(cameras.findIndex((one) => one.deviceId === deviceId) + 1) % cameras.length];
    const wanted = facingMode
      ? { facingMode: { exact: facingMode === "user" ? "environment" : "user" } }
      : { deviceId: { exact: next?.deviceId } };
    before?.stop();
    const ask = (more) => navigator.mediaDevices.getUserMedia({ video: { ...picture, ...more } });
    const [track] = (await ask(wanted).catch(() => ask({}))).getVideoTracks();
    if (before) stream.removeTrack(before);
    stream.addTrack(track);
    watch(track);
    await peer?.getSenders().find((one) => one.track?.kind === "video")?.replaceTrack(track);
    return track.getSettings().facingMode === "environment";
  }

  // Whether "audio" or "video" is sent, turned over.
  function toggle(kind) {
    if (!off.delete(kind)) off.add(kind);
    for (const track of stream?.getTracks() ?? []) track.enabled = !off.has(track.kind);
    return !off.has(kind);
  }

  addEventListener("online", () => peer?.connectionState !== "connected" && again());
  addEventListener("pagehide", () => {
    const last = new Blob([JSON.stringify({ ...said, seat })], { type: "application/json" });
    if (stream && !isOver) navigator.sendBeacon(`${place}/leave`, last);
  });

  return { start, play, toggle, turn };
}

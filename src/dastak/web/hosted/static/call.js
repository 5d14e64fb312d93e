// The call. The whole offer goes to the server, which answers for the room; a lost connection is made anew by itself.

const agent = document.getElementById("agent");
const self = document.getElementById("self");
const banner = document.getElementById("banner");
const mute = document.getElementById("mute");
const flip = document.getElementById("flip");
const leaving = document.getElementById("leaving");
const hear = document.getElementById("hear");
const again = document.getElementById("again");

const BEAT_MS = 2000;
const GATHER_MS = 2000;
const BROKEN_MS = 4000;
const SHORT_SIDE = 480;
const MOST_BITS = 900000;
const FIRST_PLACE_MS = 15000;
const PLACE_MS = 120000;
const servers = JSON.parse(root.dataset.ice);
const page = root.dataset.pageId;
let { seat } = root.dataset;

let stream = null;
let connection = null;
let facing = "user";
let tries = 0;
let isOver = false;
let isJoining = false;
let isBeating = false;
let beating = null;
let photoDone = "";

// What is wrong now, the gravest first; one sentence is shown.
const troubles = new Map();
const ORDER = ["elsewhere", "camera", "network", "joining", "hidden", "agent"];

function trouble(name, text) {
  if (text) troubles.set(name, text);
  else troubles.delete(name);
  const first = ORDER.find((known) => troubles.has(known));
  const shown = first ? troubles.get(first) : "";
  if (banner.textContent !== shown) banner.textContent = shown;
  banner.hidden = !shown;
}

start();

async function start() {
  trouble("joining", "Connecting you with the agent. Allow camera and microphone if the browser asks.");
  keepAwake();
  listen(heard);
  if (await openCamera()) connect();
  setTimeout(sendPlace, FIRST_PLACE_MS); // until the agent is there, the place of the checks is fresh enough
  setInterval(sendPlace, PLACE_MS);
}

async function openCamera() {
  const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 20, max: 24 } };
  const audio = { echoCancellation: true, noiseSuppression: true };
  try {
    stream = await navigator.mediaDevices.getUserMedia({ audio, video: { facingMode: facing, ...size } });
  } catch {
    trouble("camera", "Your camera or microphone is not available. Allow both in your browser, then tap “Try again”.");
    again.hidden = false;
    return false;
  }
  again.hidden = true;
  trouble("camera");
  for (const track of stream.getTracks()) watch(track);
  self.srcObject = stream;
  self.classList.toggle("mirrored", facing === "user");
  applyMute();
  const devices = await navigator.mediaDevices.enumerateDevices();
  flip.hidden = devices.filter((device) => device.kind === "videoinput").length < 2;
  return true;
}

function watch(track) {
  const name = track.kind === "video" ? "camera" : "microphone";
  track.onmute = () => trouble("camera", `Your ${name} is interrupted, perhaps by another app or a phone call.`);
  track.onunmute = () => trouble("camera");
  track.onended = () => {
    trouble("camera", `Your ${name} has stopped. Tap “Try again”.`);
    again.hidden = false;
  };
}

again.addEventListener("click", async () => {
  for (const track of stream?.getTracks() ?? []) track.stop();
  if (await openCamera()) connect();
});

async function connect() {
  if (isOver || isJoining || !stream) return;
  isJoining = true;
  close();
  const made = new RTCPeerConnection({ iceServers: servers });
  connection = made;
  const remote = new MediaStream();
  agent.srcObject = remote;
  made.ontrack = ({ track }) => {
    remote.addTrack(track);
    agent.play().catch((error) => {
      hear.hidden = error.name !== "NotAllowedError";
    });
  };
  made.onconnectionstatechange = () => connected(made);
  try {
    for (const track of stream.getTracks()) prefer(made.addTransceiver(track, { streams: [stream] }), track);
    await made.setLocalDescription(await made.createOffer());
    await gathered(made);
    const answer = await tell("call/join", { seat, page, sdp: made.localDescription.sdp });
    await made.setRemoteDescription({ type: "answer", sdp: answer.sdp });
    await limit(made);
    isJoining = false;
    beating ??= setInterval(beat, BEAT_MS);
    setTimeout(() => made === connection && made.connectionState !== "connected" && retry(), 12000);
  } catch (error) {
    isJoining = false;
    if (!refused(error)) retry();
  }
}

// The server forwards pictures as they come, so both sides speak VP8.
function prefer(transceiver, track) {
  if (track.kind !== "video" || !transceiver.setCodecPreferences) return;
  const codecs = RTCRtpReceiver.getCapabilities("video").codecs;
  transceiver.setCodecPreferences(codecs.filter((codec) => /vp8|rtx/i.test(codec.mimeType)));
}

function gathered(made) {
  return new Promise((done) => {
    const look = () => made.iceGatheringState === "complete" && done();
    made.addEventListener("icegatheringstatechange", look);
    setTimeout(done, GATHER_MS);
    look();
  });
}

// The camera gives more than the call needs: that is for photos.
async function limit(made) {
  const sender = made.getSenders().find((one) => one.track?.kind === "video");
  const { width = 640, height = SHORT_SIDE } = sender?.track.getSettings() ?? {};
  const wanted = sender?.getParameters();
  if (!wanted?.encodings?.length) return;
  wanted.encodings[0].scaleResolutionDownBy = Math.max(1, Math.min(width, height) / SHORT_SIDE);
  wanted.encodings[0].maxBitrate = MOST_BITS;
  await sender.setParameters(wanted).catch(() => {});
}

function connected(made) {
  if (made !== connection) return;
  const state = made.connectionState;
  root.dataset.connection = state;
  if (state === "connected") {
    tries = 0;
    trouble("network");
    trouble("joining");
  } else if (state === "failed") retry();
  else if (state === "disconnected") {
    setTimeout(() => made === connection && made.connectionState === "disconnected" && retry(), BROKEN_MS);
  }
}

async function retry() {
  if (isOver) return;
  trouble("network", "The connection is lost. We are connecting you again; stay on this page.");
  const made = connection;
  await pause(Math.min(8000, 500 * 2 ** tries++));
  if (made === connection) connect();
}

function close() {
  const old = connection;
  connection = null;
  old?.close();
}

function stop() {
  isOver = true;
  close();
  for (const track of stream?.getTracks() ?? []) track.stop();
}

// What the server refuses for good; false: it may be tried again.
function refused(error) {
  if (!(error instanceof Refused)) return false;
  if (error.code === "elsewhere") {
    stop();
    trouble("elsewhere", "This call goes on in another tab or on another device. To have it here, tap “Use this page”.");
    document.getElementById("here").hidden = false;
    root.classList.add("elsewhere");
    return true;
  }
  if (!error.isStale) return false;
  if (!isOver) setTimeout(goOn, 1500);
  isOver = true;
  return true;
}

async function beat() {
  if (isOver || isBeating) return;
  isBeating = true;
  try {
    ({ seat } = await tell("call/beat", { seat, page }, 4));
    if (connection?.connectionState === "connected") trouble("network");
  } catch (error) {
    if (!refused(error) && navigator.onLine) trouble("network", "Your network is away. The call goes on as soon as it is back.");
  } finally {
    isBeating = false;
  }
}

function heard(said) {
  trouble("agent", said.agent || troubles.has("joining") ? "" : "The agent is not here yet, or was cut off. Please wait.");
  if (said.photo && said.photo !== photoDone) {
    photoDone = said.photo;
    sendPhoto(said.photo);
  }
}

// The picture as the camera gives it, which is larger than what the call sends.
async function sendPhoto(wanted) {
  const track = stream?.getVideoTracks()[0];
  if (!track) return;
  const { width, height } = track.getSettings();
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(self, 0, 0, width, height);
  const jpeg = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  const headers = { "content-type": "image/jpeg", "x-dastak-token": token };
  await fetch(`${path}/call/photo?photo=${encodeURIComponent(wanted)}`, { method: "POST", headers, body: jpeg }).catch(() => {});
}

function sendPlace() {
  if (isOver) return;
  navigator.geolocation?.getCurrentPosition(
    ({ coords }) => {
      const { latitude, longitude, accuracy } = coords;
      tell("checks/location", { latitude, longitude, accuracy }).catch(() => {});
    },
    () => {},
    { enableHighAccuracy: true, timeout: 20000, maximumAge: 10000 },
  );
}

mute.addEventListener("click", () => {
  mute.setAttribute("aria-pressed", String(mute.getAttribute("aria-pressed") !== "true"));
  applyMute();
});

function applyMute() {
  const isMuted = mute.getAttribute("aria-pressed") === "true";
  mute.textContent = isMuted ? "Unmute" : "Mute";
  for (const track of stream?.getAudioTracks() ?? []) track.enabled = !isMuted;
}

// Phones cannot open both cameras at once: the old one stops first.
flip.addEventListener("click", async () => {
  const old = stream.getVideoTracks()[0];
  const wanted = facing === "user" ? "environment" : "user";
  flip.disabled = true;
  old.onended = null;
  old.stop();
  const ask = (facingMode) => navigator.mediaDevices.getUserMedia({ video: { facingMode, width: { ideal: 1280 }, height: { ideal: 720 } } });
  try {
    const fresh = await ask(wanted).then(
      (made) => [made, wanted],
      () => ask(facing).then((made) => [made, facing]),
    );
    const [track] = fresh[0].getVideoTracks();
    facing = fresh[1];
    stream.removeTrack(old);
    stream.addTrack(track);
    watch(track);
    self.classList.toggle("mirrored", facing === "user");
    await connection?.getSenders().find((one) => one.track?.kind === "video")?.replaceTrack(track);
  } catch {
    trouble("camera", "Your camera has stopped. Tap “Try again”.");
    again.hidden = false;
  } finally {
    flip.disabled = false;
  }
});

hear.addEventListener("click", () => agent.play());
agent.addEventListener("playing", () => {
  hear.hidden = true;
});
document.getElementById("leave").addEventListener("click", () => leaving.showModal());
document.getElementById("stay").addEventListener("click", () => leaving.close());
document.getElementById("here").addEventListener("click", goOn);

let isSent = false;
addEventListener("submit", () => {
  isSent = true;
});
addEventListener("pagehide", () => {
  if (isOver || isSent) return;
  const said = JSON.stringify({ token, seat, page });
  navigator.sendBeacon(`${path}/call/leave`, new Blob([said], { type: "application/json" }));
});

document.addEventListener("visibilitychange", () => {
  const isHidden = document.visibilityState === "hidden";
  if (isHidden) trouble("hidden", "You left this page. Stay here, or the agent cannot see and hear you.");
  else {
    setTimeout(() => document.visibilityState === "visible" && trouble("hidden"), 5000);
    if (stream?.getTracks().some((track) => track.readyState === "ended") && !isOver) again.click();
  }
  keepAwake();
});
addEventListener("online", () => connection?.connectionState !== "connected" && connect());

async function keepAwake() {
  if (document.visibilityState === "visible") await navigator.wakeLock?.request("screen").catch(() => null);
}

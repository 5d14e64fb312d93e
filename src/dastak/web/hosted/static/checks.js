// Tries out, in the order in which the server wants to know: connection, location, camera, microphone, network.

const begin = document.getElementById("begin");
const says = document.getElementById("says");
const preview = document.getElementById("preview");
const meter = document.getElementById("level");
const NOISE_BYTES = Number(root.dataset.probeBytes);
const LOOK_MS = 10000;
const LISTEN_MS = 15000;
const AUDIBLE = 0.008;
const DARK = 6;
const POOR_METRES = 1000;

begin.hidden = false;
begin.addEventListener("click", run);

async function run() {
  begin.hidden = true;
  const sound = window.AudioContext ? new AudioContext() : null; // made within the tap, or it stays silent
  try {
    mark("ip", "now", "Looking at your connection.");
    if (!(await tell("checks/ip")).passed) return goOn();
    mark("ip", "done");
    mark("location", "now", "Allow your location when the browser asks.");
    if (!(await tell("checks/location", await whereAmI())).passed) return goOn();
    mark("location", "done");
    await tell("checks/device", await tryDevice(sound));
    say("Done.");
    goOn();
  } catch (error) {
    if (error instanceof Refused && error.isStale) return goOn();
    say("The connection was lost. Nothing is lost; try again.");
    begin.textContent = "Try again";
    begin.hidden = false;
  } finally {
    sound?.close();
  }
}

function mark(check, state, text) {
  root.querySelector(`[data-check=${check}]`).className = state;
  if (text) say(text);
}

function say(text) {
  says.textContent = text;
}

function position(enableHighAccuracy) {
  const options = { enableHighAccuracy, timeout: 20000, maximumAge: 0 };
  return new Promise((found, failed) => navigator.geolocation.getCurrentPosition(found, failed, options));
}

async function whereAmI() {
  if (!navigator.geolocation) return { refused: true };
  try {
    let { coords } = await position(true).catch((error) => {
      if (error.code === error.PERMISSION_DENIED) throw error;
      return position(false); // indoors a rough place is found sooner
    });
    if (coords.accuracy > POOR_METRES) ({ coords } = await position(true).catch(() => ({ coords })));
    return { latitude: coords.latitude, longitude: coords.longitude, accuracy: coords.accuracy };
  } catch (error) {
    return error.code === 1 ? { refused: true } : { unavailable: true };
  }
}

async function tryDevice(sound) {
  mark("camera", "now", "Allow your camera and microphone when the browser asks.");
  const stream = await openBoth();
  try {
    const camera = stream.getVideoTracks().length > 0 && (await showsSomething(stream));
    if (!camera) return { camera: false, microphone: false };
    mark("camera", "done");
    mark("microphone", "now", "Say a few words, such as your name.");
    const microphone = stream.getAudioTracks().length > 0 && (await hearsSomething(stream, sound));
    if (!microphone) return { camera, microphone };
    mark("microphone", "done");
    mark("network", "now", "Measuring your network.");
    const network = await measure();
    mark("network", "done");
    return { camera, microphone, ...network };
  } finally {
    for (const track of stream.getTracks()) track.stop();
  }
}

// Both with one question where it can be; else whatever there is, so that the right one is named.
async function openBoth() {
  const ask = (wanted) => navigator.mediaDevices.getUserMedia(wanted);
  const video = { facingMode: "user" };
  if (!navigator.mediaDevices?.getUserMedia || !window.RTCPeerConnection) return new MediaStream();
  return ask({ audio: true, video })
    .catch(() => ask({ video }))
    .catch(() => new MediaStream());
}

async function showsSomething(stream) {
  preview.hidden = false;
  preview.srcObject = stream;
  await preview.play().catch(() => {});
  const small = Object.assign(document.createElement("canvas"), { width: 32, height: 24 });
  const eye = small.getContext("2d", { willReadFrequently: true });
  for (const end = performance.now() + LOOK_MS; performance.now() < end; await pause(150)) {
    if (!preview.videoWidth) continue;
    eye.drawImage(preview, 0, 0, 32, 24);
    const light = eye.getImageData(0, 0, 32, 24).data.reduce((sum, value, at) => sum + (at % 4 === 3 ? 0 : value), 0);
    if (light / (32 * 24 * 3) > DARK) return true;
  }
  return false;
}

async function hearsSomething(stream, sound) {
  await Promise.race([sound?.resume(), pause(1000)]);
  if (sound?.state !== "running") return true; // this browser does not let us measure; it may well let us talk
  const ear = sound.createAnalyser();
  sound.createMediaStreamSource(stream).connect(ear);
  const wave = new Float32Array(ear.fftSize);
  meter.parentElement.hidden = false;
  let heard = 0;
  for (const end = performance.now() + LISTEN_MS; performance.now() < end; await pause(100)) {
    ear.getFloatTimeDomainData(wave);
    const loudest = wave.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    meter.value = Math.min(1, loudest * 3);
    heard += loudest > AUDIBLE ? 1 : 0;
    if (heard >= 5) return true;
  }
  return false;
}

async function measure() {
  const probe = `${path}/checks/probe`;
  const timed = async (url, options = {}) => {
    const began = performance.now();
    const response = await fetch(url, { cache: "no-store", signal: AbortSignal.timeout(12000), ...options });
    await response.arrayBuffer();
    if (!response.ok) throw new Refused(response.status);
    return performance.now() - began;
  };
  try {
    const trips = [];
    for (let count = 0; count < 4; count += 1) trips.push(await timed(`${probe}?bytes=0`));
    const trip = trips.slice(1).sort((a, b) => a - b)[1]; // the first one also opened the connection
    const noise = crypto.getRandomValues(new Uint8Array(NOISE_BYTES));
    const slower = Math.max(await timed(probe), await timed(probe, { method: "POST", body: noise }));
    const kbit = (NOISE_BYTES * 8) / Math.max(1, slower - trip);
    return { round_trip_ms: Math.round(trip), kbit_per_second: Math.round(Math.min(kbit, 1e6)) };
  } catch (error) {
    if (error.name !== "TimeoutError") throw error;
    return { kbit_per_second: 0 };
  }
}

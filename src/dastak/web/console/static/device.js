// The device check: one's own picture and voice, and a choice of devices. Nothing of it leaves the browser. One goes
// online only with a camera and a microphone that work.
const device = document.querySelector("[data-device]");
const mirror = device.querySelector("[data-mirror]");
const ask = device.querySelector("[data-ask]");
const goOnline = document.querySelector("[data-go]");
const KINDS = { camera: "video", microphone: "audio" };
const CHOSEN = "dastak-devices";
let stream = null;
let meter = 0;

goOnline.disabled = true;
ask.hidden = false;
ask.querySelector("[data-try]").addEventListener("click", tryOut);
for (const select of device.querySelectorAll("[data-devices]")) select.addEventListener("change", choose);
navigator.mediaDevices?.addEventListener("devicechange", () => stream && tryOut());
tryOut();

async function tryOut() {
  goOnline.disabled = true;
  for (const found of document.querySelectorAll("[data-found]")) found.value = "";
  if (!navigator.mediaDevices) return refuse("camera", "this page must be opened over https");
  const chosen = JSON.parse(localStorage.getItem(CHOSEN) ?? "{}");
  const wanted = (kind) => (chosen[kind] ? { deviceId: { ideal: chosen[kind] } } : true);
  stream?.getTracks().forEach((track) => track.stop());
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted("videoinput"), audio: wanted("audioinput") });
  } catch (trouble) {
    return refuseAll(trouble.name);
  }
  mirror.srcObject = stream;
  await mirror.play().catch(() => {});
  say("camera", "good", "works");
  say("microphone", "note", "speak: the bar should move");
  listen();
  await listDevices();
  ask.hidden = true;
  for (const found of document.querySelectorAll("[data-found]")) found.value = isSent(found.dataset.found) ? "works" : "";
  goOnline.disabled = false;
  for (const track of stream.getTracks()) track.addEventListener("ended", tryOut);
}

const isSent = (device) => stream.getTracks().some((track) => track.readyState === "live" && track.kind === KINDS[device]);

function refuseAll(name) {
  const why = {
    NotAllowedError: "the browser may not use it: allow it beside the address, then try again",
    NotFoundError: "none was found: connect one, then try again",
    NotReadableError: "another program uses it: close that program, then try again",
  };
  for (const what of ["camera", "microphone"]) refuse(what, why[name] ?? "could not be opened: try again");
  ask.hidden = false;
}

const refuse = (what, words) => say(what, "bad", words);

function say(what, tone, words) {
  const line = device.querySelector(`[data-check="${what}"]`);
  line.className = tone;
  const place = line.querySelector("[data-words]");
  if (place.textContent !== words) place.textContent = words;
}

function listen() {
  cancelAnimationFrame(meter);
  const context = new AudioContext();
  const analyser = context.createAnalyser();
  context.createMediaStreamSource(stream).connect(analyser);
  const samples = new Float32Array(analyser.fftSize);
  const level = device.querySelector("[data-level]");
  const look = () => {
    analyser.getFloatTimeDomainData(samples);
    level.value = Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length) * 4;
    if (level.value > level.low) say("microphone", "good", "works");
    meter = requestAnimationFrame(look);
  };
  context.resume();
  look();
}

async function listDevices() {
  const found = await navigator.mediaDevices.enumerateDevices();
  for (const select of device.querySelectorAll("[data-devices]")) {
    const kind = select.dataset.devices;
    const inUse = stream.getTracks().find((track) => `${track.kind}input` === kind)?.getSettings().deviceId;
    const options = found.filter((one) => one.kind === kind).map((one) => new Option(one.label, one.deviceId));
    select.replaceChildren(...options);
    select.value = inUse ?? "";
  }
  device.querySelector("[data-choose]").hidden = false;
}

function choose() {
  const chosen = {};
  for (const select of device.querySelectorAll("[data-devices]")) chosen[select.dataset.devices] = select.value;
  localStorage.setItem(CHOSEN, JSON.stringify(chosen));
  tryOut();
}

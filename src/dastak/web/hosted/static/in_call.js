// The customer's page of a call: what goes wrong said in words, mute, the other camera, photos, and the way out.

const find = (id) => document.getElementById(id);
const own = find("self");
const banner = find("banner");
const FIRST_PLACE_MS = 15000;
const PLACE_MS = 120000;
let photoDone = "";

const WORDS = {
  asking: "Allow camera and microphone if the browser asks.",
  "no-devices": "Your camera or microphone is not available. Allow both in your browser, then tap “Try again”.",
  connecting: "Connecting you with the agent.",
  reconnecting: "The connection is lost. We are connecting you again; stay on this page.",
  elsewhere: "This call goes on in another tab or on another device. To have it here, tap “Use this page”.",
};

// What is wrong now, the gravest first; one sentence is shown.
const troubles = new Map();
const ORDER = ["call", "devices", "hidden", "agent"];

function trouble(name, text = "") {
  troubles.set(name, text);
  const shown = ORDER.map((known) => troubles.get(known)).find(Boolean) ?? "";
  if (banner.textContent !== shown) banner.textContent = shown;
  banner.hidden = !shown;
}

const call = openCall({
  place: `${path}/call`,
  seat: root.dataset.seat,
  ice: JSON.parse(root.dataset.ice),
  own,
  other: find("agent"),
  said: { token, page: root.dataset.pageId },
  video: { facingMode: "user" },
  tell: (state, kind) => {
    if (state === "over" || state === "signed-out") return setTimeout(goOn, 1500);
    if (state === "silent") return show("hear", true);
    if (state === "interrupted" || state === "resumed") {
      const name = kind === "video" ? "camera" : "microphone";
      const text = `Your ${name} is interrupted, perhaps by another app or a phone call.`;
      return trouble("devices", state === "interrupted" ? text : "");
    }
    root.dataset.connection = state;
    show("again", state === "no-devices");
    show("here", state === "elsewhere");
    trouble("call", WORDS[state]);
    if (state === "connected") showFlip();
    return undefined;
  },
});

function show(id, isShown) {
  find(id).hidden = !isShown;
}

async function showFlip() {
  trouble("devices");
  const devices = await navigator.mediaDevices.enumerateDevices();
  show("flip", devices.filter((device) => device.kind === "videoinput").length > 1);
}

listen((said) => {
  const isHere = said.agent || root.dataset.connection !== "connected";
  trouble("agent", isHere ? "" : "The agent is not here yet, or was cut off. Please wait.");
  if (said.photo && said.photo !== photoDone) {
    photoDone = said.photo;
    sendPhoto(said.photo);
  }
});
call.start();
keepAwake();

// The picture as the camera gives it, which is larger than what the call sends.
async function sendPhoto(wanted) {
  const { videoWidth: width, videoHeight: height } = own;
  if (!width) return;
  const canvas = Object.assign(document.createElement("canvas"), { width, height });
  canvas.getContext("2d").drawImage(own, 0, 0);
  const body = await new Promise((done) => canvas.toBlob(done, "image/jpeg", 0.9));
  const headers = { "content-type": "image/jpeg", "x-dastak-token": token };
  await fetch(`${path}/call/photo?photo=${encodeURIComponent(wanted)}`, { method: "POST", headers, body }).catch(() => {});
}

// Until the agent is there, the place of the checks is fresh enough; then it is said from time to time.
setTimeout(sendPlace, FIRST_PLACE_MS);
setInterval(sendPlace, PLACE_MS);

function sendPlace() {
  if (root.dataset.connection !== "connected") return;
  navigator.geolocation?.getCurrentPosition(
    ({ coords: { latitude, longitude, accuracy } }) => tell("checks/location", { latitude, longitude, accuracy }).catch(() => {}),
    () => {},
    { enableHighAccuracy: true, timeout: 20000, maximumAge: 10000 },
  );
}

find("mute").addEventListener("click", () => {
  const isSent = call.toggle("audio");
  find("mute").setAttribute("aria-pressed", String(!isSent));
  find("mute").textContent = isSent ? "Mute" : "Unmute";
});
find("flip").addEventListener("click", async () => {
  find("flip").disabled = true;
  try {
    own.classList.toggle("mirrored", !(await call.turn()));
  } catch {
    call.start();
  }
  find("flip").disabled = false;
});
find("hear").addEventListener("click", () => call.play());
find("agent").addEventListener("playing", () => show("hear", false));
find("again").addEventListener("click", () => call.start());
find("here").addEventListener("click", goOn);
find("leave").addEventListener("click", () => find("leaving").showModal());
find("stay").addEventListener("click", () => find("leaving").close());

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") {
    trouble("hidden", "You left this page. Stay here, or the agent cannot see and hear you.");
    return;
  }
  setTimeout(() => document.visibilityState === "visible" && trouble("hidden"), 5000);
  if (root.dataset.connection === "no-devices") call.start();
});

// The page of a case: the call, what changes meanwhile, forms that are sent without leaving it, notes, and keys.
const page = document.querySelector("[data-case]");
const find = (name) => page.querySelector(`[data-${name}]`);
const notes = keepNotes(find("notes"));

const WORDS = {
  asking: "Waiting for your camera and microphone…",
  "no-devices": "Your camera and microphone cannot be used. Allow them beside the address, or close the program that uses them, then try again.",
  connecting: "Connecting…",
  reconnecting: "The connection is lost. Connecting again…",
  connected: "",
  elsewhere: "This call goes on in another window.",
  over: "The call is over.",
  "signed-out": "You are signed out.",
};

const newName = () => Math.random().toString(36).slice(2);
const said = { page: newName() };
const chosen = JSON.parse(localStorage.getItem("dastak-devices") ?? "{}");
const call = openCall({
  place: page.dataset.call,
  seat: page.dataset.seat,
  ice: JSON.parse(page.dataset.ice),
  own: find("own"),
  other: find("other"),
  said,
  audio: chosen.audioinput ? { deviceId: { ideal: chosen.audioinput } } : {},
  video: chosen.videoinput ? { deviceId: { ideal: chosen.videoinput } } : {},
  tell: (state) => {
    if (state === "over" || state === "signed-out") return loadAgain();
    if (state === "silent") {
      find("sound").hidden = false;
      return undefined;
    }
    if (state === "interrupted" || state === "resumed") {
      find("connection").textContent = state === "resumed" ? "" : "Another program has taken your camera or microphone.";
      return undefined;
    }
    page.dataset.state = state;
    find("connection").textContent = WORDS[state];
    find("again").hidden = state !== "no-devices" && state !== "elsewhere";
    return undefined;
  },
});

find("controls").hidden = false;
find("again").addEventListener("click", () => {
  said.page = newName(); // only a page that is new takes the call over
  call.start();
});
find("sound").addEventListener("click", () => {
  find("sound").hidden = true;
  call.play();
});
find("mute").addEventListener("click", () => {
  const isSent = call.toggle("audio");
  find("mute").setAttribute("aria-pressed", String(!isSent));
  find("mute").textContent = isSent ? "Mute me" : "You are muted";
});
call.start();

hearLive(page.dataset.live, {
  data: showNewest,
  over: loadAgain,
  quiet: (isQuiet) => {
    find("quiet").hidden = !isQuiet;
  },
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-act]")) return;
  event.preventDefault();
  const { submitter } = event;
  if (form.closest("details")) await notes.save(); // a decision ends the writing
  await sendForm(form, submitter);
  if (form.matches("[data-judge]") && submitter) nextTask(submitter.id);
});

for (const details of page.querySelectorAll("details")) {
  details.addEventListener("toggle", () => details.open && details.querySelector("textarea, select, button").focus());
}

// From a judged task to the first that is not judged yet, unless somebody has gone elsewhere meanwhile.
function nextTask(from) {
  if (document.activeElement?.id !== from) return;
  openTasks()[0]?.focus();
}

function openTasks() {
  return [...page.querySelectorAll("[data-judge]")]
    .filter((form) => !form.querySelector('[aria-pressed="true"]'))
    .map((form) => form.querySelector("button"));
}

function judge(verdict) {
  const form = document.activeElement?.closest?.("[data-judge]");
  return () => (form ? form.querySelector(`[value="${verdict}"]`).click() : openTasks()[0]?.focus());
}

bindKeys(
  {
    j: "go to the next question or challenge",
    y: "pass it",
    x: "fail it",
    l: "draw code and challenges",
    p: "take a picture of the PAN card",
    f: "take a picture of the face",
    o: "write notes",
    a: "approve",
    r: "reject",
    m: "mute yourself, or speak again",
    "?": "this list",
  },
  {
    j: () => openTasks()[0]?.focus(),
    get y() {
      return judge("pass");
    },
    get x() {
      return judge("fail");
    },
    o: () => document.getElementById("notes").focus(),
  },
);

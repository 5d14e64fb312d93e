// Nothing on these pages needs this file. It saves a second tap, a wrong tap, and words typed while the network is away.

const offline = document.getElementById("offline");

function showNetwork() {
  if (offline) offline.hidden = navigator.onLine;
}

addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
showNetwork();

// Offline, a form stays as it is; online, its button works once.
addEventListener("submit", (event) => {
  if (!navigator.onLine) {
    event.preventDefault();
    showNetwork();
    offline?.scrollIntoView({ block: "nearest" });
    return;
  }
  if (event.target.dataset.sent) {
    event.preventDefault();
    return;
  }
  event.target.dataset.sent = "yes";
  const button = event.submitter ?? event.target.querySelector("button");
  button?.setAttribute("aria-disabled", "true");
  button?.setAttribute("aria-busy", "true");
});

// Back from the next page: the browser may show this one as it was left.
addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.forms) delete form.dataset.sent;
  for (const button of document.querySelectorAll("[aria-busy]")) {
    button.removeAttribute("aria-busy");
    button.removeAttribute("aria-disabled");
  }
});

// "Send again in 27 s". The server counts too.
for (const button of document.querySelectorAll("button[data-wait]")) countDown(button);

function countDown(button) {
  const until = performance.now() + Number(button.dataset.wait) * 1000;
  const ready = button.textContent;
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    button.disabled = left > 0;
    button.textContent = left > 0 ? button.dataset.later.replace("{}", left) : ready;
    if (left > 0) setTimeout(tick, 500);
  };
  tick();
}

// Nothing on these pages needs this file. It saves a second click and counts seconds down.

addEventListener("submit", (event) => {
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

// "ask for another code in 27 s". The server counts too.
for (const link of document.querySelectorAll("a[data-wait]")) {
  const until = performance.now() + Number(link.dataset.wait) * 1000;
  const ready = link.textContent;
  const href = link.getAttribute("href");
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    link.textContent = left > 0 ? link.dataset.later.replace("{}", left) : ready;
    if (left > 0) link.removeAttribute("href");
    else link.setAttribute("href", href);
    if (left > 0) setTimeout(tick, 500);
  };
  tick();
}

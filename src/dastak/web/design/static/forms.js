// A form is sent once: a second tap does nothing, and its button says that it is on its way. One that answers with a
// file leaves the page as it is, and may be sent again: `data-again`; so may one whose answer opens beside the page.
addEventListener("submit", (event) => {
  if (event.defaultPrevented || "again" in event.target.dataset) return;
  if (event.submitter?.formTarget === "_blank") return;
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

// "Send again in 27 s", on a button or a link. The server counts too.
for (const waiting of document.querySelectorAll("[data-wait]")) countDown(waiting);

function countDown(waiting) {
  const until = performance.now() + Number(waiting.dataset.wait) * 1000;
  const ready = waiting.textContent;
  const href = waiting.getAttribute("href");
  const tick = () => {
    const left = Math.ceil((until - performance.now()) / 1000);
    waiting.textContent = left > 0 ? waiting.dataset.later.replace("{}", left) : ready;
    if (waiting.localName === "button") waiting.disabled = left > 0;
    else if (left > 0) waiting.removeAttribute("href");
    else waiting.setAttribute("href", href);
    if (left > 0) setTimeout(tick, 500);
  };
  tick();
}

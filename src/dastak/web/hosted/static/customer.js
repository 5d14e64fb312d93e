// Nothing on these pages needs this file. It saves a second tap, a wrong tap, and words typed while the network is away.

const offline = document.getElementById("offline");

function showNetwork() {
  if (offline) offline.hidden = navigator.onLine;
}

addEventListener("online", showNetwork);
addEventListener("offline", showNetwork);
showNetwork();

// Offline, a form stays as it is; online, its button works once (the shared part follows this one).
addEventListener("submit", (event) => {
  if (navigator.onLine) return;
  event.preventDefault();
  showNetwork();
  offline?.scrollIntoView({ block: "nearest" });
});

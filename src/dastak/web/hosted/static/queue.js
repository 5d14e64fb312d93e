// The queue: place and wait as they change, and the call as soon as an agent is ready.

const words = root.querySelectorAll("[data-said]");

listen((said) => {
  for (const word of words) {
    const text = said[word.dataset.said];
    if (text && word.textContent !== text) word.textContent = text;
  }
});
keepAwake();

// Buttons that copy a block of the page. Without script the block is there to be read and selected.
for (const button of document.querySelectorAll("[data-copy]")) {
  const words = button.textContent;
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    const said = document.querySelector("[data-copied]");
    try {
      await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
      button.textContent = said.textContent = "Copied";
    } catch {
      said.textContent = "It could not be copied. Select the block and copy it by hand.";
      getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    }
    setTimeout(() => (button.textContent = words), 2000);
  });
}

// What the theme lacks for this book: names for the arrows that unfold a chapter.
document.addEventListener("DOMContentLoaded", () => {
  for (const details of document.querySelectorAll(".bd-links details")) {
    const chapter = details.parentElement.querySelector("a");
    const summary = details.querySelector("summary");
    if (chapter && summary) {
      summary.setAttribute("aria-label", `Pages of ${chapter.textContent.trim()}`);
    }
  }
});

// Shows how many questions are answered. Everything works without it.
"use strict";
for (const form of document.querySelectorAll("form[data-progress]")) {
  const bar = form.querySelector(form.dataset.progress);
  const shown = form.querySelector("output");
  const update = () => {
    const names = new Set(Array.from(form.querySelectorAll("input:checked"), (i) => i.name));
    bar.value = names.size;
    shown.textContent = `${names.size} / ${bar.max}`;
  };
  bar.parentElement.hidden = false;
  form.addEventListener("change", update);
  update();
}
document.getElementById("problems")?.focus();

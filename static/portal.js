/* What does the portal do for a person whose browser runs scripts? Comforts only: every page works without them. */
"use strict";

document.documentElement.classList.add("has-script");

const RESEND_AFTER_MS = 10000;
const TYPING = "input, textarea, select, [contenteditable]";

/* "/" goes to the search field, as long as nobody is typing. */
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || event.target.closest(TYPING)) return;
  const search = document.querySelector("[data-shortcut='/']");
  if (!search) return;
  event.preventDefault();
  search.focus();
  search.select();
});

/* A menu closes on Escape, which gives the focus back, and on a click elsewhere. */
const openMenus = () => document.querySelectorAll("details.menu[open]");
document.addEventListener("click", (event) => {
  openMenus().forEach((menu) => menu.contains(event.target) || menu.removeAttribute("open"));
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  openMenus().forEach((menu) => {
    menu.removeAttribute("open");
    menu.querySelector("summary").focus();
  });
});

/* A form with data-confirm asks first; its own button's words are the words of consent. */
const dialog = document.getElementById("confirmation");
let pending = null;
function ask(form, submitter) {
  const consent = dialog.querySelector("[data-consent]");
  dialog.querySelector("[data-question]").textContent = form.dataset.confirm;
  consent.textContent = submitter ? submitter.textContent.trim() : consent.dataset.consent;
  consent.className = `btn ${form.dataset.tone === "danger" ? "btn-danger" : "btn-primary"}`;
  pending = { form, submitter };
  dialog.returnValue = "";
  dialog.showModal();
}
if (dialog) {
  dialog.querySelectorAll("button").forEach((button) => {
    button.addEventListener("click", () => dialog.close(button.value));
  });
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes" || !pending) return;
    pending.form.dataset.isConfirmed = "yes";
    pending.form.requestSubmit(pending.submitter);
  });
}

/* One click, one deed: a form that is on its way is not sent again. */
function release(form) {
  delete form.dataset.isSent;
  delete form.dataset.isConfirmed;
  form.querySelectorAll("[aria-disabled='true']").forEach((button) => button.removeAttribute("aria-disabled"));
}
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  if (form.dataset.isSent) return event.preventDefault();
  if (dialog && form.dataset.confirm && !form.dataset.isConfirmed) {
    event.preventDefault();
    return ask(form, event.submitter);
  }
  form.dataset.isSent = "yes";
  if (event.submitter) event.submitter.setAttribute("aria-disabled", "true");
  setTimeout(release, RESEND_AFTER_MS, form);
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-is-sent]").forEach(release));

/* Beside a file field: what was chosen, and how large it is. */
const SIZE = { style: "unit", unit: "megabyte", maximumFractionDigits: 1 };
document.addEventListener("change", (event) => {
  const echo = event.target.type === "file" && document.getElementById(`${event.target.id}-chosen`);
  if (!echo) return;
  const megabytes = new Intl.NumberFormat(document.documentElement.lang, SIZE);
  const lines = Array.from(event.target.files, (file) => `${file.name} (${megabytes.format(file.size / 1e6)})`);
  echo.textContent = lines.join(", ");
});

/* Live parts say so when they have lost the server, and stop saying so when they have it back. */
const lost = document.getElementById("live-lost");
if (lost) {
  document.addEventListener("htmx:error", () => { lost.hidden = false; });
  document.addEventListener("htmx:after:swap", () => { lost.hidden = true; });
}

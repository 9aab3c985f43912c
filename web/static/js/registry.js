// Comforts only: every page works without this file.

// A second press on a slow line must not send the form twice (the server would refuse it, but people would worry).
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (form.getAttribute("method") !== "post" || event.defaultPrevented) return;
  if (form.dataset.sent) { event.preventDefault(); return; }
  form.dataset.sent = "yes";
  if (event.submitter) event.submitter.setAttribute("aria-busy", "true");
  // What comes back may be a file, which leaves this page standing: then the button must work again.
  window.setTimeout(() => release(form), 8000);
});
function release(form) {
  delete form.dataset.sent;
  for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
}
// A page that comes back from the browser's memory may be sent again.
window.addEventListener("pageshow", (event) => {
  if (!event.persisted) return;
  for (const form of document.querySelectorAll("form[data-sent]")) release(form);
});

// Buttons that only a script can serve are hidden until there is one.
for (const button of document.querySelectorAll("[data-print], [data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    if ("print" in button.dataset) { window.print(); return; }
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent.trim());
    button.textContent = button.dataset.done;
  });
}

// Visits that this browser keeps without a network are not left behind at sign-out without a word.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("form.sign-out") || form.dataset.looked || !window.indexedDB?.databases) return;
  event.preventDefault();
  event.stopPropagation();
  form.dataset.looked = "yes";
  try {
    const known = await window.indexedDB.databases();
    const keeps = known.some((database) => database.name === "offline-visits");
    if (keeps && !(await (await import("./offline/leaving.js")).mayLeave())) { delete form.dataset.looked; return; }
  } catch { /* who wants to sign out is never kept in */ }
  form.requestSubmit(event.submitter);
}, { capture: true });

// The page of visits without a network: takes them, keeps them sealed, sends them when it can, and shows what came of each.
import { scanner } from "../camera.js";
import { current, drop, forget, holderOf, keep, makeCurrent, readBack, setUp, waiting } from "./keeping.js";
import { clean, hundredths, isVoucherNumber, uuid7 } from "./numbers.js";

const main = document.getElementById("main");
const words = main.dataset;
const form = document.getElementById("visit");
const at = (id) => document.getElementById(id);
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const AT_ONCE = 50;

let holder;
let signedIn = null; // the answer of the server about who is signed in; null while there is none
let sending = null;
const shown = new Map(); // id → list item of this page
const takenHere = new Map(); // number and day → how many, of this page

function say(id, text) {
  const place = at(id);
  place.hidden = !text;
  place.textContent = text;
}

const dayText = (day) =>
  new Intl.DateTimeFormat(words.lang === "en" ? "en-GB" : words.lang, { dateStyle: "medium" }).format(new Date(`${day}T12:00`));

const today = () => {
  const now = new Date();
  return new Date(now.getTime() - now.getTimezoneOffset() * 60_000).toISOString().slice(0, 10);
};

async function refresh() {
  holder = await current();
  const { mine, others } = await waiting(holder?.id);
  say("connection", navigator.onLine ? words.online : words.offline);
  say("waiting", mine ? fill(words.waiting, { count: mine }) : "");
  say("others", others ? fill(words.others, { count: others }) : "");
  at("holder").hidden = !holder;
  if (holder) at("holder").textContent = fill(words.holder, { name: holder.name });
  at("taking").hidden = at("leaving").hidden = !holder;
  at("send").hidden = !(mine && navigator.onLine);
  if (!holder && !signedIn) say("problem", words.notSetUp);
  return mine;
}

// Who is signed in, as the server sees it: an answer, "signed out", or "no network".
async function ask() {
  let answer;
  try {
    const query = holder ? `?device=${holder.device}` : "";
    answer = await fetch(`/provider/offline/state${query}`, { redirect: "manual", cache: "no-store" });
  } catch {
    return "no network";
  }
  if (answer.type === "opaqueredirect" || answer.status === 401 || answer.status === 403) return "signed out";
  return answer.ok ? answer.json() : "no network";
}

async function send(path, body) {
  return fetch(`/provider/offline/${path}`, {
    method: "POST",
    redirect: "manual",
    headers: { "content-type": "application/json", "x-csrftoken": signedIn.token },
    body: JSON.stringify(body),
  });
}

// The one who is signed in becomes the one who takes visits here; keys are made the first time.
async function settle() {
  const state = await ask();
  at("sign-in").hidden = state !== "signed out";
  if (typeof state === "string") {
    signedIn = null;
    if (state === "signed out") say("problem", holder ? words.signedOut : words.notSetUp);
    return false;
  }
  signedIn = state;
  say("problem", "");
  if (holder?.id === state.holder && state.opening) return true;
  const known = await holderOf(state.holder);
  if (known) {
    await makeCurrent(known.id);
    holder = known;
    signedIn = await ask();
    return typeof signedIn !== "string" && Boolean(signedIn.opening);
  }
  const device = crypto.randomUUID();
  const added = await send("devices", { device });
  if (!added.ok) {
    say("problem", (await added.json().catch(() => ({ why: words.failed }))).why);
    return false;
  }
  const { opening } = await added.json();
  await setUp({ id: state.holder, name: state.name, device, opening });
  signedIn = { ...state, opening };
  navigator.storage?.persist?.();
  return true;
}

function deliver() {
  sending ??= trySending().catch(() => say("problem", words.failed)).finally(async () => {
    sending = null;
    await refresh();
  });
  return sending;
}

async function trySending() {
  if (localStorage.getItem(OUT)) await signOut();
  if (localStorage.getItem(OUT) || !(await settle())) return;
  await refresh();
  const { visits, shut } = await readBack(holder.id, signedIn.opening);
  if (shut.length) say("problem", fill(words.shut, { count: shut.length }));
  for (let from = 0; from < visits.length; from += AT_ONCE) {
    const some = visits.slice(from, from + AT_ONCE);
    const answer = await send("visits", {
      device: holder.device, sent_at: new Date().toISOString(), taken: holder.taken, language: words.lang, visits: some,
    });
    if (answer.type === "opaqueredirect") { say("problem", words.signedOut); at("sign-in").hidden = false; return; }
    if (!answer.ok) throw new Error("not taken");
    const told = (await answer.json()).visits;
    // only what has an answer for good leaves the device
    await drop(told.filter((one) => ["recorded", "refused", "closed"].includes(one.status)).map((one) => one.id));
    for (const one of told) tell(one);
  }
}

function tell({ id, status, end, day, why }) {
  const item = shown.get(id) ?? document.createElement("li");
  if (!shown.has(id)) { shown.set(id, item); at("taken").prepend(item); }
  item.dataset.status = status;
  const title = document.createElement("strong");
  title.textContent = [
    (end ?? item.dataset.end) && `…${end ?? item.dataset.end}`, (day ?? item.dataset.day) && dayText(day ?? item.dataset.day),
  ].filter(Boolean).join(" · ");
  if (end) Object.assign(item.dataset, { end, day });
  const text = document.createElement("p");
  const said = { kept: words.kept, recorded: words.recorded, refused: words.refused, closed: words.refused }[status];
  text.textContent = [why, said ?? words.later].filter(Boolean).join(" ");
  item.replaceChildren(title, text);
}

// What is typed; null where something is wrong, which is said and pointed at.
function visitTyped() {
  const field = (name) => form.elements[name];
  const wrong = (name, text) => {
    field(name).setAttribute("aria-invalid", "true");
    field(name).focus();
    say("form-problem", text);
    return null;
  };
  for (const one of form.querySelectorAll("[aria-invalid]")) one.removeAttribute("aria-invalid");
  say("form-problem", "");
  const number = clean(field("number").value);
  if (!isVoucherNumber(number)) return wrong("number", words.numberWrong);
  const secret = clean(field("secret").value);
  if (secret && secret.length !== 16) return wrong("secret", words.codeWrong);
  const day = field("service_date").value;
  if (!day || day > today()) return wrong("service_date", words.dateWrong);
  const units = hundredths(field("units").value);
  if (!units) return wrong("units", words.unitsWrong);
  const price = field("unit_price").value.trim() ? hundredths(field("unit_price").value) : undefined;
  if (price === null || price === 0) return wrong("unit_price", words.priceWrong);
  const visit = { id: uuid7(), number, secret, service_date: day, units, taken_at: new Date().toISOString() };
  if (price) visit.unit_price_cents = price;
  if (field("activity").value) visit.activity = field("activity").value;
  return visit;
}

let asked = "";
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const visit = visitTyped();
  if (!visit) return;
  const same = `${visit.number} ${visit.service_date}`;
  if (takenHere.has(same)) {
    if (asked !== same) { asked = same; say("form-problem", words.again); return; }
    visit.another = true;
  }
  asked = "";
  try {
    await keep(holder.id, visit);
  } catch {
    say("form-problem", words.noStore);
    return;
  }
  takenHere.set(same, visit.id);
  form.reset();
  form.elements.service_date.value = today();
  tell({ id: visit.id, status: "kept", end: visit.number.slice(-4), day: visit.service_date, why: "" });
  await refresh();
  if (navigator.onLine) await deliver();
});

at("send").addEventListener("click", deliver);
window.addEventListener("online", deliver);
window.addEventListener("offline", refresh);

// Stopping is signing out; where there is no network that is done as soon as there is one.
const OUT = "offline-sign-out";
async function stop() {
  localStorage.setItem(OUT, "yes");
  await signOut();
  await refresh();
  say("problem", words.ended);
}
async function signOut() {
  const state = await ask();
  if (state === "no network") return;
  if (typeof state !== "string") {
    const body = new URLSearchParams({ _csrf_token: state.token });
    await fetch("/sign-out", { method: "POST", redirect: "manual", body });
  }
  signedIn = null;
  localStorage.removeItem(OUT);
}
at("lock").addEventListener("click", async () => {
  const { mine } = await waiting(holder.id);
  if (mine) await makeCurrent(undefined);
  else await forget(holder.id);
  await stop();
});
let sure = false;
at("delete").addEventListener("click", async () => {
  const { mine } = await waiting(holder.id);
  if (mine && !sure) { sure = true; say("problem", fill(words.deleteSure, { count: mine })); return; }
  await forget(holder.id);
  await stop();
});

scanner(
  document.querySelector("[data-scanner]"),
  (number, code) => {
    form.elements.number.value = number;
    form.elements.secret.value = code;
    form.elements.units.focus();
  },
  () => form.elements.number.focus(),
);

form.elements.service_date.value = today();
form.elements.service_date.max = today();
try {
  navigator.serviceWorker?.register("/provider/offline/worker.js", { scope: "/provider/offline" });
  await refresh();
  await deliver();
} catch {
  say("problem", words.noStore);
}
if (window.location.hash === "#leaving") at("leaving").scrollIntoView();
main.dataset.ready = "yes"; // everything above has happened

// Answers for the page of visits without a network, and for the files that it is made of. Everything else goes past.
// KEPT { version, pages, files } stands above, put there by the server: with every change of theirs a new version, kept
// whole in a cache of its own.
const NAME = `offline-visits-${KEPT.version}`;
const LAST = "/provider/offline/last";

self.addEventListener("install", (event) => {
  // fetched as nobody: what is kept is on everybody's page
  const wanted = [...KEPT.pages, ...KEPT.files].map((path) => new Request(path, { cache: "reload", credentials: "omit" }));
  event.waitUntil(caches.open(NAME).then((cache) => cache.addAll(wanted)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const older = (name) => name.startsWith("offline-visits-") && name !== NAME;
  event.waitUntil(
    caches.keys()
      .then((names) => Promise.all(names.filter(older).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const address = new URL(event.request.url);
  if (event.request.method !== "GET" || address.origin !== self.location.origin) return;
  if (KEPT.pages.includes(address.pathname)) event.respondWith(page(event.request, address.pathname));
  else if (address.pathname === "/provider/offline") event.respondWith(door(event.request));
  else if (KEPT.files.includes(address.pathname + address.search)) event.respondWith(kept(event.request));
});

async function kept(request) {
  const cache = await caches.open(NAME);
  return (await cache.match(request.url)) ?? fetch(request);
}

async function page(request, path) {
  const cache = await caches.open(NAME);
  await cache.put(LAST, new Response(path));
  return (await cache.match(path)) ?? fetch(request);
}

// Without a language in its address: the server knows the reader's; without a network it is the one read last.
async function door(request) {
  try {
    return await fetch(request);
  } catch {
    const cache = await caches.open(NAME);
    const last = await cache.match(LAST);
    const path = last ? await last.text() : KEPT.pages[0];
    return Response.redirect(path, 302);
  }
}

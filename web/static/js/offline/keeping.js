// What the device keeps, sealed. Each visit is encrypted (AES-GCM) under a key of its own, agreed between a throwaway key
// and the holder's public key (ECDH); only the holder's private key opens it. That one lies here wrapped under a key
// which the server gives to the holder alone, signed in, and which is never stored: so taking a visit needs no network,
// and reading one back needs the person. Whoever finds the device finds how many visits there are, and nothing else.
const CURVE = { name: "ECDH", namedCurve: "P-256" };
const encoder = new TextEncoder();
const decoder = new TextDecoder();

function asked(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
function finished(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onerror = transaction.onabort = () => reject(transaction.error);
  });
}
let opened;
function database() {
  opened ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("offline-visits", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("holder", { keyPath: "id" });
      request.result.createObjectStore("visit", { keyPath: "id" }).createIndex("holder", "holder");
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
  return opened;
}
const alone = (act) => (navigator.locks ? navigator.locks.request("offline-visits", act) : act());

// Whoever opened the page last while signed in; undefined where nobody may take visits.
export async function current() {
  const store = (await database()).transaction("holder").objectStore("holder");
  return (await asked(store.getAll())).find((holder) => holder.current);
}

export async function holderOf(id) {
  return asked((await database()).transaction("holder").objectStore("holder").get(id));
}

// Makes the holder's keys; `opening` is the server's half, base64.
export async function setUp({ id, name, device, opening }) {
  const pair = await crypto.subtle.generateKey(CURVE, true, ["deriveBits"]);
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const sealedKey = await crypto.subtle.wrapKey(
    "pkcs8", pair.privateKey, await unwrapping(opening), { name: "AES-GCM", iv },
  );
  const publicKey = await crypto.subtle.exportKey("raw", pair.publicKey);
  await put("holder", { id, name, device, publicKey, sealedKey, iv, taken: 0, current: false });
  await makeCurrent(id);
}

const unwrapping = (opening) =>
  crypto.subtle.importKey(
    "raw", Uint8Array.from(atob(opening), (letter) => letter.charCodeAt(0)), "AES-GCM", false, ["wrapKey", "unwrapKey"],
  );

async function put(name, record) {
  const transaction = (await database()).transaction(name, "readwrite");
  transaction.objectStore(name).put(record);
  await finished(transaction);
}

// `undefined`: nobody takes visits on this device until somebody signs in again.
export const makeCurrent = (id) =>
  alone(async () => {
    const transaction = (await database()).transaction("holder", "readwrite");
    const store = transaction.objectStore("holder");
    for (const holder of await asked(store.getAll())) store.put({ ...holder, current: holder.id === id });
    await finished(transaction);
  });

async function sealing(own, other, use) {
  const bits = await crypto.subtle.deriveBits({ name: "ECDH", public: other }, own, 256);
  const shared = await crypto.subtle.importKey("raw", bits, "HKDF", false, ["deriveKey"]);
  const kind = { name: "HKDF", hash: "SHA-256", salt: new Uint8Array(32), info: encoder.encode("offline visit") };
  return crypto.subtle.deriveKey(kind, shared, { name: "AES-GCM", length: 256 }, false, [use]);
}
const importPublic = (raw) => crypto.subtle.importKey("raw", raw, CURVE, false, []);

// Seals a visit for its holder, and counts it. `visit.id` and the holder's name are bound into the seal.
export const keep = (holderId, visit) =>
  alone(async () => {
    const holder = await holderOf(holderId);
    const place = holder.taken + 1;
    const throwaway = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
    const key = await sealing(throwaway.privateKey, await importPublic(holder.publicKey), "encrypt");
    const iv = crypto.getRandomValues(new Uint8Array(12));
    const sealed = await crypto.subtle.encrypt(
      { name: "AES-GCM", iv, additionalData: encoder.encode(`${holderId} ${visit.id}`) },
      key, encoder.encode(JSON.stringify({ ...visit, place })),
    );
    const from = await crypto.subtle.exportKey("raw", throwaway.publicKey);
    // one transaction: a visit is never kept uncounted, nor counted without being kept
    const transaction = (await database()).transaction(["holder", "visit"], "readwrite", { durability: "strict" });
    transaction.objectStore("visit").put({ id: visit.id, holder: holderId, from, iv, sealed });
    transaction.objectStore("holder").put({ ...holder, taken: place });
    await finished(transaction);
  });

// How many visits of the holder wait, and how many of others.
export async function waiting(holderId) {
  const store = (await database()).transaction("visit").objectStore("visit");
  const holders = (await asked(store.getAll())).map((visit) => visit.holder);
  const mine = holders.filter((holder) => holder === holderId).length;
  return { mine, others: holders.length - mine };
}

// The holder's visits, opened; those that do not open are named in `shut`.
export async function readBack(holderId, opening) {
  const holder = await holderOf(holderId);
  const store = (await database()).transaction("visit").objectStore("visit");
  const kept = await asked(store.index("holder").getAll(holderId));
  const visits = [];
  const shut = [];
  let own;
  try {
    own = await crypto.subtle.unwrapKey(
      "pkcs8", holder.sealedKey, await unwrapping(opening), { name: "AES-GCM", iv: holder.iv }, CURVE, false, ["deriveBits"],
    );
  } catch {
    return { visits, shut: kept.map((visit) => visit.id) };
  }
  for (const visit of kept) {
    try {
      const key = await sealing(own, await importPublic(visit.from), "decrypt");
      const additionalData = encoder.encode(`${holderId} ${visit.id}`);
      const plain = await crypto.subtle.decrypt({ name: "AES-GCM", iv: visit.iv, additionalData }, key, visit.sealed);
      visits.push(JSON.parse(decoder.decode(plain)));
    } catch {
      shut.push(visit.id);
    }
  }
  return { visits, shut };
}

export async function drop(ids) {
  const transaction = (await database()).transaction("visit", "readwrite");
  for (const id of ids) transaction.objectStore("visit").delete(id);
  await finished(transaction);
}

// The holder's keys and every visit still kept: nothing of it can be read or sent any more.
export const forget = (holderId) =>
  alone(async () => {
    const transaction = (await database()).transaction(["holder", "visit"], "readwrite");
    const visits = transaction.objectStore("visit");
    for (const id of await asked(visits.index("holder").getAllKeys(holderId))) visits.delete(id);
    transaction.objectStore("holder").delete(holderId);
    await finished(transaction);
  });

// Signing out of a browser that keeps visits: what has not been sent is never left behind without a word.
import { current, forget, waiting } from "./keeping.js";

// With nothing waiting the holder's keys go, and one may leave. Else to the page that sends it: there one also leaves it
// locked, or deletes it.
export async function mayLeave() {
  const holder = await current();
  if (!holder) return true;
  if ((await waiting(holder.id)).mine) { window.location.assign("/provider/offline#leaving"); return false; }
  await forget(holder.id);
  return true;
}

// Reading a voucher's QR code with the camera. Pictures stay in the browser.
export const CODE = /^PS1:([0-9A-Z]{12}):([0-9A-Z]{16})$/i;

// The browser's own decoder where it has one, else ours.
async function reader() {
  const own = "BarcodeDetector" in window ? await window.BarcodeDetector.getSupportedFormats() : [];
  if (own.includes("qr_code")) {
    const detector = new window.BarcodeDetector({ formats: ["qr_code"] });
    return async (video) => (await detector.detect(video))[0]?.rawValue;
  }
  const { decodeQR } = await import("../vendor/qr/decode.js");
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  return async (video) => {
    // Half a megapixel is plenty for a code that fills a third of the picture.
    const scale = Math.min(1, 800 / Math.max(video.videoWidth, video.videoHeight));
    canvas.width = Math.round(video.videoWidth * scale);
    canvas.height = Math.round(video.videoHeight * scale);
    if (!canvas.width) return null;
    context.drawImage(video, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    try { return decodeQR({ data, width, height }); } catch { return null; }
  };
}

// The box with the picture and its two buttons; `take(number, code)` gets what was read, `denied` what to do instead.
export function scanner(box, take, denied) {
  if (!box || !navigator.mediaDevices?.getUserMedia) return;
  const video = box.querySelector("video");
  const frame = box.querySelector(".scanner");
  const start = box.querySelector("[data-scan-start]");
  const stop = box.querySelector("[data-scan-stop]");
  const status = box.querySelector("[data-scan-status]");
  let stream = null;

  const say = (text) => { status.textContent = text; };
  const end = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    frame.hidden = stop.hidden = true;
    start.hidden = false;
  };
  const found = (text) => {
    const read = CODE.exec(text.trim());
    if (!read) { say(box.dataset.other); return false; }
    end();
    say(box.dataset.found);
    take(read[1].toUpperCase(), read[2].toUpperCase());
    return true;
  };
  // Four looks a second: enough for a hand that holds still, and easy on a phone's battery.
  const look = (read) => {
    if (!stream) return;
    const later = () => window.setTimeout(() => look(read), 250);
    read(video).then((text) => { if (!text || !found(text)) later(); }).catch(later);
  };

  box.hidden = false;
  stop.addEventListener("click", () => { end(); say(""); start.focus(); });
  window.addEventListener("pagehide", end);
  start.addEventListener("click", async () => {
    start.hidden = true;
    say(box.dataset.starting);
    try {
      const [camera, read] = await Promise.all([
        navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } }),
        reader(),
      ]);
      stream = camera;
      video.srcObject = stream;
      await video.play();
      frame.hidden = stop.hidden = false;
      stop.focus();
      say(box.dataset.looking);
      look(read);
    } catch {
      end();
      say(box.dataset.denied);
      denied();
    }
  });
}

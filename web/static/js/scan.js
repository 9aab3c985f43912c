// Reads a voucher's QR code with the camera and fills in the form. Without this file one types: nothing else changes.
// Only the number and the code are sent, by the form as always.
import { scanner } from "./camera.js";

const form = document.getElementById("present");
if (form) {
  scanner(
    document.querySelector("[data-scanner]"),
    (number, code) => {
      form.elements.number.value = number;
      form.elements.secret.value = code;
      form.requestSubmit();
    },
    () => form.elements.number.focus(),
  );
}

// What is typed, made sure of on the device: what is wrong here would come back days later.
const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const CONFUSED = { I: "1", L: "1", O: "0", U: "V" };

export const clean = (typed) =>
  typed.replace(/[\s\-–—]/g, "").toUpperCase().replace(/[ILOU]/g, (letter) => CONFUSED[letter]);

// Eleven characters and a check character (Luhn, modulo 32).
export function isVoucherNumber(number) {
  if (number.length !== 12) return false;
  let sum = 0;
  for (const [place, letter] of [...number].reverse().entries()) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) return false;
    const twice = value * 2;
    sum += place % 2 ? Math.floor(twice / 32) + (twice % 32) : value;
  }
  return sum % 32 === 0;
}

// "1,5" → 150; null for what is no such number.
export function hundredths(typed) {
  const read = /^(\d{1,6})(?:[.,](\d{1,2}))?$/.exec(typed.replace(/[\s ]/g, ""));
  return read ? Number(read[1]) * 100 + Number((read[2] ?? "").padEnd(2, "0")) : null;
}

// Time-ordered and random (RFC 9562): the visit has this id wherever it goes.
export function uuid7(now = Date.now()) {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let place = 0, rest = now; place < 6; place += 1) {
    bytes[5 - place] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  bytes[6] = 0x70 | (bytes[6] & 0x0f);
  bytes[8] = 0x80 | (bytes[8] & 0x3f);
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

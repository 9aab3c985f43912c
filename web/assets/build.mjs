// Copies what the pages take from npm into ../static/vendor, each with a .gz beside it, and says in
// MANIFEST.json what is there (the hash goes into the address, so that a browser may keep a file for ever).
// Plain on purpose: no bundler, so what the browser runs is what the package's authors published.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = dirname(fileURLToPath(import.meta.url));
const target = process.argv[2] ?? join(here, "..", "static", "vendor");

const FILES = {
  "designsystemet.css": "@digdir/designsystemet-css/dist/src/index.css",
  "designsystemet-theme.css": "@digdir/designsystemet-css/dist/theme/designsystemet.css",
  "htmx.min.js": "htmx.org/dist/htmx.min.js",
  // The camera decoder is an ES module of two files; the second is imported by the first, relatively.
  "qr/decode.js": "qr/decode.js",
  "qr/index.js": "qr/index.js",
};

// Each package's licence goes with its files.
const LICENCES = {
  "designsystemet.LICENSE": "@digdir/designsystemet-css/LICENSE",
  "htmx.LICENSE": "htmx.org/LICENSE",
  "qr/LICENSE": "qr/LICENSE-MIT",
};

rmSync(target, { recursive: true, force: true });
mkdirSync(target, { recursive: true });

const manifest = {};
for (const [name, source] of Object.entries(FILES)) {
  const content = readFileSync(join(here, "node_modules", source));
  const packed = gzipSync(content, { level: 9 });
  mkdirSync(dirname(join(target, name)), { recursive: true });
  writeFileSync(join(target, name), content);
  writeFileSync(join(target, `${name}.gz`), packed);
  manifest[name] = {
    sha256: createHash("sha256").update(content).digest("hex"),
    bytes: content.length,
    gzip_bytes: packed.length,
  };
}
for (const [name, source] of Object.entries(LICENCES)) {
  writeFileSync(join(target, name), readFileSync(join(here, "node_modules", source)));
}
writeFileSync(join(target, "MANIFEST.json"), `${JSON.stringify(manifest, null, 2)}\n`);

const total = Object.values(manifest).reduce((sum, file) => sum + file.gzip_bytes, 0);
console.log(`assets: ${Object.keys(manifest).length} files, ${(total / 1024).toFixed(0)} KiB gzipped`);

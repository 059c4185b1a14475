import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import esbuild from "esbuild";

const here = import.meta.dirname ?? new URL(".", import.meta.url).pathname;
const ui = resolve(here, "../hallom/ui");
const dist = join(ui, "static/ui/dist");
const watching = process.argv.includes("--watch");

function sprite() {
  const names = readFileSync(join(ui, "icons.txt"), "utf8").split(/\s+/).filter(Boolean);
  const symbols = names.map((name) => {
    const file = join(here, "node_modules/lucide-static/icons", `${name}.svg`);
    if (!existsSync(file)) throw new Error(`icons.txt names ${name}, which lucide does not have`);
    const inner = readFileSync(file, "utf8").match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
    return `<symbol id="${name}" viewBox="0 0 24 24">${inner.replace(/\s+/g, " ").trim()}</symbol>`;
  });
  // A sprite that is fetched has no styles of the page: strokes come in through inheritance from <use>.
  return `<svg xmlns="http://www.w3.org/2000/svg"><!-- lucide, ISC licence -->${symbols.join("")}</svg>\n`;
}

function writeHashed(name, text) {
  const hash = createHash("sha256").update(text).digest("hex").slice(0, 8);
  const file = name.replace(".", `-${hash}.`);
  writeFileSync(join(dist, file), text);
  return file;
}

function manifest(metafile) {
  const favicon = readFileSync(join(ui, "static/ui/favicon.svg"), "utf8");
  const names = { "icons.svg": writeHashed("icons.svg", sprite()), "favicon.svg": writeHashed("favicon.svg", favicon) };
  for (const [path, output] of Object.entries(metafile.outputs)) {
    const file = path.slice(path.indexOf("static/ui/dist/") + "static/ui/dist/".length);
    if (output.entryPoint) names[basename(output.entryPoint)] = file;
    const font = Object.keys(output.inputs).find((input) => input.endsWith(".woff2"));
    if (font && !path.endsWith(".css")) names[basename(font)] = file;
  }
  writeFileSync(join(dist, "manifest.json"), JSON.stringify(names, null, 1) + "\n");
}

// Servers and pages that have read the manifest before go on asking for what it named: an hour from when it is replaced.
const KEPT_MS = 3600_000;
const REPLACED = join(dist, "replaced.json");

function sweep(metafile) {
  const named = ["manifest.json", "replaced.json", ...Object.values(JSON.parse(readFileSync(join(dist, "manifest.json"), "utf8")))];
  const fresh = new Set([...Object.keys(metafile.outputs).map((path) => resolve(path)), ...named.map((name) => join(dist, name))]);
  const before = existsSync(REPLACED) ? JSON.parse(readFileSync(REPLACED, "utf8")) : {};
  const replaced = {};
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isFile() || fresh.has(file)) continue;
    const since = before[entry.name] ?? Date.now();
    if (Date.now() - since > KEPT_MS) rmSync(file);
    else replaced[entry.name] = since;
  }
  writeFileSync(REPLACED, JSON.stringify(replaced));
}

const tidy = {
  name: "tidy",
  setup(build) {
    build.onStart(() => {
      mkdirSync(dist, { recursive: true });
    });
    build.onEnd((result) => {
      if (result.errors.length) return;
      manifest(result.metafile);
      sweep(result.metafile);
    });
  },
};

const options = {
  entryPoints: [
    ...["app", "theme"].map((name) => join(here, `src/${name}.js`)),
    ...["app", "call", "composer", "knowledge", "supervisor", "switchboard"].map((name) => join(ui, `static/ui/css/${name}.css`)),
  ],
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  metafile: true,
  target: ["es2022", "chrome125", "firefox128", "safari17.5"],
  outdir: dist,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  assetNames: "fonts/[name]-[hash]",
  loader: { ".woff2": "file", ".txt": "text" },
  legalComments: "linked",
  define: { global: "globalThis" },
  plugins: [tidy],
  logLevel: "warning",
};

if (watching) {
  await (await esbuild.context(options)).watch();
  console.log("watching for changes");
} else {
  const { metafile } = await esbuild.build(options);
  for (const [path, { bytes }] of Object.entries(metafile.outputs)) console.log(String(bytes).padStart(8), basename(path));
}

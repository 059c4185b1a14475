import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
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

// Servers and pages that have read the manifest before go on asking for what it named.
const KEPT_MS = 3600_000;

function sweep(metafile) {
  const fresh = new Set(Object.keys(metafile.outputs).map((path) => resolve(path)));
  for (const entry of readdirSync(dist, { recursive: true, withFileTypes: true })) {
    const file = join(entry.parentPath ?? entry.path, entry.name);
    if (entry.isFile() && !fresh.has(file) && Date.now() - statSync(file).mtimeMs > KEPT_MS) rmSync(file);
  }
}

const tidy = {
  name: "tidy",
  setup(build) {
    build.onStart(() => {
      mkdirSync(dist, { recursive: true });
    });
    build.onEnd((result) => {
      if (result.errors.length) return;
      sweep(result.metafile);
      manifest(result.metafile);
    });
  },
};

const options = {
  entryPoints: [
    ...["app", "theme"].map((name) => join(here, `src/${name}.js`)),
    ...["app", "call", "composer", "supervisor", "switchboard"].map((name) => join(ui, `static/ui/css/${name}.css`)),
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

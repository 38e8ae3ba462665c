/**
 * Bundles JsSIP and what it needs, as npm has them (package-lock.json), into one ES module with their licences beside it.
 * With `--check` nothing is written: the exit code is 1 when the files in the folder are not what npm's packages give.
 */

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

const PACKAGES = ["jssip", "debug", "ms", "events", "sdp-transform"];
const check = process.argv.includes("--check");
const folder = process.argv.at(-1);
const about = PACKAGES.map((name) => JSON.parse(readFileSync(`node_modules/${name}/package.json`, "utf8")));
const banner = `/* ${about.map(({ name, version }) => `${name} ${version}`).join(", ")}; MIT licences: see jssip.LICENSES.txt. Made by vendor/bundle.mjs. */`;
const bundle = await build({
  entryPoints: ["node_modules/jssip/lib/JsSIP.js"],
  bundle: true,
  minify: true,
  format: "esm",
  platform: "browser",
  target: "es2022",
  legalComments: "none",
  banner: { js: banner },
  write: false,
});
const licences = PACKAGES.map((name, at) => `${name} ${about[at].version}\n\n${licenceOf(name)}`).join("\n----\n\n");
const files = { "jssip.js": bundle.outputFiles[0].text, "jssip.LICENSES.txt": licences };
for (const [name, text] of Object.entries(files)) {
  const path = join(folder, name);
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, "utf8") !== text) {
    console.error(`${path} is not what npm's packages give`);
    process.exitCode = 1;
  }
}

/** @param {string} name */
function licenceOf(name) {
  const file = readdirSync(`node_modules/${name}`).find((each) => /^licen[cs]e/i.test(each));
  return file ? readFileSync(`node_modules/${name}/${file}`, "utf8").replace(/\r\n/g, "\n").trimEnd() + "\n" : "MIT\n";
}

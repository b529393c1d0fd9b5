// Ask Lighthouse about every address given and print one JSON line each: {address, accessibility, practices, faults}.
import {createRequire} from "node:module";
import {pathToFileURL} from "node:url";
import path from "node:path";

const [folder, chromium, cookie, ...addresses] = process.argv.slice(2);
const require = createRequire(path.join(path.resolve(folder), "package.json"));
const load = async name => import(pathToFileURL(require.resolve(name)).href);
const {default: lighthouse} = await load("lighthouse");
const {launch} = await load("chrome-launcher");
const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"];
const chrome = await launch({chromePath: chromium, chromeFlags: flags});
for (const address of addresses) {
  const {lhr} = await lighthouse(address, {
    port: chrome.port, onlyCategories: ["accessibility", "best-practices"], logLevel: "silent", output: "json",
    extraHeaders: {Cookie: cookie}});
  const faults = Object.values(lhr.audits).filter(audit => audit.score !== null && audit.score < 1)
    .map(audit => `${audit.id}: ${(audit.details?.items ?? []).map(i => i.node?.snippet ?? i.description ?? "").join(" ")}`);
  console.log(JSON.stringify({address, accessibility: lhr.categories.accessibility.score,
    practices: lhr.categories["best-practices"].score, faults}));
}
await chrome.kill();

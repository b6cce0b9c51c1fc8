import * as fs from "node:fs";
import * as path from "node:path";
import { type Browser, chromium } from "playwright-core";

/** What a browser asks of the outside by itself is switched off; the sandbox needs rights that a container lacks. */
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** Chromium of the system: `CHROMIUM`, or the first of its usual names on PATH. */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--disable-gpu", ...quiet, ...args],
  });
}

function chromiumPath(): string {
  const names = ["chromium", "chromium-browser", "google-chrome"];
  const folders = (process.env["PATH"] ?? "").split(path.delimiter);
  const found = names
    .flatMap((name) => folders.map((folder) => path.join(folder, name)))
    .find((file) => fs.existsSync(file));
  const chosen = process.env["CHROMIUM"] ?? found;
  if (!chosen)
    throw new Error("No Chromium was found; install it (Debian: apt install chromium), or name it in CHROMIUM");
  return chosen;
}

import * as fs from "node:fs";
import * as path from "node:path";
import { type Browser, chromium, type Page, type Response } from "playwright-core";

/** What a browser asks of the outside by itself is switched off; the sandbox needs rights that a container lacks. */
const quiet = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--no-first-run"];

/** Chromium of the system: `CHROMIUM`, or the first of its usual names on PATH. */
export function launchChromium(args: readonly string[] = []): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    args: ["--no-sandbox", "--disable-gpu", ...quiet, ...args],
  });
}

/**
 * Goes to a page. A browser on a cluster's node sees the network change whenever a pod comes or goes, and gives up what it
 * was loading then: it is asked once more.
 */
export async function open(page: Page, url: string): Promise<Response | null> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await page.goto(url);
    } catch (error) {
      if (attempt === 5 || !`${error}`.includes("ERR_NETWORK_CHANGED")) throw error;
      // Its own page on the failure comes late, and would break off the next attempt.
      await page.waitForTimeout(1000);
    }
  }
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

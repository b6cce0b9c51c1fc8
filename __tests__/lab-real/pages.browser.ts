import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/chromium";
import { mlops, secret, status, toolboxPython } from "./running-lab";

let browser: Browser;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  const up = await mlops("lab", "up", "--detach");
  if (up.code !== 0) throw new Error(up.output);
  browser = await launchChromium();
  page = await browser.newPage();
  page.on("pageerror", (error) => problems.push(error.message));
});

afterAll(async () => {
  await browser?.close();
  await mlops("lab", "down");
});

test("the portal shows every tool ready, and each link leads to its page", async () => {
  const { portal } = await status();
  await page.goto(portal);
  await page.locator("#phase[data-state=ready]").waitFor();
  expect(await page.locator("[data-process]").count()).toBe(8);
  expect(await page.locator('[data-process][data-state="ready"]').count()).toBe(8);
  const links = await page
    .locator("article a")
    .evaluateAll((all) => all.map((each) => each.getAttribute("href") ?? ""));
  expect(links).toHaveLength(4);
  for (const link of links) expect((await fetch(link)).status).toBe(200);
  expect(problems).toEqual([]);
});

test("a wrong password is refused", async () => {
  await signIn("grace", "not-the-password");
  await page.getByText("Invalid username or password").waitFor();
});

test("a person signs in, gets a server with the tutorials in it, and no prompt in the way", async () => {
  await signIn("grace", secret("jupyterhub/password"));
  await page.getByText("tutorials", { exact: true }).waitFor({ timeout: 120_000 });
  expect(page.url()).toContain("/user/grace/lab");
  expect(await page.getByText("Would you like to get notified").count()).toBe(0);
});

test("MLflow and Prefect render without the network, and Prefect sells nothing", async () => {
  const { processes } = await status();
  const address = (name: string) => processes.find((process) => process.name === name)?.address ?? "";
  await page.goto(address("mlflow"));
  await page.getByText("Experiments").first().waitFor();
  await page.goto(address("prefect-server"));
  await page.getByText("Dashboard").first().waitFor();
  expect(await page.getByText("Upgrade to Cloud").count()).toBe(0);
});

test("a model's card and its lineage are pages that stand alone, and lead to MLflow", async () => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-pages-"));
  const made = await toolboxPython([path.join(__dirname, "a_model.py"), folder]);
  if (made.code !== 0) throw new Error(made.output);
  const version = /^version (\d+)$/m.exec(made.stdout)?.[1];
  const file = path.join(folder, "lineage.html");
  const told = await mlops("lineage", `paged/${version}`, "--page", file);
  expect(told).toMatchObject({ code: 0, output: expect.stringContaining(file) });

  const asked: string[] = [];
  const wrong: string[] = [];
  const alone = await browser.newPage();
  alone.on("pageerror", (error) => wrong.push(error.message));
  alone.on("request", (request) => asked.push(request.url()));
  await alone.goto(pathToFileURL(path.join(folder, "card.html")).href);
  await alone.getByRole("heading", { name: `Model card: paged version ${version}` }).waitFor();
  expect(await alone.locator("svg.bars").first().isVisible()).toBe(true);
  await alone.goto(pathToFileURL(file).href);
  expect(asked.every((url) => url.startsWith("file:"))).toBe(true);
  for (const [kind, count] of Object.entries({ data: 2, run: 1, version: 1, gate: 1 }))
    expect(await alone.locator(`g.box.${kind}`).count()).toBe(count);
  const boxes = await alone.locator("g.box").count();
  expect(await alone.locator("path[marker-end]").count()).toBe(boxes - 1);
  await alone.locator("g.box.run").click();
  await alone.locator("section:target a").click();
  await alone.getByText("paged-run").first().waitFor();
  expect(wrong).toEqual([]);
  await alone.close();
  fs.rmSync(folder, { recursive: true });
});

async function signIn(user: string, password: string): Promise<void> {
  const { processes } = await status();
  await page.goto(`${processes.find((process) => process.name === "proxy")?.address}/hub/login`);
  await page.fill("#username_input", user);
  await page.fill("#password_input", password);
  await page.click("#login_submit");
}

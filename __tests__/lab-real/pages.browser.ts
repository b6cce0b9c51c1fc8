import type { Browser, Page } from "playwright-core";
import { launchChromium } from "../support/chromium";
import { mlops, secret, status } from "./running-lab";

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

async function signIn(user: string, password: string): Promise<void> {
  const { processes } = await status();
  await page.goto(`${processes.find((process) => process.name === "proxy")?.address}/hub/login`);
  await page.fill("#username_input", user);
  await page.fill("#password_input", password);
  await page.click("#login_submit");
}

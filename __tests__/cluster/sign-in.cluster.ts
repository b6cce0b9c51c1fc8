import type { Browser, BrowserContext, Page } from "playwright-core";
import { signOutPath } from "../../constructs/foundation/envoy-gateway/sign-in";
import { pipelineClient } from "../../constructs/foundation/keycloak/clients";
import { Board } from "../../deployment/board";
import { connect } from "../../deployment/connection";
import type { Kubectl } from "../../deployment/kubectl";
import { rotate } from "../../deployment/rotate";
import { rotationsOf } from "../../deployment/rotation-plan";
import { synthesize } from "../../deployment/synthesize";
import { launchChromium, open } from "../support/chromium";
import { eventually } from "./running-cluster";
import { leakingRoutes } from "./sign-in/leaking-routes";
import { DeployedModel } from "./sign-in/model";
import { People, type Person } from "./sign-in/people";
import { type Asked, address, ask, at, chosen, domain, environment, hasOwnAuthority } from "./sign-in/place";

/**
 * Who comes through the edge of a platform that is deployed, with its real Keycloak, Envoy Gateway and Envoy: code by
 * tokens, and people in a real browser. `sign-in/place.ts` says which platform.
 */

/** What MLflow calls a search, which viewers may do though it is a POST; and what changes something. */
const search = { method: "POST", body: '{"max_results": 1}' } satisfies Asked;
const searchPath = "/api/2.0/mlflow/experiments/search";
const changePath = "/api/2.0/mlflow/registered-models/create";
const json = { "content-type": "application/json" };

if (chosen === undefined || environment === undefined) {
  const why = "not run: SIGN_IN_ENVIRONMENT names no platform that is deployed";
  test.skip(why, () => {});
  console.warn(`Sign-in was ${why}.`);
} else {
  const platform = environment;
  const named = chosen;
  let kubectl: Kubectl;
  let people: People;
  let member: Person;
  let viewer: Person;
  let leaver: Person;
  let stranger: Person;
  const tokens: Record<"member" | "viewer" | "stranger" | "pipeline" | "forOthers" | "expired", string> = {
    ...{ member: "", viewer: "", stranger: "", pipeline: "", forOthers: "", expired: "" },
  };

  beforeAll(async () => {
    kubectl = await connect(platform);
    people = await People.open(kubectl);
    await people.clear();
    member = await people.person("member", ["members"]);
    viewer = await people.person("viewer", ["viewers"]);
    stranger = await people.person("stranger", []);
    leaver = await people.person("leaver", ["members"]);
    const code = await people.client("code", { forPlatform: true });
    tokens.expired = await people.tokenOf(member, await people.client("short", { forPlatform: true, tokenSeconds: 1 }));
    tokens.member = await people.tokenOf(member, code);
    tokens.viewer = await people.tokenOf(viewer, code);
    tokens.stranger = await people.tokenOf(stranger, code);
    tokens.forOthers = await people.tokenOf(member, await people.client("others", { forPlatform: false }));
    tokens.pipeline = await pipelineToken(await pipelineSecret());
  });

  const pipelineSecret = () => kubectl.secret("keycloak", "keycloak-generated", pipelineClient);
  const pipelineToken = (secret: string) =>
    people.tokenBy({ grant_type: "client_credentials", client_id: pipelineClient, client_secret: secret });

  afterAll(async () => {
    await people?.clear();
    people?.close();
  });

  const statusOf = async (host: string, path: string, asked: Asked) =>
    (await ask(`${at(host)}${path}`, { ...asked, headers: { ...json, ...asked.headers } })).status;

  describe.each(["mlflow", "prefect"])("code at the host %s", (host) => {
    test("without a token, with a wrong, a foreign or an expired one: refused", async () => {
      const [head, body, signature = ""] = tokens.member.split(".");
      const another = [...signature].reverse().join("");
      expect(await statusOf(host, "/", {})).toBe(401);
      expect(await statusOf(host, "/", { token: "not.a.token" })).toBe(401);
      expect(await statusOf(host, "/", { token: [head, body, another].join(".") })).toBe(401);
      expect(await statusOf(host, "/", { token: await people.tokenOfAnotherRealm() })).toBe(401);
      expect(await statusOf(host, "/", { token: tokens.forOthers })).toBe(403);
      // Envoy allows clocks to differ by a minute.
      const expires = JSON.parse(Buffer.from(tokens.expired.split(".")[1] ?? "", "base64url").toString()) as {
        exp: number;
      };
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, (expires.exp + 62) * 1000 - Date.now())));
      expect(await statusOf(host, "/", { token: tokens.expired })).toBe(401);
    });

    test("a member and a pipeline get through, and who is in no group does not", async () => {
      expect(await statusOf(host, "/", { token: tokens.member })).toBe(200);
      expect(await statusOf(host, "/", { token: tokens.pipeline })).toBe(200);
      expect(await statusOf(host, "/", { token: tokens.stranger })).toBe(403);
    });

    test("a viewer looks, and writes nothing, nor opens a web socket", async () => {
      expect(await statusOf(host, "/", { token: tokens.viewer })).toBe(200);
      for (const method of ["POST", "PUT", "PATCH", "DELETE"])
        expect([method, await statusOf(host, "/", { method, token: tokens.viewer })]).toEqual([method, 403]);
      const socket = {
        ...{ connection: "Upgrade", upgrade: "websocket" },
        ...{ "sec-websocket-version": "13", "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==" },
      };
      expect(await statusOf(host, "/", { token: tokens.viewer, headers: socket })).toBe(403);
    });
  });

  test("a viewer searches by POST, where the tool says that it changes nothing, and nowhere else", async () => {
    expect(await statusOf("mlflow", searchPath, { ...search, token: tokens.viewer })).toBe(200);
    expect(await statusOf("mlflow", `${searchPath}?page=1`, { ...search, token: tokens.viewer })).toBe(200);
    expect(await statusOf("mlflow", changePath, { ...search, token: tokens.viewer })).toBe(403);
    expect(await statusOf("mlflow", `${changePath}?x=${searchPath}`, { ...search, token: tokens.viewer })).toBe(403);
    expect(await statusOf("mlflow", searchPath, { ...search, token: tokens.stranger })).toBe(403);
    expect(await statusOf("mlflow", searchPath, search)).toBe(401);
  });

  describe("a model that people's code has deployed", () => {
    let model: DeployedModel;
    let path: string;

    beforeAll(async () => {
      const notebooks = synthesize(named).components.find(({ role }) => role === "notebooks");
      if (!notebooks) throw new Error(`the environment ${named} has no notebooks`);
      model = await DeployedModel.deploy(kubectl, notebooks);
      path = `/v2/models/${model.name}`;
    });
    afterAll(async () => {
      await model?.remove();
    });

    const predict = (token?: string) =>
      ask(`${at("models")}${path}/infer`, {
        ...{ method: "POST", token, headers: json, body: JSON.stringify(model.request) },
      });

    test("answers members and pipelines as the model itself does", async () => {
      for (const token of [tokens.member, tokens.pipeline]) {
        const { status, text } = await predict(token);
        if (status !== 200) throw new Error(`${status} ${text}`);
        const { outputs } = JSON.parse(text) as { outputs: { data: number[] }[] };
        expect(outputs.map(({ data }) => data)).toEqual([model.predictions]);
      }
    });

    test("answers nobody else, and shows viewers what it is and nothing more", async () => {
      expect((await predict()).status).toBe(401);
      expect((await predict("not.a.token")).status).toBe(401);
      expect((await predict(tokens.forOthers)).status).toBe(403);
      expect((await predict(tokens.stranger)).status).toBe(403);
      expect((await predict(tokens.viewer)).status).toBe(403);
      expect(await statusOf("models", path, { token: tokens.viewer })).toBe(200);
      expect(await statusOf("models", path, { token: tokens.stranger })).toBe(403);
      expect(await statusOf("models", path, {})).toBe(401);
    });

    test("is at its own path alone: what loads and unloads models in its server is not to be found", async () => {
      for (const elsewhere of ["/v2/repository/index", `/v2/repository/models/${model.name}/unload`, "/"])
        expect([elsewhere, await statusOf("models", elsewhere, { method: "POST", token: tokens.member })]).toEqual([
          elsewhere,
          404,
        ]);
      expect((await predict(tokens.member)).status).toBe(200);
    });

    test("is told nobody's token, and no route can be written that tells one", async () => {
      const { handingOn, copying } = await leakingRoutes(kubectl, model.name);
      const refused = (says: string) => ({ details: expect.arrayContaining([expect.stringContaining(says)]) });
      await expect(kubectl.put("apply", handingOn)).rejects.toMatchObject(refused("removes authorization"));
      await expect(kubectl.put("apply", copying)).rejects.toMatchObject(refused("write them at the rule"));
      expect((await predict(tokens.member)).status).toBe(200);
    });

    test("takes its way in along when it is deleted", async () => {
      await model.undeploy();
      await eventually(async () => (await predict(tokens.member)).status === 404, 120_000);
    });
  });

  test("Keycloak's admin page and its own realm are not to be found from outside", async () => {
    for (const path of ["/admin/master/console/", "/realms/master/account/", "/metrics", "/"])
      expect([path, await statusOf("sign-in", path, {})]).toEqual([path, 404]);
  });

  describe("a person in a browser", () => {
    let browser: Browser;
    let context: BrowserContext;
    let page: Page;

    beforeAll(async () => {
      browser = await launchChromium(address ? [`--host-resolver-rules=MAP *.${domain} ${address}`] : []);
      context = await browser.newContext({ ignoreHTTPSErrors: hasOwnAuthority });
      page = await context.newPage();
    });
    afterAll(async () => {
      await browser?.close();
    });

    const signIn = async (who: Person) => {
      await page.locator("#username").fill(who.name);
      await page.locator("#password").fill(who.password);
      await page.locator("#kc-login").click();
    };
    const asks = () => page.locator("#kc-login");

    test("is asked who they are, once, and comes back to where they wanted to go", async () => {
      await open(page, `${at("mlflow")}/?wanted=this`);
      expect(page.url()).toContain(at("sign-in"));
      await signIn(member);
      await page.waitForURL(`${at("mlflow")}/?wanted=this**`);
    });

    test("opens a second tool without being asked again", async () => {
      const answer = await open(page, at("prefect"));
      expect(answer?.status()).toBe(200);
      expect(new URL(page.url()).origin).toBe(at("prefect"));
    });

    test("has a session for each host, which no other host is sent", async () => {
      const sessions = (await context.cookies()).filter(({ name }) =>
        /^(AccessToken|IdToken|RefreshToken|Oauth)/.test(name),
      );
      expect(new Set(sessions.map(({ domain: of }) => of))).toEqual(
        new Set(["mlflow", "prefect"].map((host) => new URL(at(host)).hostname)),
      );
    });

    test("is signed in to the Hub without being asked again", async () => {
      await open(page, `${at("hub")}/hub/home`);
      expect(page.url()).toBe(`${at("hub")}/hub/home`);
      expect(await page.getByText(member.name).first().isVisible()).toBe(true);
    });

    test("signs out of a tool and at the issuer, so that the next sign-in asks", async () => {
      await open(page, `${at("mlflow")}${signOutPath}`);
      await open(page, at("mlflow"));
      await asks().waitFor();
    });

    test("a viewer opens tools, and gets no server of the Hub", async () => {
      await context.clearCookies();
      await open(page, at("prefect"));
      await signIn(viewer);
      await page.waitForURL(`${at("prefect")}/**`);
      const answer = await open(page, `${at("hub")}/hub/home`);
      expect(answer?.status()).toBe(403);
    });

    test("who is taken out of the groups loses the Hub, their server and the tools when the token is renewed", async () => {
      await context.clearCookies();
      await open(page, `${at("hub")}/hub/spawn`);
      await signIn(leaver);
      await page.locator("#spawn_form [type=submit]").click();
      await page.waitForURL(`${at("hub")}/user/${leaver.name}/**`, { timeout: 600_000 });
      const pods = () =>
        kubectl.list("pods", "--namespace", "jupyterhub", "--selector", `hub.jupyter.org/username=${leaver.name}`);
      expect((await pods()).length).toBe(1);
      await open(page, at("mlflow"));
      expect(new URL(page.url()).origin).toBe(at("mlflow"));

      await people.leavesGroups(leaver);
      const refusedAt = async (url: string) => (await open(page, url))?.status() === 403;
      // The Hub looks every five minutes, and asks then for a token that says the groups of now.
      await eventually(() => refusedAt(`${at("hub")}/hub/home`), 600_000);
      await eventually(async () => (await pods()).length === 0, 180_000);
      // A token lives ten minutes.
      await eventually(() => refusedAt(at("mlflow")), 660_000);
      await kubectl.text(
        ...["delete", "persistentvolumeclaims", "--namespace", "jupyterhub"],
        ...["--selector", `hub.jupyter.org/username=${leaver.name}`],
      );
    }, 2_400_000);

    test("a page whose sign-in has ended: its scripts get 401, and not another page", async () => {
      await open(page, at("prefect"));
      await context.clearCookies();
      expect(await page.evaluate(() => fetch("/").then(({ status }) => status))).toBe(401);
    });

    test("the secrets of sign-in get new values: the old ones open nothing, and people and pipelines come in", async () => {
      const old = await pipelineSecret();
      const secrets = ["keycloak-generated", "envoy-gateway-identity", "jupyterhub-identity"];
      await rotate(kubectl, rotationsOf(platform, secrets), new Board());
      // The account that the tests use has a new secret too, and the way led to a pod that is gone.
      people.close();
      people = await People.open(kubectl);
      await expect(pipelineToken(old)).rejects.toThrow(/401/);
      const token = await pipelineToken(await pipelineSecret());
      expect(await statusOf("mlflow", "/", { token })).toBe(200);
      await context.clearCookies();
      await open(page, at("mlflow"));
      await signIn(member);
      await page.waitForURL(`${at("mlflow")}/**`);
      await open(page, `${at("hub")}/hub/home`);
      expect(page.url()).toBe(`${at("hub")}/hub/home`);
    }, 1_800_000);
  });
}

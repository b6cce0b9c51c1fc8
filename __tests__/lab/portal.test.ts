import { labPaths } from "../../lab/paths";
import { portalPage } from "../../lab/portal";
import { servePortal } from "../../lab/server";
import type { LabStatus } from "../../lab/state";

const page = portalPage(labPaths().project, {
  processes: [
    { name: "mlflow", component: "mlflow", command: "", args: [], folder: "", ready: "http://127.0.0.1:1/", ports: [] },
  ],
  offers: [
    {
      component: "mlflow",
      role: "tracking",
      offer: {
        address: "http://127.0.0.1:1",
        page: 'http://127.0.0.1:1/"><script>',
        clientEnv: { MLFLOW_TRACKING_URI: "" },
      },
    },
  ],
  clientEnv: {},
  terminalEnv: {},
  signInAs: { user: "me", password: "a-password-nobody-should-see" },
  folders: [],
});

test("the page links each tool and names its processes, and shows no secret", () => {
  expect(page).toContain('data-process="mlflow"');
  expect(page).not.toContain('"><script>');
  expect(page).not.toContain("a-password-nobody-should-see");
});

describe("the server", () => {
  const status = { phase: "ready" } as LabStatus;
  const ask = async (path: string, init?: RequestInit & { headers?: Record<string, string> }) => {
    const server = await servePortal(0, page, () => status);
    const response = await fetch(server.address + path, init);
    const result = {
      code: response.status,
      text: await response.text(),
      policy: response.headers.get("content-security-policy"),
    };
    await server.close();
    return result;
  };

  test("gives the page and the state", async () => {
    expect(await ask("/")).toMatchObject({
      code: 200,
      text: page,
      policy: expect.stringContaining("default-src 'none'"),
    });
    expect(JSON.parse((await ask("/status.json")).text)).toEqual(status);
  });

  test("changes nothing and knows nothing else", async () => {
    expect((await ask("/", { method: "POST" })).code).toBe(405);
    expect((await ask("/../secrets.json")).code).toBe(404);
  });

  test("does not answer to a name that another site has pointed at this machine", async () => {
    const server = await servePortal(0, page, () => status);
    const { request } = await import("node:http");
    const code = await new Promise((done) =>
      request(`${server.address}/status.json`, { headers: { host: "evil.example" } }, (r) => done(r.statusCode)).end(),
    );
    await server.close();
    expect(code).toBe(403);
  });
});

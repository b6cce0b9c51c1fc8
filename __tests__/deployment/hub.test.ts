import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { WebSocketServer } from "ws";
import { Board } from "../../deployment/board";
import { Hub } from "../../deployment/hub";
import { runInKernel } from "../../deployment/kernel";
import { parseStep, runSteps } from "../../deployment/smoke";

/** A Hub and a kernel that answer as the real ones do; the real ones are in the lab's and the cluster's suites. */
let server: http.Server;
let address: string;
const asked: string[] = [];
/** What the kernel says after it was asked to run something. */
let kernelSays: { type: string; content: object }[] = [];
let ready = 0;

beforeAll(async () => {
  server = http.createServer((request, response) => {
    asked.push(`${request.method} ${request.url}`);
    if (request.headers.authorization !== "token secret") return void response.writeHead(403).end("no");
    if (request.url === "/user/ada/api/kernels") return void response.writeHead(201).end('{"id":"k1"}');
    if (request.method === "GET")
      return void response.end(JSON.stringify({ servers: ready-- > 0 ? {} : { "": { ready: true } } }));
    response.writeHead(request.url === "/hub/api/users/ada" ? 409 : 201).end("{}");
  });
  const sockets = new WebSocketServer({ server });
  sockets.on("connection", (socket) => {
    socket.on("message", (data) => {
      const { header } = JSON.parse(String(data)) as { header: { msg_id: string } };
      for (const { type, content } of kernelSays)
        socket.send(JSON.stringify({ msg_type: type, parent_header: { msg_id: header.msg_id }, content }));
      if (kernelSays.length === 0) socket.close();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

test("a server is started once, and waited for", async () => {
  ready = 1;
  const started = await new Hub(address, "secret").start("ada", () => {});
  expect(started.address).toBe(`${address}/user/ada`);
  expect(asked.filter((each) => each === "POST /hub/api/users/ada/server")).toHaveLength(1);
});

test("a refusal is told with the answer", async () => {
  await expect(new Hub(address, "wrong").start("ada", () => {})).rejects.toThrow(
    "the Hub answers 403 to POST /users/ada",
  );
});

const say = (text: string) => ({ type: "stream", content: { text } });
const reply = (content: object) => ({ type: "execute_reply", content });
const idle = { type: "status", content: { execution_state: "idle" } };

test("output comes as whole lines, and what follows the reply is not lost", async () => {
  kernelSays = [say("one\ntw"), reply({ status: "ok" }), say("o\nthree"), idle];
  const lines: string[] = [];
  await runInKernel({ address: `${address}/user/ada`, token: "secret" }, "code", (line) => lines.push(line));
  expect(lines).toEqual(["one", "two", "three"]);
  expect(asked).toContain("DELETE /user/ada/api/kernels/k1");
});

test("code that raises is an error with its traceback, without colours", async () => {
  kernelSays = [
    reply({ status: "error", ename: "ValueError", evalue: "no", traceback: ["\u001b[31mline 1\u001b[0m"] }),
    idle,
  ];
  await expect(
    runInKernel({ address: `${address}/user/ada`, token: "secret" }, "code", () => {}),
  ).rejects.toMatchObject({
    message: "ValueError: no",
    details: ["line 1"],
  });
});

test("a kernel that goes away is no success", async () => {
  kernelSays = [];
  await expect(runInKernel({ address: `${address}/user/ada`, token: "secret" }, "code", () => {})).rejects.toThrow(
    "closed before",
  );
});

describe("the smoke test's steps", () => {
  const line = (step: string, ok: boolean) =>
    JSON.stringify({ step, ok, seconds: 1, ...(ok ? {} : { error: "TimeoutError: no worker" }) });

  test("each is a row, and what libraries print is none", async () => {
    const board = new Board();
    const steps = await runSteps(board, async (onLine) =>
      ["View run at http://x", line("tracking", true)].forEach(onLine),
    );
    expect(steps).toHaveLength(1);
    expect(board.rows().map(({ name, state }) => [name, state])).toContainEqual(["smoke test: tracking", "done"]);
  });

  test("one that failed fails the whole, by name and reason", async () => {
    const failed = runSteps(new Board(), async (onLine) => {
      onLine(line("tracking", true));
      onLine(line("compute", false));
      throw new Error("SystemExit: 1");
    });
    await expect(failed).rejects.toMatchObject({ details: ["compute: TimeoutError: no worker"] });
  });

  test("a run that printed nothing is no success", async () => {
    await expect(runSteps(new Board(), async () => {})).rejects.toMatchObject({ details: ["it printed no step"] });
  });

  test("a line that only looks like a step is none", () => {
    expect(parseStep('{"step": broken')).toBeUndefined();
    expect(parseStep("a warning")).toBeUndefined();
  });
});

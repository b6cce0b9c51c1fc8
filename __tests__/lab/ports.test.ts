import * as net from "node:net";
import { choosePorts } from "../../lab/ports";
import { freePort } from "./fixtures";

async function busyPort(): Promise<{ port: number; close: () => void }> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  return { port: (server.address() as net.AddressInfo).port, close: () => server.close() };
}

test("gives different free ports", async () => {
  const ports = await choosePorts(["a", "b", "c"], {}, {});
  expect(new Set(Object.values(ports)).size).toBe(3);
});

test("takes the configured port, and the last one while it is free", async () => {
  const [configured, last] = [await freePort(), await freePort()];
  expect(await choosePorts(["a", "b"], { a: configured }, { b: last })).toEqual({ a: configured, b: last });
});

test("another port replaces the last one when that is taken meanwhile", async () => {
  const busy = await busyPort();
  const ports = await choosePorts(["a"], {}, { a: busy.port });
  busy.close();
  expect(ports["a"]).not.toBe(busy.port);
});

test("names every configured port that is in use, and every name that nothing has", async () => {
  const busy = await busyPort();
  const attempt = choosePorts(["mlflow"], { mlflow: busy.port, mlfow: 5000 }, {});
  await expect(attempt).rejects.toMatchObject({
    details: [
      "ports.mlfow is 5000 and nothing is named so; use one of mlflow",
      `port ${busy.port} (mlflow) is in use; stop what holds it, or choose another in environments/lab.ts`,
    ],
  });
  busy.close();
});

test("two names cannot be given one port", async () => {
  const port = await freePort();
  await expect(choosePorts(["a", "b"], { a: port, b: port }, {})).rejects.toMatchObject({
    details: [`port ${port} (b) is in use; stop what holds it, or choose another in environments/lab.ts`],
  });
});

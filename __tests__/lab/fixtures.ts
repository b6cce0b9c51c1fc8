import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import type { LabProcess } from "../../constructs/contracts/lab";

export function temporaryFolder(): string {
  return fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-lab-"));
}

export async function freePort(): Promise<number> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address() as net.AddressInfo;
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A real process that answers HTTP, written for what a test wants of it. */
export async function httpProcess(
  name: string,
  folder: string,
  options: { script?: string; after?: string[]; port?: number } = {},
): Promise<LabProcess> {
  const port = options.port ?? (await freePort());
  const script = `const http = require("http"); const fs = require("fs"); ${options.script ?? ""};
    http.createServer((q, r) => r.end("ok")).listen(${port}, "127.0.0.1");
    fs.appendFileSync("started", "${name}\\n");
    process.on("SIGTERM", () => { fs.appendFileSync("stopped", "${name}\\n"); process.exit(0); });`;
  return {
    name,
    command: process.execPath,
    args: ["-e", script],
    folder,
    ready: `http://127.0.0.1:${port}/`,
    after: options.after,
    ports: [name],
  };
}

export function lines(file: string): string[] {
  return fs.existsSync(file) ? fs.readFileSync(file, "utf8").trim().split("\n") : [];
}

export async function eventually(condition: () => boolean | Promise<boolean>, timeout = 8000): Promise<void> {
  const deadline = Date.now() + timeout;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeout} ms: ${condition}`);
    await new Promise((done) => setTimeout(done, 25));
  }
}

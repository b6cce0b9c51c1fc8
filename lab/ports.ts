import * as fs from "node:fs";
import * as net from "node:net";
import { z } from "zod";
import { LabError } from "./errors";

/**
 * Gives every name a port of this machine: the configured one, else the last one used if it is still free, else any
 * free one.
 *
 * @throws LabError that lists every configured port that is in use, and every configured name that no tool has
 */
export async function choosePorts(
  names: readonly string[],
  configured: Readonly<Record<string, number>>,
  lastUsed: Readonly<Record<string, number>>,
): Promise<Record<string, number>> {
  const problems = Object.entries(configured)
    .filter(([name]) => !names.includes(name))
    .map(([name, port]) => `ports.${name} is ${port} and nothing is named so; use one of ${names.join(", ")}`);
  const ports: Record<string, number> = {};
  const held: net.Server[] = [];
  const take = async (name: string, port: number): Promise<boolean> => {
    const server = await hold(port);
    if (!server) return false;
    held.push(server);
    ports[name] = (server.address() as net.AddressInfo).port;
    return true;
  };
  try {
    for (const name of names) {
      const wanted = configured[name];
      if (wanted !== undefined && !(await take(name, wanted))) {
        problems.push(
          `port ${wanted} (${name}) is in use; stop what holds it, or choose another in environments/lab.ts`,
        );
      }
    }
    for (const name of names) {
      if (configured[name] !== undefined) continue;
      const last = lastUsed[name];
      if (last !== undefined && (await take(name, last))) continue;
      if (!(await take(name, 0)))
        problems.push(`no free port for ${name}; stop something that listens on this machine`);
    }
  } finally {
    await Promise.all(held.map((server) => new Promise((done) => server.close(done))));
  }
  if (problems.length > 0) throw new LabError("The lab's ports cannot be taken", problems);
  return ports;
}

/** Listens on a loopback port (0: any free one) until it is closed; undefined where the port is in use. */
function hold(port: number): Promise<net.Server | undefined> {
  return new Promise((resolve) => {
    const server = net.createServer();
    server.once("error", () => resolve(undefined));
    server.listen({ port, host: "127.0.0.1", exclusive: true }, () => resolve(server));
  });
}

export function readPorts(file: string): Record<string, number> {
  try {
    return z.record(z.string(), z.int().min(1).max(65535)).parse(JSON.parse(fs.readFileSync(file, "utf8")));
  } catch {
    return {};
  }
}

import * as http from "node:http";
import { LabError } from "./errors";
import type { LabStatus } from "./state";

export interface PortalServer {
  readonly address: string;
  close(): Promise<void>;
}

/** Serves the portal page and `status.json` on loopback: nothing can be changed through it, and no secret is shown. */
export function servePortal(port: number, page: string, status: () => LabStatus): Promise<PortalServer> {
  const server = http.createServer((request, response) => {
    // A page of another site that resolves its own name to this machine must not read what runs here.
    const host = request.headers.host?.replace(/:\d+$/, "");
    if (host !== "127.0.0.1" && host !== "localhost") return void response.writeHead(403).end("unknown host\n");
    if (request.method !== "GET" && request.method !== "HEAD") return void response.writeHead(405).end();
    const headers = { "cache-control": "no-store", "x-content-type-options": "nosniff", "x-frame-options": "DENY" };
    if (request.url === "/status.json") {
      response.writeHead(200, { ...headers, "content-type": "application/json" });
      return void response.end(JSON.stringify(status()));
    }
    if (request.url === "/") {
      response.writeHead(200, {
        ...headers,
        "content-type": "text/html; charset=utf-8",
        "content-security-policy":
          "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'",
      });
      return void response.end(page);
    }
    response.writeHead(404).end("not found\n");
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error) => reject(new LabError(`the portal cannot listen at port ${port}: ${error.message}`)));
    server.listen({ port, host: "127.0.0.1" }, () => {
      const { port: taken } = server.address() as { port: number };
      resolve({
        address: `http://127.0.0.1:${taken}`,
        close: () =>
          new Promise((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
  });
}

import * as fs from "node:fs";
import type { IncomingHttpHeaders } from "node:http";
import * as https from "node:https";
import { publicUrl } from "../../../constructs/contracts/edge";
import { edgeOf } from "../../../deployment/identity/place";
import { readEnvironment } from "../../../deployment/synthesize";

/**
 * A platform that is deployed, with `identity: builtin`. What it has is told by variables:
 *
 * | variable | meaning |
 * |---|---|
 * | `SIGN_IN_ENVIRONMENT` | its environment: a name, or a file |
 * | `KUBECONFIG`, `KUBECTL` | its cluster, in which people for the tests are made and removed |
 * | `SIGN_IN_CA` | the certificate of its own authority; default: those that this machine trusts |
 * | `SIGN_IN_ADDRESS` | where the edge is, for a domain that no name server knows yet |
 */
export const chosen = process.env["SIGN_IN_ENVIRONMENT"];

const authority = process.env["SIGN_IN_CA"];
export const address = process.env["SIGN_IN_ADDRESS"];
export const hasOwnAuthority = authority !== undefined;

export const environment = chosen === undefined ? undefined : readEnvironment(chosen);
const edge = environment && edgeOf(environment);

export const domain = edge?.domain ?? "";

/** The public address of a host. */
export function at(host: string): string {
  if (!edge) throw new Error(`the environment ${chosen} has no edge`);
  return publicUrl(edge, host);
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Asked {
  readonly method?: string;
  readonly token?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One request as code sends it; nothing is followed. */
export function ask(url: string, { method = "GET", token, headers = {}, body }: Asked = {}): Promise<Answer> {
  const known = address === undefined ? {} : { lookup: knownAddress(address) };
  const options: https.RequestOptions = {
    method,
    headers: { accept: "*/*", ...(token ? { authorization: `Bearer ${token}` } : {}), ...headers },
    ...(authority ? { ca: fs.readFileSync(authority) } : {}),
    ...known,
  };
  return new Promise((resolve, reject) => {
    const request = https.request(url, options, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.once("end", () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    // A tool that takes a web socket changes the protocol, and there is no answer that ends.
    request.once("upgrade", (response, socket) => {
      socket.destroy();
      resolve({ status: response.statusCode ?? 0, headers: response.headers, text: "" });
    });
    request.once("error", reject);
    request.end(body);
  });
}

type Lookup = NonNullable<https.RequestOptions["lookup"]>;

function knownAddress(ip: string): Lookup {
  return (_host, options, done) => {
    if (options.all) done(null, [{ address: ip, family: 4 }]);
    else done(null, ip, 4);
  };
}

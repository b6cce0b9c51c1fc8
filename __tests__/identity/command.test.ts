import { execFile, execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { identityClient } from "../../constructs/foundation/identity";
import { claimsOf } from "../../deployment/identity/claims";
import { askIssuer } from "../../deployment/identity/issuer";
import { edgeOf, signInPlace } from "../../deployment/identity/place";
import { readEnvironment } from "../../deployment/synthesize";
import existing from "../../environments/existing";
import { audience, startIssuer, stopIssuers } from "./support";

const root = path.resolve(__dirname, "../..");
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-login-"));
const tls = { cert: path.join(folder, "tls.crt"), key: path.join(folder, "tls.key") };
const file = path.join(folder, "outside.json");
const state = path.join(folder, "state");
const secret = "a-secret-of-this-test";

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The commands, in a process that trusts the authority, with a folder of its own for what is kept. */
function mlops(...all: readonly (readonly string[])[]): Promise<Result[]> {
  const env = {
    ...process.env,
    NODE_EXTRA_CA_CERTS: tls.cert,
    XDG_STATE_HOME: state,
    OPEN_MLOPS_CLIENT_SECRET: secret,
    DISPLAY: "",
    WAYLAND_DISPLAY: "",
  };
  const args = ["--import", "tsx", path.join(__dirname, "commands.ts"), JSON.stringify(all)];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, cwd: root }, (error, stdout) =>
      error ? reject(error) : resolve(JSON.parse(stdout) as Result[]),
    );
  });
}

beforeAll(async () => {
  // An authority of nobody's, as a platform's own is to a new laptop.
  const subject = ["-subj", "/CN=Own CA", "-addext", "subjectAltName=IP:127.0.0.1"];
  const made = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", tls.key, "-out", tls.cert];
  execFileSync("openssl", ["req", "-x509", "-days", "1", ...made, ...subject], { stdio: "ignore" });
  const issuer = await startIssuer({ secret, tls });
  const endpoint = (name: string) => `${issuer}/${name}`;
  fs.writeFileSync(
    file,
    JSON.stringify({
      ...existing,
      name: "outside",
      edge: {
        mode: "gateway",
        domain: "mlops.example.com",
        certificates: { mode: "own-ca" },
        service: { type: "node-port", port: 30443 },
      },
      identity: {
        mode: "external",
        issuer,
        endpoints: {
          authorize: endpoint("auth"),
          token: endpoint("token"),
          userinfo: endpoint("me"),
          jwks: endpoint("jwks"),
        },
        clientId: "platform",
        clientSecret: { namespace: "default", name: "issuer" },
        deviceClientId: "mlops-cli",
        audience,
        scopes: ["openid", "offline_access"],
        groups: { admins: ["admins"], members: ["members"] },
      },
    }),
  );
});
afterAll(stopIssuers);

test("a person signs in from a terminal, a shell has what the clients read, and signs out again; a pipeline has its own", async () => {
  const [before, login, shown, pipeline, logout, after] = await mlops(
    ["token", file],
    ["login", file, "--json"],
    ["token", file, "--env"],
    ["token", file, "--client-id", "mlops-ci", "--json"],
    ["logout", file, "--json"],
    ["token", file],
  );
  const signedOut = {
    code: 4,
    stdout: "",
    stderr: `Nobody is signed in to ${file} here; run \`mlops login ${file}\`\n`,
  };
  expect(before).toEqual(signedOut);
  expect(JSON.parse(login?.stdout ?? "")).toMatchObject({
    user: "ada",
    groups: ["members"],
    refreshed: true,
    problems: [],
  });

  const script = `${shown?.stdout}\nenv`;
  const shell = execFileSync("sh", ["-c", script], { encoding: "utf8", env: { PATH: process.env["PATH"] } });
  const variables = Object.fromEntries(shell.split("\n").map((line) => line.split(/=(.*)/s) as [string, string]));
  const token = variables["OPEN_MLOPS_TOKEN"] ?? "";
  expect(claimsOf(token)).toMatchObject({ preferred_username: "ada" });
  expect(variables).toMatchObject({
    OPEN_MLOPS_DOMAIN: "mlops.example.com",
    MLFLOW_TRACKING_URI: "https://mlflow.mlops.example.com:30443",
    MLFLOW_TRACKING_TOKEN: token,
    PREFECT_API_URL: "https://prefect.mlops.example.com:30443/api",
    PREFECT_CLIENT_CUSTOM_HEADERS: `{"Authorization":"Bearer ${token}"}`,
    OPEN_MLOPS_MODELS: "https://models.mlops.example.com:30443",
    OPEN_MLOPS_TOKEN_COMMAND: `${process.execPath} ${path.join(root, "cli/mlops.mjs")} token ${file}`,
    MLFLOW_TRACKING_SERVER_CERT_PATH: tls.cert,
    PREFECT_API_SSL_CERT_FILE: tls.cert,
  });

  const { accessToken, expires, env } = JSON.parse(pipeline?.stdout ?? "");
  expect(claimsOf(accessToken)).toMatchObject({ preferred_username: "mlops-ci" });
  expect(Date.parse(expires)).toBeGreaterThan(Date.now());
  expect(env.MLFLOW_TRACKING_TOKEN).toBe(accessToken);

  expect(JSON.parse(logout?.stdout ?? "")).toEqual({ environment: file, wasSignedIn: true, takenBack: true });
  expect(after).toEqual(signedOut);
  expect(fs.readdirSync(path.join(state, "open-mlops", "tokens"))).toEqual([]);
  // Six commands are loaded, and a machine may have other things to do.
}, 60_000);

test("an authority that this machine does not trust is told from a fault of the network", async () => {
  await expect(askIssuer(JSON.parse(fs.readFileSync(file, "utf8")).identity.issuer, "mlops-cli")).rejects.toThrow(
    /authority that this machine does not trust .*NODE_EXTRA_CA_CERTS/,
  );
});

test("people sign in at the issuer that the tools and the edge ask, for the audience that they want", () => {
  for (const name of ["dev", "prod", file]) {
    const environment = readEnvironment(name);
    const edge = edgeOf(environment);
    const { issuer, audience, usernameClaim, groupsClaim } = signInPlace(environment, name);
    const client = identityClient(
      "mlflow",
      environment.identity,
      edge && { ...edge, certificates: { mode: "own-ca" } },
    );
    expect({ issuer, audience, usernameClaim, groupsClaim }).toEqual({
      issuer: client?.issuer,
      audience: client?.audience,
      usernameClaim: client?.usernameClaim,
      groupsClaim: client?.groupsClaim,
    });
  }
});

test("an environment that knows nobody says so, and what to do instead", () => {
  expect(() => signInPlace(readEnvironment("existing"), "existing")).toThrow(
    /reached by kubectl alone, so it has no tokens; set `identity`/,
  );
});

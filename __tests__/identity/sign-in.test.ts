import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as os from "node:os";
import * as path from "node:path";
import { holderOf, unusable } from "../../deployment/identity/claims";
import { NotSignedIn } from "../../deployment/identity/faults";
import { personsToken, programsToken } from "../../deployment/identity/fresh";
import { TokenFile } from "../../deployment/identity/kept";
import type { SignInPlace } from "../../deployment/identity/place";
import { signIn, signOut } from "../../deployment/identity/sign-in";
import { confirmInBrowser } from "./person";
import { audience, placeAt, startIssuer, stopIssuers } from "./support";

const secret = "a-secret-of-this-test";
let place: SignInPlace;
/** At this one every access token is nearly over when it comes, so that each use asks for another. */
let hurried: SignInPlace;

beforeAll(async () => {
  process.env["XDG_STATE_HOME"] = fs.mkdtempSync(path.join(os.tmpdir(), "open-mlops-tokens-"));
  const issuers = await Promise.all([startIssuer({ secret }), startIssuer({ lifetime: 30 })]);
  [place, hurried] = issuers.map(placeAt) as [SignInPlace, SignInPlace];
});
afterAll(stopIssuers);

/** An address at which nothing listens any more. */
async function nobodyAt(): Promise<string> {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  server.close();
  return `http://127.0.0.1:${port}`;
}

/** What the person did in the browser has to come out right as well. */
async function signInAs(login: string, at: SignInPlace, press?: "abort") {
  let browser: Promise<string> | undefined;
  const tokens = signIn(at, ({ completeUrl, url }) => {
    browser = confirmInBrowser(completeUrl ?? url, { login, press });
  });
  const [result] = await Promise.allSettled([tokens]);
  await browser;
  return tokens.then(() => (result.status === "fulfilled" ? result.value : Promise.reject(result.reason)));
}

const fileOf = ({ issuer, deviceClientId = "" }: SignInPlace) => new TokenFile(issuer, deviceClientId);

test("a person confirms in a browser, and has a token that the edge takes, in a file for nobody else", async () => {
  const tokens = await signInAs("ada", place);
  expect(holderOf(tokens.accessToken, place)).toEqual({ user: "ada", groups: ["members"] });
  expect(unusable(tokens.accessToken, place, Date.now())).toEqual([]);
  const file = fileOf(place).path;
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
  expect(fs.statSync(path.dirname(file)).mode & 0o777).toBe(0o700);
  // It is kept until it is nearly over.
  expect((await personsToken(place)).accessToken).toBe(tokens.accessToken);
});

test("commands side by side refresh one after the other: the issuer takes no refresh token twice", async () => {
  const first = await signInAs("ada", hurried);
  const side = await Promise.all([1, 2, 3, 4].map(() => personsToken(hurried)));
  const last = await personsToken(hurried);
  const all = [first, ...side, last].map(({ accessToken }) => accessToken);
  expect(new Set(all).size).toBe(all.length);
  expect(holderOf(last.accessToken, hurried).user).toBe("ada");
});

test("a lock that a killed command left does not stop the next for ever", async () => {
  const lock = `${fileOf(hurried).path}.lock`;
  fs.writeFileSync(lock, "");
  const long = new Date(Date.now() - 3_600_000);
  fs.utimesSync(lock, long, long);
  expect((await personsToken(hurried)).accessToken).toBeTruthy();
  expect(fs.existsSync(lock)).toBe(false);
});

test("a refresh token that was taken back ends the sign-in here too, and says what to run", async () => {
  await signInAs("ada", hurried);
  const file = fileOf(hurried);
  const taken = file.read();
  await signOut(hurried);
  file.write({ ...taken, accessToken: taken?.accessToken ?? "", expiresAt: 0 });
  await expect(personsToken(hurried)).rejects.toThrow(/taken back; run `mlops login dev`/);
  expect(file.read()).toBeUndefined();
});

test("to sign out forgets the tokens, and whoever is signed out is told how to sign in", async () => {
  await signInAs("ada", place);
  expect(await signOut(place)).toEqual({ was: true });
  await expect(personsToken(place)).rejects.toThrow(NotSignedIn);
  expect(await signOut(place)).toEqual({ was: false });
});

test("to sign out works without the issuer, and says that it was not told", async () => {
  const gone = placeAt(await nobodyAt());
  fileOf(gone).write({ accessToken: "a", expiresAt: 0, refreshToken: "r" });
  expect(await signOut(gone)).toEqual({ was: true, notTold: expect.stringContaining("cannot be reached") });
  expect(fileOf(gone).read()).toBeUndefined();
});

test("what the person denies is told, and keeps nothing", async () => {
  await expect(signInAs("ada", place, "abort")).rejects.toThrow(
    "The sign-in was denied in the browser; run `mlops login dev` again",
  );
  expect(fileOf(place).read()).toBeUndefined();
});

test("whoever stops waiting is signed in nowhere", async () => {
  const stop = new AbortController();
  await expect(signIn(place, () => stop.abort(), stop.signal)).rejects.toThrow("Stopped as asked");
});

test("a program has a token by its secret, which is kept nowhere", async () => {
  const { accessToken, refreshToken } = await programsToken(place, "mlops-ci", secret);
  expect(holderOf(accessToken, place)).toEqual({ user: "mlops-ci", groups: ["members"] });
  expect(unusable(accessToken, place, Date.now())).toEqual([]);
  expect(refreshToken).toBeUndefined();
  await expect(programsToken(place, "mlops-ci", "wrong")).rejects.toThrow(/invalid_client; look at the client's name/);
  await expect(programsToken(place, "mlops-ci", undefined)).rejects.toThrow("set OPEN_MLOPS_CLIENT_SECRET");
});

test("an issuer without the client, one that is none and one that is not there are told apart", async () => {
  await expect(signIn({ ...place, deviceClientId: "nobody" }, () => {})).rejects.toThrow("invalid_client");
  await expect(signIn({ ...place, issuer: `${place.issuer}/other` }, () => {})).rejects.toThrow(
    "does not answer as an issuer",
  );
  await expect(signIn(placeAt(await nobodyAt()), () => {})).rejects.toThrow(
    "127.0.0.1 cannot be reached; look at the network",
  );
  await expect(signIn({ ...place, deviceClientId: undefined }, () => {})).rejects.toThrow("identity.deviceClientId");
});

test("a clock that is wrong is told as that, an hour ahead or five minutes behind", async () => {
  const [behind, ahead] = await Promise.all([startIssuer({ skew: -3600 }), startIssuer({ secret, skew: 300 })]);
  await expect(signInAs("ada", placeAt(behind))).rejects.toThrow(/not valid at this machine's time, .*; set its clock/);
  const { accessToken } = await programsToken(placeAt(ahead), "mlops-ci", secret);
  expect(unusable(accessToken, place, Date.now()).join()).toMatch(/clock is (299|300|301) s behind the issuer's/);
});

test("a token that the edge would refuse is told before a tool says 401", async () => {
  const { accessToken } = await programsToken(place, "mlops-ci", secret);
  expect(unusable(accessToken, { ...place, audience: "another" }, Date.now())).toEqual([
    `the token is made for ${audience}, the edge asks for another`,
  ]);
  expect(unusable("opaque", place, Date.now())).toEqual([expect.stringContaining("no JWT")]);
});

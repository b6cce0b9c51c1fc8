import * as fs from "node:fs";
import * as path from "node:path";
import { LabSecrets } from "../../lab/secrets";
import { temporaryFolder } from "./fixtures";

test("makes a secret once, keeps it, and lets only its owner read the file", () => {
  const file = path.join(temporaryFolder(), "secrets.json");
  const value = LabSecrets.open(file).get("jupyterhub/password", "alphanumeric");
  expect(value).toMatch(/^[A-Za-z0-9]{32}$/);
  expect(LabSecrets.open(file).get("jupyterhub/password", "alphanumeric")).toBe(value);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test("a file that others may read is closed when it is opened", () => {
  const file = path.join(temporaryFolder(), "secrets.json");
  fs.writeFileSync(file, "{}", { mode: 0o644 });
  LabSecrets.open(file);
  expect(fs.statSync(file).mode & 0o777).toBe(0o600);
});

test("hex secrets are 32 bytes and differ", () => {
  const secrets = LabSecrets.open(path.join(temporaryFolder(), "secrets.json"));
  expect(secrets.get("a", "hex32")).toMatch(/^[0-9a-f]{64}$/);
  expect(secrets.get("a", "hex32")).not.toBe(secrets.get("b", "hex32"));
});

test("a broken file is reported and left as it is", () => {
  const file = path.join(temporaryFolder(), "secrets.json");
  fs.writeFileSync(file, "{ half");
  expect(() => LabSecrets.open(file)).toThrow(/not readable as secrets; restore it, or run `mlops lab reset`/);
  expect(fs.readFileSync(file, "utf8")).toBe("{ half");
});

import { isRandom, literalSecrets } from "../../conformance/literal-secrets";
import type { JsonObject, JsonValue } from "../../constructs/contracts/json";
import dev from "../../environments/dev";
import existing from "../../environments/existing";
import prod from "../../environments/prod";
import { type StackJson, synthesizeStacks } from "../support/synth";

/** What Terraform reads, and what its plan and state are made of: no value of a secret may be in it. */
const stacks = Object.entries(synthesizeStacks([dev, existing, prod]));

/** As the generators make them. */
const alphanumeric = "k7Tq2vXm9RbL4wZc8NfH3jYd6PsG1aEu";
const hex = Buffer.from(alphanumeric).toString("hex");

test.each(stacks)("%s has no text that is a secret, by its key or by its looks", (_, stack) => {
  expect(literalSecrets(stack as unknown as JsonValue)).toEqual([]);
});

test.each(stacks)("%s has no resource whose state would hold one", (_, { resource = {} }) => {
  const holders = /random_(password|string)|tls_private_key|_secret(_v1)?$|secretsmanager_secret_version|_access_key$/;
  expect(Object.keys(resource).filter((type) => holders.test(type))).toEqual([]);
  expect(JSON.stringify(resource)).not.toMatch(/"set_sensitive"|BEGIN [A-Z ]*PRIVATE KEY/);
});

test.each(stacks)("%s writes no Secret by itself: what it writes is in the plan", (_, { resource = {} }) => {
  const written = Object.values(resource["helm_release"] ?? {}).flatMap(({ values = [] }) =>
    (values as string[]).flatMap((text) => (JSON.parse(text) as { manifests?: JsonObject[] }).manifests ?? []),
  );
  expect(written.filter(({ kind }) => kind === "Secret")).toEqual([]);
});

describe("a planted secret is found", () => {
  const found = (value: JsonValue) => literalSecrets(value).map(({ at }) => at);

  test.each([
    ["under a key that says so, weak as it may be", { hub: { adminPassword: "letmein" } }, "hub.adminPassword"],
    ["under any key, when it is random", { args: ["--with", alphanumeric] }, "args.1"],
    ["within a longer text", { url: `postgresql://mlflow:${alphanumeric}@host/db` }, "url"],
    ["as hexadecimal digits", { cookie: hex }, "cookie"],
    ["in a document inside of a text", { values: [JSON.stringify({ a: { token: "x" } })] }, "values.0.a.token"],
    [
      "in what a machine runs at its start",
      { user_data: base64(`#!/bin/sh\nexport X=${alphanumeric}\n`) },
      "user_data",
    ],
  ])("%s", (_, document, at) => expect(found(document)).toEqual([at]));

  test("in each stack, wherever a release has its values", () => {
    for (const [name, stack] of stacks.filter(([each]) => each.endsWith("-platform"))) {
      expect([name, literalSecrets(planted(stack) as unknown as JsonValue).length]).toEqual([name, 1]);
    }
  });
});

test("what is no secret is not taken for one", () => {
  const words = [
    "kubernetes_namespace_v1.platform_namespace-mlflow_0B04F893",
    "v1.35.4-eksbuild.20260101",
    "m6i.2xlarge",
  ];
  const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
  const references = {
    password: "{{ .password }}",
    token: "$(env:TOKEN)",
    secret: "mlflow-database",
    existingSecret: "a",
  };
  expect(literalSecrets({ words, digest, references })).toEqual([]);
  expect(isRandom(alphanumeric) && isRandom(hex)).toBe(true);
});

function base64(text: string): string {
  return Buffer.from(text).toString("base64");
}

/** The stack with a password in the values of one release. */
function planted(stack: StackJson): StackJson {
  const copy = JSON.parse(JSON.stringify(stack)) as { resource: Record<string, Record<string, { values: string[] }>> };
  const [release] = Object.values(copy.resource["helm_release"] ?? {});
  if (!release) throw new Error("the stack has no release");
  release.values.push(JSON.stringify({ env: [{ name: "MODE", value: alphanumeric }] }));
  return copy as unknown as StackJson;
}

import * as fs from "node:fs";
import * as path from "node:path";
import { catalogue } from "../../constructs/components/catalogue";
import type { FoundationPart } from "../../constructs/contracts/foundation";
import { loadEnvironment } from "../../constructs/contracts/load";
import { databaseUser, foundationNamespace } from "../../constructs/contracts/names";
import type { ExternalSecret, Password, PushSecret } from "../../constructs/custom-resources/external-secrets";
import type { Manifest } from "../../constructs/custom-resources/metadata";
import { ExternalSecrets } from "../../constructs/foundation/external-secrets";
import { operatorAccount } from "../../constructs/foundation/external-secrets/account";
import { Reloader } from "../../constructs/foundation/reloader";
import { generatedSecrets } from "../../constructs/foundation/secrets";
import dev from "../../environments/dev";
import { testCluster } from "../support/cluster";
import { writtenObjects } from "../support/custom-resources";
import { type SynthesizedPlatform, synthesizeComponents } from "../support/platform";
import { signInPlatform } from "./sign-in-platform";

const parts: readonly FoundationPart[] = [new ExternalSecrets(), new Reloader()];
const platform = synthesizeComponents(loadEnvironment(dev, catalogue).components, testCluster(), undefined, parts);
const secrets = generatedSecrets([...parts, ...platform.components], foundationNamespace);
const objects = writtenObjects(platform);
const ofKind = <T extends Manifest>(kind: T["kind"]) => objects.filter((each) => each.kind === kind) as T[];

interface Role extends Manifest {
  readonly rules: readonly {
    readonly resources: readonly string[];
    readonly verbs: readonly string[];
    readonly resourceNames?: readonly string[];
  }[];
}

const role = (namespace: string, name: string) => {
  const found = ofKind<Role>("Role").find(({ metadata }) => metadata.namespace === namespace && metadata.name === name);
  if (!found) throw new Error(`no role ${namespace}/${name}`);
  return found.rules.map(({ resources, verbs, resourceNames }) => ({ resources, verbs, resourceNames }));
};

test("five tools need secrets of their own, databases and tokens", () => {
  expect(secrets.map(({ name }) => name).sort()).toEqual([
    "dask-gateway-sign-in",
    "jupyterhub-database",
    "jupyterhub-generated",
    "mlflow-database",
    "prefect-database",
    "prefect-sign-in",
  ]);
});

describe("a value is made once", () => {
  const pushes = ofKind<PushSecret>("PushSecret");
  const passwords = ofKind<Password>("Password");

  test("each key is written where there is none, never over another, and stays when its maker goes", () => {
    const written = pushes.flatMap(({ spec }) => spec.data.map(({ match }) => match.remoteRef));
    const wanted = secrets.flatMap(({ name, keys }) => Object.keys(keys).map((key) => `${name}/${key}`));
    expect(written.map(({ remoteKey, property }) => `${remoteKey}/${property}`).sort()).toEqual(wanted.sort());
    expect(new Set(pushes.map(({ spec }) => spec.updatePolicy))).toEqual(new Set(["IfNotExists"]));
    expect(new Set(pushes.map(({ spec }) => spec.refreshInterval))).toEqual(new Set(["0s"]));
    expect(new Set(pushes.map(({ spec }) => spec.deletionPolicy))).toEqual(new Set(["None"]));
  });

  test("by a generator of its format that has the same keys", () => {
    for (const { metadata, spec } of pushes) {
      const by = passwords.find((each) => each.metadata.name === metadata.name);
      expect(by?.spec.secretKeys).toEqual(spec.data.map(({ match }) => match.secretKey));
      for (const { match } of spec.data) {
        const secret = secrets.find(({ name }) => name === match.remoteRef.remoteKey);
        expect(by?.spec.encoding).toBe(secret?.keys[match.remoteRef.property] === "hex32" ? "hex" : "raw");
      }
    }
    for (const { spec } of passwords) expect(spec).toMatchObject({ length: 32, symbols: 0, allowRepeat: true });
  });
});

describe("copies", () => {
  const copies = ofKind<ExternalSecret>("ExternalSecret");

  test("each namespace that reads a secret has one, and the foundation's has the secret itself", () => {
    const at = copies.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const wanted = secrets.flatMap(({ name, namespaces }) => namespaces.map((namespace) => `${namespace}/${name}`));
    expect(at.sort()).toEqual(wanted.filter((each) => !each.startsWith(`${foundationNamespace}/`)).sort());
  });

  test("are made when every key is there, follow no clock, and outlive what made them", () => {
    for (const { metadata, spec } of copies) {
      const secret = secrets.find(({ name }) => name === metadata.name);
      expect(spec.data.map(({ secretKey }) => secretKey)).toEqual(Object.keys(secret?.keys ?? {}));
      expect(spec.data.every(({ remoteRef }) => remoteRef.key === metadata.name)).toBe(true);
      // A clock would hand a new password to a tool before the database knows it.
      expect(spec.refreshPolicy).toBe("OnChange");
      expect(spec.target).toMatchObject({ creationPolicy: "CreateOrMerge", deletionPolicy: "Retain" });
    }
  });

  test("a database's has the user's name beside the password", () => {
    const [copy] = copies.filter(({ metadata }) => metadata.name === "mlflow-database");
    expect(copy?.spec.target.template.data).toEqual({ username: databaseUser("mlflow") });
  });
});

describe("who may what", () => {
  test("the store is opened as an account that sees the generated secrets and no other, and lists nothing", () => {
    const names = secrets.map(({ name }) => name);
    expect(role(foundationNamespace, "secret-store")).toEqual([
      { resources: ["secrets"], verbs: ["get", "update"], resourceNames: names },
      { resources: ["secrets"], verbs: ["create"] },
    ]);
  });

  test("the operator may become that account and no other", () => {
    expect(role(foundationNamespace, "opens-secret-store")).toEqual([
      { resources: ["serviceaccounts/token"], verbs: ["create"], resourceNames: ["secret-store"] },
    ]);
    expect(platform.release("external-secrets").values[0]).toMatchObject({
      rbac: { serviceAccountTokenCreate: false, aggregateToView: false, aggregateToEdit: false },
    });
    expect(objects).toContainEqual(
      expect.objectContaining({
        kind: "RoleBinding",
        metadata: expect.objectContaining({ name: "opens-secret-store" }),
        subjects: [{ kind: "ServiceAccount", ...operatorAccount }],
      }),
    );
  });

  test("the store answers in namespaces that have a copy, and in no other", () => {
    const [store] = objects.filter(({ kind }) => kind === "ClusterSecretStore");
    const namespaces = ["dask-gateway", "jupyterhub", "mlflow", "open-mlops", "prefect"];
    expect(store).toMatchObject({ spec: { conditions: [{ namespaces }] } });
  });

  test("Reloader looks where copies are, not at people's models, and starts servers again, not jobs", () => {
    const values = platform.release("reloader").values[0] as { reloader: object } | undefined;
    expect(values?.reloader).toMatchObject({
      watchGlobally: false,
      namespaces: ["dask-gateway", "jupyterhub", "mlflow", "prefect"],
      ignoreJobs: true,
      ignoreCronJobs: true,
      rbac: { enabled: false },
    });
    expect(role("mlflow", "reloader")).toEqual([
      { resources: ["secrets"], verbs: ["get", "list", "watch"] },
      { resources: ["deployments", "statefulsets", "daemonsets"], verbs: ["get", "list", "update", "patch"] },
      { resources: ["events"], verbs: ["create", "patch"] },
    ]);
    expect(() => role("seldon", "reloader")).toThrow("no role");
    const clusterWide = objects.filter(({ kind }) => kind.startsWith("ClusterRole"));
    expect(clusterWide.filter(({ metadata }) => metadata.name === "reloader")).toEqual([]);
  });
});

describe("the order of installation", () => {
  const dependencies = (of: SynthesizedPlatform, id: string) => of.resources[id]?.["depends_on"] as string[];
  const operator = "helm_release.external-secrets/operator/release";
  const release = "helm_release.secrets/chart/release";

  test("what makes secrets is there before them, and they are before all else", () => {
    expect(dependencies(platform, operator)).not.toContain(release);
    expect(dependencies(platform, release)).toContain(operator);
    for (const path of ["reloader/controller", "databases/chart", "mlflow/server"]) {
      expect(dependencies(platform, `helm_release.${path}/release`)).toEqual(
        expect.arrayContaining([operator, release]),
      );
    }
  });
});

describe("what somebody else keeps", () => {
  const others = signInPlatform({
    mode: "external",
    issuer: "https://id.example.com",
    endpoints: {
      authorize: "https://id.example.com/a",
      token: "https://id.example.com/t",
      userinfo: "https://id.example.com/u",
      jwks: "https://id.example.com/k",
    },
    clientId: "mlops",
    clientSecret: { namespace: "keys", name: "client" },
    scopes: ["openid"],
    usernameClaim: "sub",
    groupsClaim: "groups",
    groups: { admins: ["heads"], members: ["all"], viewers: [] },
  });
  const written = writtenObjects({ releases: others.releases.filter(({ name }) => name === "identity-secrets") });

  test("is looked at each minute: a deployment that changes nothing would not copy what was renewed", () => {
    const copies = written.filter(({ kind }) => kind === "ExternalSecret") as unknown as ExternalSecret[];
    expect(copies.length).toBeGreaterThan(1);
    for (const { spec } of copies) expect(spec).toMatchObject({ refreshPolicy: "Periodic", refreshInterval: "1m" });
  });

  test("is read where it is, by its name and nothing else there", () => {
    const roles = written.filter(({ kind }) => kind === "Role") as unknown as Role[];
    expect(roles.map(({ metadata, rules }) => [metadata.namespace, rules])).toEqual([
      ["keys", [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"], resourceNames: ["client"] }]],
    ]);
  });
});

test("no chart of ours writes a secret itself: Helm keeps what it has written", () => {
  const charts = path.join(__dirname, "../../charts");
  const templates = fs
    .readdirSync(charts, { recursive: true, encoding: "utf8" })
    .filter((file) => file.includes("templates/"));
  expect(templates.length).toBeGreaterThan(2);
  for (const file of templates)
    expect([file, /^\s*kind:\s*"?Secret"?\s*$/m.test(fs.readFileSync(path.join(charts, file), "utf8"))]).toEqual([
      file,
      false,
    ]);
});

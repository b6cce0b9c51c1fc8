import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironment } from "../../constructs/contracts/load";
import { Board } from "../../deployment/board";
import { DeploymentError } from "../../deployment/errors";
import { Kubectl } from "../../deployment/kubectl";
import { rotate } from "../../deployment/rotate";
import { rotationsOf } from "../../deployment/rotation-plan";
import { restartedReaders } from "../../deployment/secret-readers";
import type { ClusterEnvironment } from "../../deployment/synthesize";
import { inputs } from "../support/environments";
import { fakeKubectl, object } from "./fake-kubectl";

/** The real thing, with Postgres and MLflow, is in the cluster's suite; here is what is asked in which order. */
const environment = loadEnvironment(inputs.existing(), catalogue) as ClusterEnvironment;
const ready = { conditions: [{ type: "Ready", status: "True" }] };

function cluster(more: Parameters<typeof fakeKubectl>[0] = {}) {
  let version = 0;
  const fake = fakeKubectl({
    ...more,
    "get secrets --namespace open-mlops": [
      ...["mlflow-database", "dask-gateway-sign-in", "keycloak-generated", "jupyterhub-identity"].map((each) =>
        object(each),
      ),
    ],
    "get job": [object("again", { status: { conditions: [{ type: "Complete", status: "True" }] } })],
    "get deployments,statefulsets": [],
  });
  // Versions rise with each question, as those of what is written do.
  const run = async (command: string, args: readonly string[]) => {
    const text = args.join(" ");
    if (/^get secret \S+ --namespace open-mlops/.test(text)) {
      version += 1;
      return { code: 0, stdout: String(version), output: [] };
    }
    if (text.startsWith("get externalsecret")) {
      version += 1;
      const stdout = JSON.stringify(object("copy", { status: { ...ready, syncedResourceVersion: String(version) } }));
      return { code: 0, stdout, output: [] };
    }
    return fake.run(command, args);
  };
  return { asked: fake.asked, kubectl: new Kubectl([], run, "kubectl") };
}

describe("what is rotated", () => {
  test("every generated secret where none is named, each with what replaces its values once", () => {
    const all = rotationsOf(environment);
    expect(all.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["jupyterhub-generated", "mlflow-database", "dask-gateway-sign-in"]),
    );
    for (const { pushes } of all)
      for (const { spec, metadata } of pushes) {
        expect(spec).toMatchObject({ updatePolicy: "Replace", refreshInterval: "0s" });
        expect(metadata.name).toMatch(/-rotation$/);
      }
  });

  test("a name that is wrong is told with those that are right", () => {
    const wrong = problemsOf(() => rotationsOf(environment, ["mlflow-databse"]));
    expect(wrong).toMatch(/"mlflow-databse" is no secret of existing; use .*mlflow-database/);
  });

  test("what Keycloak keeps too: the secrets of its clients, of pipelines, and of the account that tells it", () => {
    const people = loadEnvironment(inputs.dev(), catalogue) as ClusterEnvironment;
    const kept = rotationsOf(people).filter(({ keptBy }) => keptBy === "keycloak");
    expect(kept.map(({ name }) => name).toSorted()).toEqual(
      ["keycloak-generated", "envoy-gateway-identity", "jupyterhub-identity"].toSorted(),
    );
  });
});

test("Keycloak knows a client's new secret before the tool has it, and after its own copy is new", async () => {
  const { kubectl, asked } = cluster();
  const people = loadEnvironment(inputs.dev(), catalogue) as ClusterEnvironment;
  await rotate(kubectl, rotationsOf(people, ["jupyterhub-identity", "keycloak-generated"]), new Board());
  const at = (pattern: RegExp) => {
    const found = asked.findIndex((each) => pattern.test(each));
    expect([pattern, found]).not.toEqual([pattern, -1]);
    return found;
  };
  const job = at(/^create job keycloak-realm-again --namespace keycloak --from=cronjob\/keycloak-realm/);
  expect(job).toBeGreaterThan(at(/^annotate externalsecret keycloak-generated --namespace keycloak/));
  expect(job).toBeGreaterThan(at(/^annotate externalsecret jupyterhub-identity --namespace keycloak/));
  expect(at(/^annotate externalsecret jupyterhub-identity --namespace jupyterhub/)).toBeGreaterThan(job);
  expect(asked.filter((each) => /^annotate externalsecret/.test(each)).length).toBe(3);
  expect(asked.filter((each) => /^create job databases/.test(each))).toEqual([]);
});

test("where Keycloak could not be told, no tool has the new secret, and that is said", async () => {
  const { kubectl, asked } = cluster({ "create job keycloak-realm-again": { fails: "no such cronjob" } });
  const people = loadEnvironment(inputs.dev(), catalogue) as ClusterEnvironment;
  await expect(rotate(kubectl, rotationsOf(people, ["jupyterhub-identity"]), new Board())).rejects.toMatchObject({
    details: expect.arrayContaining([expect.stringMatching(/^It stands so: keycloak may know new secrets/)]),
  });
  expect(asked.filter((each) => /^annotate .*--namespace jupyterhub/.test(each))).toEqual([]);
});

test("databases know a new password before any copy has it, and no value is read on the way", async () => {
  const { kubectl, asked } = cluster();
  await rotate(kubectl, rotationsOf(environment, ["mlflow-database", "dask-gateway-sign-in"]), new Board());
  const at = (pattern: RegExp) => asked.findIndex((each) => pattern.test(each));
  expect(at(/^wait pushsecret mlflow-database-alphanumeric-rotation/)).toBeGreaterThan(-1);
  expect(at(/^create job databases-again .*cronjob\/databases/)).toBeGreaterThan(at(/^wait pushsecret/));
  expect(at(/^annotate externalsecret mlflow-database --namespace mlflow/)).toBeGreaterThan(at(/^get job/));
  expect(asked.filter((each) => /^annotate externalsecret dask-gateway-sign-in/.test(each)).length).toBe(2);
  expect(asked.filter((each) => /\{\.data|go-template|base64/.test(each))).toEqual([]);
});

test("a token needs no database", async () => {
  const { kubectl, asked } = cluster();
  await rotate(kubectl, rotationsOf(environment, ["dask-gateway-sign-in"]), new Board());
  expect(asked.filter((each) => each.startsWith("create job"))).toEqual([]);
});

test("when it fails half-way, it says what is so now and how to go on, and has changed no copy", async () => {
  const { kubectl, asked } = cluster({ "create job databases-again": { fails: "no such cronjob" } });
  const failed = rotate(kubectl, rotationsOf(environment, ["mlflow-database"]), new Board());
  await expect(failed).rejects.toMatchObject({
    message: expect.stringContaining("The rotation was not finished"),
    details: expect.arrayContaining([
      expect.stringMatching(/^It stands so: /),
      expect.stringMatching(/run the same command again/),
    ]),
  });
  expect(asked.filter((each) => each.startsWith("annotate"))).toEqual([]);
});

test("a server that was started again and takes its time is told apart from one that nobody started again", async () => {
  const deployed = (generation: number) =>
    object("server", { status: { observedGeneration: generation, updatedReplicas: 1 } }, { generation });
  const fake = fakeKubectl({ "get deployment slow": [deployed(2)], "get deployment forgotten": [deployed(1)] });
  const readers = ["slow", "forgotten"].map((name) => ({
    ...{ kind: "Deployment", namespace: "tools", name, generation: 1, secrets: ["a"] },
  }));
  const late = restartedReaders(new Kubectl([], fake.run, "kubectl"), readers, () => {}, -1);
  await expect(late).rejects.toMatchObject({
    message: expect.stringContaining("not every server that reads the new values is ready"),
    details: [
      expect.stringMatching(/^tools\/slow was started again and is not ready: .*rollout status deployment\/slow$/),
      expect.stringMatching(/^tools\/forgotten was not started again, .*: .*rollout restart deployment\/forgotten$/),
    ],
  });
});

test("what is not deployed is not rotated", async () => {
  const { kubectl, asked } = cluster();
  const failed = rotate(kubectl, rotationsOf(environment, ["prefect-database"]), new Board());
  await expect(failed).rejects.toThrow("the namespace open-mlops has no prefect-database");
  expect(asked.filter((each) => /^(apply|annotate|create|delete)/.test(each))).toEqual([]);
});

/** All that an error says. */
function problemsOf(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    if (error instanceof DeploymentError) return [error.message, ...error.details].join("\n");
    throw error;
  }
  throw new Error("it was accepted");
}

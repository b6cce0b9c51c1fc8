import { readFileSync } from "node:fs";
import * as path from "node:path";
import type { PartContext } from "../../contracts/foundation";
import type { PodTraffic } from "../../contracts/traffic";
import { images } from "../../pins";
import { type EnvVar, fromSecret, resources, restrictedContainer, restrictedPod } from "../pods";
import { priorities } from "../scheduling/priorities";
import { innerAddress } from "./address";
import type { Realm } from "./realm";
import { commandEnv, keycloakUser, realmAccount } from "./values";

/** The job that applies the realm, and what it is made from again: after a rotation, and after a restore. */
export const realmJob = "keycloak-realm";
const name = realmJob;
const labels = { "app.kubernetes.io/name": name } as const;
/** Its image's user, `nobody`. */
const user = 65534;

/** The job's pods, and whom they talk to. */
export const realmPods: PodTraffic<never> = { labels, calls: { server: [8080] }, uses: ["database"] };

/**
 * Applies the realm to the Keycloak that runs: what it names is made or changed, and what it once made and no longer names
 * is removed. People, their groups and what admins made by hand stay. The account that it signs in with is first brought to
 * the secret that is kept now.
 *
 * @param secrets the values that the realm has placeholders for, by variable
 */
export function realmManifests(context: PartContext, realm: Realm, secrets: readonly EnvVar[]): object[] {
  const { namespace } = context;
  const image = ({ repository, tag }: ReturnType<typeof context.image>) => `${repository}:${tag}`;
  const secret = fromSecret(context.secret("realm-account"));
  const env: readonly EnvVar[] = [
    { name: "KEYCLOAK_URL", value: innerAddress },
    { name: "KEYCLOAK_LOGINREALM", value: "master" },
    { name: "KEYCLOAK_GRANTTYPE", value: "client_credentials" },
    { name: "KEYCLOAK_CLIENTID", value: realmAccount },
    { name: "KEYCLOAK_CLIENTSECRET", valueFrom: secret },
    { name: "KEYCLOAK_AVAILABILITYCHECK_ENABLED", value: "true" },
    { name: "KEYCLOAK_AVAILABILITYCHECK_TIMEOUT", value: "300s" },
    { name: "IMPORT_FILES_LOCATIONS", value: "file:/config/realm.json" },
    { name: "IMPORT_VARSUBSTITUTION_ENABLED", value: "true" },
    // The same text is applied again all the same when the job runs: a secret may have changed, or somebody's hand in the realm.
    { name: "IMPORT_CACHE_ENABLED", value: "false" },
    { name: "IMPORT_MANAGED_GROUP", value: "no-delete" },
    // The first admin may be in other groups beside.
    { name: "IMPORT_USERS_MERGEGROUPS", value: "true" },
    ...secrets,
  ];
  const volumeMounts = [{ name: "realm", mountPath: "/config", readOnly: true }];
  const job = {
    backoffLimit: 4,
    template: {
      metadata: { labels },
      spec: {
        automountServiceAccountToken: false,
        // A service of this namespace would set variables of the same names.
        enableServiceLinks: false,
        priorityClassName: priorities.foundation,
        restartPolicy: "Never",
        securityContext: { ...restrictedPod, runAsUser: user },
        initContainers: [
          {
            name: "account",
            image: image(context.image(images.keycloak)),
            command: ["/bin/bash", "/config/account.sh"],
            workingDir: "/opt/keycloak/bin",
            env: [
              ...commandEnv(context),
              { name: "KEYCLOAK_URL", value: innerAddress },
              { name: "ACCOUNT", value: realmAccount },
              { name: "KC_CLI_CLIENT_SECRET", valueFrom: secret },
            ],
            // The way back into a Keycloak that does not know the secret is a Keycloak that starts.
            resources: resources(context.cluster.scale, 100, 384, 1536),
            securityContext: { ...restrictedContainer, ...keycloakUser },
            volumeMounts,
          },
        ],
        containers: [
          {
            name: "realm",
            image: image(context.image(images.keycloakConfig)),
            env,
            resources: resources(context.cluster.scale, 100, 384, 768),
            securityContext: restrictedContainer,
            volumeMounts,
          },
        ],
        volumes: [{ name: "realm", configMap: { name } }],
      },
    },
  };
  return [
    {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace },
      data: {
        "realm.json": JSON.stringify(realm),
        "account.sh": readFileSync(path.join(__dirname, "account.sh"), "utf8"),
      },
    },
    {
      apiVersion: "batch/v1",
      kind: "Job",
      metadata: {
        name,
        namespace,
        // A job cannot be changed: as a hook, Helm deletes the last one and runs this one at each upgrade.
        annotations: {
          "helm.sh/hook": "post-install,post-upgrade",
          "helm.sh/hook-delete-policy": "before-hook-creation",
        },
      },
      spec: job,
    },
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: { name, namespace },
      // It never runs by the clock: `mlops rotate` and `mlops restore` make the job from it once more.
      spec: { suspend: true, schedule: "0 0 1 1 *", jobTemplate: { spec: job } },
    },
  ];
}

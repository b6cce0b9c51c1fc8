import type { BackupSettings, PartContext } from "../../contracts/foundation";
import type { HomesIn } from "../../contracts/homes";
import { type Account, type Role, type RoleBinding, rights } from "../../custom-resources/rights";
import { partOf } from "../labels";
import { bucketEnv, imageUser, resources, restrictedContainer, restrictedPod, stayingPod } from "../pods";
import { priorities } from "../scheduling/priorities";
import { container, cronJob, monthly } from "./jobs";

/** The bucket of homes. */
export const homesBucket = "homes";
/** What asks for a job beside each home, and its service account; it may do so in the namespace of the homes. */
export const homesJob = "homes";
export const homesDrill = "homes-drill";
export const homesLabels = { "app.kubernetes.io/name": "homes" } as const;
/** The pods beside homes, and their service account, which the API server knows nothing of. */
export const besideAccount = "home-copies";
export const besideLabels = { "app.kubernetes.io/name": "home-copy" } as const;
/** What a job beside a home is made like. */
export const besideTemplate = "home-copy";

/**
 * Days that objects of homes are locked. A repository of a month is added to and never taken from, so what was written on
 * its first day is needed by the copy of its last one.
 */
export function homesLockedDays(keepDays: number): number {
  return keepDays + 31;
}

/** What copies homes and reads copies to try them, with its rights, and the template of what runs beside each home. */
export function homesObjects(context: PartContext, { schedule, keepDays }: BackupSettings, homes: HomesIn): object[] {
  const { cluster, namespace } = context;
  const image = `${cluster.images.toolbox.repository}:${cluster.images.toolbox.tag}`;
  const bucket = { name: "BACKUP_BUCKET", value: context.bucket(homesBucket).name };
  const manager = (what: "copy" | "drill") => ({
    activeDeadlineSeconds: 21_600,
    // What is not copied tonight is by the next night.
    backoffLimit: 0,
    template: {
      metadata: { labels: homesLabels, annotations: stayingPod },
      spec: {
        serviceAccountName: homesJob,
        automountServiceAccountToken: true,
        priorityClassName: priorities.copies,
        restartPolicy: "Never",
        securityContext: { ...restrictedPod, runAsUser: imageUser },
        containers: [
          {
            name: container,
            image,
            command: ["python", "-m", "open_mlops.backup.homes"],
            args: [what],
            env: [
              bucket,
              { name: "BACKUP_KEEP_DAYS", value: String(keepDays) },
              { name: "HOMES", value: JSON.stringify(told(homes, cluster.homes.name)) },
              { name: "HOME_TEMPLATE", value: besideTemplate },
              ...bucketEnv(context.bucketAccess(homesJob)),
            ],
            resources: resources(cluster.scale, 50, 256, 1024),
            securityContext: restrictedContainer,
          },
        ],
      },
    },
  });
  const beside = {
    // A first copy of a large home takes long; one that hangs is not in the way of the next night's.
    activeDeadlineSeconds: 14_400,
    backoffLimit: 0,
    // Whoever asked for it reads what it says within seconds, unless they are gone.
    ttlSecondsAfterFinished: 3600,
    template: {
      metadata: { labels: besideLabels, annotations: stayingPod },
      spec: {
        serviceAccountName: besideAccount,
        automountServiceAccountToken: false,
        restartPolicy: "Never",
        // It gives way to everybody's work, and is the first that a node short of memory ends: it can be done again.
        priorityClassName: priorities.workers,
        terminationGracePeriodSeconds: 5,
        securityContext: {
          ...restrictedPod,
          runAsUser: homes.user,
          runAsGroup: homes.group,
          fsGroup: homes.group,
          fsGroupChangePolicy: "OnRootMismatch",
        },
        containers: [
          {
            name: container,
            image,
            command: ["python", "-m", "open_mlops.backup.homes.volume"],
            args: ["copy"],
            env: [
              bucket,
              { name: "HOME_VOLUME", value: "/volume" },
              { name: "HOME_MESSAGE", value: "/dev/termination-log" },
              ...bucketEnv(context.bucketAccess(besideAccount)),
            ],
            volumeMounts: [{ name: "home", mountPath: "/volume" }],
            resources: resources(cluster.scale, 20, 64, 1024),
            securityContext: restrictedContainer,
          },
        ],
        volumes: [{ name: "home", persistentVolumeClaim: { claimName: "home" } }],
      },
    },
  };
  return [
    ...homesRights({ name: homesJob, namespace }, homes.namespace),
    // Never by itself: each job is made like it, with one home's claim.
    cronJob({ name: besideTemplate, namespace: homes.namespace }, monthly, beside, { suspend: true }),
    cronJob({ name: homesJob, namespace }, schedule, manager("copy")),
    cronJob({ name: homesDrill, namespace }, monthly, manager("drill")),
  ];
}

/** Homes, as `open_mlops.backup.homes` reads them. */
function told({ namespace, labels, owner }: HomesIn, storageClass: string) {
  return { namespace, labels, owner, storageClass };
}

/** What the asking job may do where homes are: find them and see where they are in use, and have jobs beside them. */
function homesRights(account: Account, namespace: string): [Role, RoleBinding] {
  return rights(
    { name: "home-copies", namespace, labels: partOf },
    [
      // `create` for a home that is restored where there is none.
      { apiGroups: [""], resources: ["persistentvolumeclaims"], verbs: ["list", "create"] },
      { apiGroups: [""], resources: ["pods"], verbs: ["list"] },
      { apiGroups: ["batch"], resources: ["jobs"], verbs: ["list", "create", "delete"] },
      { apiGroups: ["batch"], resources: ["cronjobs"], resourceNames: [besideTemplate], verbs: ["get"] },
    ],
    [account],
  );
}

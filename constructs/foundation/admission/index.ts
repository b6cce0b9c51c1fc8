import { Construct } from "constructs";
import type { ClusterProfile } from "../../contracts/cluster-profile";
import type { Part } from "../../contracts/foundation";
import type { StartsForPeople } from "../../contracts/peoples-work";
import type { Sources } from "../../contracts/sources";
import type { Team } from "../../contracts/teams";
import { HelmChart } from "../../helm-chart";
import { ownChart } from "../../sources";
import { teamPriorities } from "../scheduling/priorities";
import { secretNames } from "../secrets";
import { inForce, type ValidatingAdmissionPolicy, type ValidatingAdmissionPolicyBinding } from "./policy";
import { type Allowed, validations, variables } from "./rules";

export interface AdmissionProps {
  readonly namespace: string;
  readonly cluster: Pick<ClusterProfile, "images" | "bucketAccess">;
  /** All parts of the foundation and all components. */
  readonly parts: readonly Part[];
  readonly teams: readonly Team[];
  readonly from: Sources;
}

/** What tools may start for people: the API server refuses the rest. */
export class Admission extends Construct {
  constructor(scope: Construct, id: string, props: AdmissionProps) {
    super(scope, id);
    new HelmChart(this, "chart", {
      chart: ownChart("manifests"),
      name: "admission",
      namespace: props.namespace,
      values: { manifests: admissionPolicies(props) },
    });
  }
}

const pod = { at: "object.spec", labels: "object.metadata.?labels.orValue({})" } as const;
const template = {
  at: "object.spec.template.spec",
  labels: "object.spec.template.?metadata.?labels.orValue({})",
} as const;

/** Where the specification of a pod is, and its labels, in what tools make. */
const made = {
  pods: { apiGroups: [""], in: pod, operations: ["CREATE"] },
  jobs: { apiGroups: ["batch"], in: template, operations: ["CREATE"] },
  deployments: { apiGroups: ["apps"], in: template, operations: ["CREATE", "UPDATE"] },
} as const;

/** A policy for each tool that starts pods for people, and what puts it in force. */
export function admissionPolicies(
  props: Omit<AdmissionProps, "namespace">,
): (ValidatingAdmissionPolicy | ValidatingAdmissionPolicyBinding)[] {
  return props.parts.flatMap((part) => {
    const { startsForPeople: starts } = part;
    if (!starts) return [];
    const allowed = allowedOf(part, starts, props);
    const { in: place, apiGroups, operations } = made[starts.makes];
    const name = `open-mlops-${part.name}`;
    return [
      {
        apiVersion: "admissionregistration.k8s.io/v1",
        kind: "ValidatingAdmissionPolicy",
        metadata: { name },
        spec: {
          failurePolicy: "Fail",
          matchConstraints: {
            resourceRules: [{ apiGroups, apiVersions: ["v1"], operations, resources: [starts.makes] }],
          },
          matchConditions: [
            {
              name: "made-by-the-tool",
              expression: `request.userInfo.username == 'system:serviceaccount:${part.name}:${starts.maker}'`,
            },
          ],
          variables: variables(place, allowed),
          validations: validations(allowed),
        },
      },
      inForce(name),
    ];
  });
}

function allowedOf(
  { name }: Part,
  starts: StartsForPeople,
  { cluster, parts, teams, from }: Omit<AdmissionProps, "namespace">,
): Allowed {
  const { namespace = name } = starts;
  const { toolbox, toolboxGpu, serving } = cluster.images;
  const keys = Object.values(cluster.bucketAccess(name, starts.serviceAccount).secretEnv).map((ref) => ref.name);
  return {
    namespace,
    serviceAccount: starts.serviceAccount,
    projectImages: [toolbox, ...(toolboxGpu ? [toolboxGpu] : []), serving].map(({ repository }) => repository),
    images: (starts.images ?? []).map((pin) => from.image(pin).repository),
    strangers: parts.flatMap((other) =>
      Object.entries(other.traffic).flatMap(([group, { namespace: there = other.name, labels }]) =>
        there !== namespace || (other.name === name && starts.groups.includes(group)) ? [] : [labels],
      ),
    ),
    secrets: [...new Set([...keys, ...(starts.token ? [secretNames.token(name)] : [])])],
    secretsOf: starts.secrets ?? [],
    priorities: [
      ...starts.priorities,
      ...(starts.byTeam ? teams.flatMap((team) => Object.values(teamPriorities(team))) : []),
    ],
    // A model's deployment is written by whoever deploys it, and may be of another client than the project's.
    noPriority: starts.makes === "deployments",
  };
}

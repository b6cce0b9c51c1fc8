import type { AnyComponent } from "../../constructs/contracts/component";
import { constructPath, resourcesOfType, type StackJson } from "../support/synth";
import { type PolicyStatement, statements } from "./invariants";

type Components = readonly Pick<AnyComponent, "name" | "needs">[];

/** What a policy can reach when it is wider than this reading of it. */
const everything = "everything";

/** What statements allow to reach: buckets, their objects, secrets, and what the key opens, by construct paths. */
export function reach(stack: StackJson, allowed: readonly PolicyStatement[]): Set<string> {
  const paths = new Map(
    Object.values(stack.resource ?? {}).flatMap((ofType) =>
      Object.entries(ofType).map(([id, resource]) => [id, constructPath(resource)] as const),
    ),
  );
  const named = (reference: string) => {
    const [, type, id = "", rest = ""] = /^\$\{(\w+)\.([\w-]+)\.[^}]*\}(.*)$/.exec(reference) ?? [];
    const path = paths.get(id);
    if (!path) return everything;
    if (type === "aws_s3_bucket") return { "": `bucket ${path}`, "/*": `objects of ${path}` }[rest] ?? everything;
    return rest === "" ? path : everything;
  };
  return new Set(
    allowed
      .filter(({ Effect }) => Effect === "Allow")
      .flatMap((statement) => {
        if (statement.Action === undefined || statement.Resource === undefined) return [everything];
        if (statement.Action.some((action) => action.includes("*"))) return [everything];
        if (!statement.Action.some((action) => action.startsWith("kms:"))) return statement.Resource.map(named);
        // The key is one for all: only its context says what it may open.
        const bound = statement.Condition?.["StringEquals"] ?? {};
        const context = Object.entries(bound).find(([name]) => name.startsWith("kms:EncryptionContext:"))?.[1];
        return [context && bound["kms:ViaService"] ? `key for ${named(context)}` : everything];
      }),
  );
}

/** What service accounts may reach because their components declared it, by `namespace/account`. */
export function declared(components: Components): Record<string, Set<string>> {
  const server = "database/instance";
  const accounts = components.flatMap(({ name, needs }) =>
    (needs.serviceAccounts ?? [])
      .filter(({ buckets }) => buckets.length > 0)
      .map((account) => {
        const paths = account.buckets.map(
          (bucket) => `buckets/${needs.buckets?.includes(bucket) ? `${name}-${bucket}` : bucket}/bucket`,
        );
        const reached = paths.flatMap((path) => [`bucket ${path}`, `objects of ${path}`, `key for bucket ${path}`]);
        const admin = account.databaseAdmin ? [server, `key for ${server}`] : [];
        return [`${account.namespace ?? name}/${account.name}`, new Set([...reached, ...admin])] as const;
      }),
  );
  return {
    ...Object.fromEntries(accounts),
    ...(components.some(({ needs }) => needs.database)
      ? { "open-mlops/databases": new Set([server, `key for ${server}`]) }
      : {}),
  };
}

/** Where identities reach more or less than was declared; nothing where all is well. */
export function identityProblems(stack: StackJson, components: Components): string[] {
  const policies = Object.values(resourcesOfType(stack, "aws_iam_role_policy"));
  const rightsOf = (role: string) =>
    policies
      .filter((policy) => String(policy["role"]).startsWith(`\${aws_iam_role.${role}.`))
      .flatMap((policy) => statements(policy["policy"]));
  const wanted = declared(components);
  const data = new Set(Object.values(wanted).flatMap((reached) => [...reached]));
  const problems: string[] = [];
  const roles = new Map<string, string>();
  for (const { namespace, service_account, role_arn } of Object.values(
    resourcesOfType(stack, "aws_eks_pod_identity_association"),
  )) {
    roles.set(/aws_iam_role\.([\w-]+)\./.exec(String(role_arn))?.[1] ?? "", `${namespace}/${service_account}`);
  }
  for (const account of Object.keys(wanted)) {
    if (![...roles.values()].includes(account)) problems.push(`${account} has no identity`);
  }
  for (const [role, resource] of Object.entries(stack.resource?.["aws_iam_role"] ?? {})) {
    const account = roles.get(role);
    const reached = reach(stack, rightsOf(role));
    const mine = account === undefined ? undefined : wanted[account];
    const who = account ?? constructPath(resource);
    // What is no component's reaches no component's data; what else it may do, `violations` judges.
    const over = [...reached].filter((each) => (mine ? !mine.has(each) : data.has(each)));
    problems.push(...over.map((each) => `${who} reaches ${each}`));
    problems.push(...[...(mine ?? [])].filter((each) => !reached.has(each)).map((each) => `${who} misses ${each}`));
  }
  return problems;
}

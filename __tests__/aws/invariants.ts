import { isPrivate, parseCidr } from "../../constructs/contracts/cidr";
import type { JsonObject } from "../../constructs/contracts/json";
import { resourcesOfType, type StackJson } from "../support/synth";

/** A statement of a policy in Terraform's JSON. */
export interface PolicyStatement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource?: readonly string[];
  readonly Principal?: unknown;
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export function statements(document: unknown): readonly PolicyStatement[] {
  return (JSON.parse(String(document)) as { Statement: PolicyStatement[] }).Statement;
}

/** What each role's own policies allow, by the role's path. */
export function rightsOfRoles(stack: StackJson): Readonly<Record<string, readonly PolicyStatement[]>> {
  return Object.fromEntries(
    Object.entries(resourcesOfType(stack, "aws_iam_role_policy")).map(([at, { policy }]) => [
      at.replace(/\/role\/policy$/, ""),
      statements(policy),
    ]),
  );
}

/** Whatever must never be in a cluster stack, in words; nothing where all is well. */
export function violations(stack: StackJson): string[] {
  const each = (type: string, wrong: (resource: JsonObject) => unknown, words: string) =>
    Object.entries(resourcesOfType(stack, type)).flatMap(([at, resource]) =>
      wrong(resource) ? [`${at} ${words}`] : [],
    );
  const disks = (template: JsonObject) => template["block_device_mappings"] as { ebs: { encrypted: string } }[];
  const api = (cluster: JsonObject) => (cluster["vpc_config"] as JsonObject)["public_access_cidrs"] as string[];
  return [
    ...["aws_security_group", "aws_default_security_group"].flatMap((type) =>
      each(type, (group) => group["ingress"] ?? group["egress"], "has rules of its own"),
    ),
    ...each(
      "aws_vpc_security_group_ingress_rule",
      (rule) => rule["cidr_ipv6"] ?? (rule["cidr_ipv4"] !== undefined && !isInside(String(rule["cidr_ipv4"]))),
      "is open to addresses",
    ),
    ...each("aws_db_instance", (database) => database["publicly_accessible"] !== false, "is public"),
    ...each("aws_db_instance", (database) => database["storage_encrypted"] !== true, "is not encrypted"),
    ...each(
      "aws_efs_file_system",
      (system) => system["encrypted"] !== true || !system["kms_key_id"],
      "is not encrypted",
    ),
    ...each("aws_subnet", (subnet) => subnet["map_public_ip_on_launch"] !== false, "gives public addresses"),
    ...each(
      "aws_launch_template",
      (template) => disks(template).some((disk) => disk.ebs.encrypted !== "true"),
      "is not encrypted",
    ),
    ...each(
      "aws_launch_template",
      ({ metadata_options: options }) =>
        (options as JsonObject)?.["http_tokens"] !== "required" ||
        (options as JsonObject)["http_put_response_hop_limit"] !== 1,
      "lends its role to pods",
    ),
    ...each("aws_sqs_queue", (queue) => queue["sqs_managed_sse_enabled"] !== true, "is not encrypted"),
    ...each("aws_eks_cluster", (cluster) => api(cluster)?.includes("0.0.0.0/0"), "is open to everyone"),
    ...each(
      "aws_cloudwatch_log_group",
      (group) => !group["kms_key_id"] || !group["retention_in_days"],
      "is kept for ever, or readable",
    ),
    ...bucketViolations(stack),
    ...Object.entries(longest).flatMap(([type, [key, most]]) =>
      each(type, (resource) => lengthOf(resource[key]) > most, `has a name of more than ${most} characters`),
    ),
    ...Object.entries(rightsOfRoles(stack)).flatMap(([role, rights]) =>
      rights.some(hasWildcard) ? [`${role} has a wildcard`] : [],
    ),
  ];
}

/**
 * Actions that only read what is no secret, and that AWS cannot limit to a resource. They alone may be allowed on
 * everything, and each by its full name: what adds nodes must know which machines, groups and prices there are, and what
 * pushes an image signs in to the registry first, which opens no repository yet.
 */
const readsEverything =
  /^(ec2|autoscaling):(Describe|GetInstanceTypes)\w+$|^pricing:GetProducts$|^iam:ListInstanceProfiles$|^ecr:GetAuthorizationToken$|^route53:ListHostedZones$/;

function hasWildcard({ Action, Resource = ["*"] }: PolicyStatement): boolean {
  return (
    Action.some((action) => action.includes("*")) ||
    (Resource.includes("*") && !Action.every((action) => readsEverything.test(action)))
  );
}

/** The attribute that names a resource of a type, and how many characters AWS takes. */
const longest: Readonly<Record<string, readonly [key: string, most: number]>> = {
  aws_autoscaling_group: ["name", 255],
  aws_budgets_budget: ["name", 100],
  aws_cloudwatch_event_rule: ["name", 64],
  aws_codebuild_project: ["name", 150],
  aws_db_instance: ["identifier", 63],
  aws_eks_cluster: ["name", 100],
  aws_eks_node_group: ["node_group_name_prefix", 37],
  aws_iam_instance_profile: ["name", 128],
  aws_iam_role: ["name", 64],
  aws_s3_bucket: ["bucket", 63],
  aws_scheduler_schedule: ["name", 64],
  aws_scheduler_schedule_group: ["name", 64],
  aws_sqs_queue: ["name", 80],
};

/** A name's length, with the account's twelve digits where they are filled in later. */
function lengthOf(name: unknown): number {
  return typeof name === "string" ? name.replaceAll(/\$\{[^}]*\}/g, "1".repeat(12)).length : 0;
}

/** Whether a block is one that nobody on the internet has. */
function isInside(text: string): boolean {
  const block = parseCidr(text);
  return block !== undefined && isPrivate(block);
}

/** What makes a bucket safe: each part by its type, and what of it must be there. */
const bucketParts: Readonly<Record<string, (part: JsonObject) => unknown>> = {
  aws_s3_bucket_public_access_block: (part) =>
    ["block_public_acls", "block_public_policy", "ignore_public_acls", "restrict_public_buckets"].every(
      (key) => part[key] === true,
    ),
  aws_s3_bucket_ownership_controls: (part) => JSON.stringify(part).includes('"BucketOwnerEnforced"'),
  aws_s3_bucket_server_side_encryption_configuration: (part) => part["rule"],
  aws_s3_bucket_versioning: (part) => JSON.stringify(part["versioning_configuration"]).includes('"Enabled"'),
  aws_s3_bucket_lifecycle_configuration: (part) => part["rule"],
  aws_s3_bucket_policy: (part) => {
    const all = statements(part["policy"]);
    // Over TLS alone; and given to nobody but services of AWS that act for this account.
    return (
      all.some(
        ({ Effect, Condition }) => Effect === "Deny" && Condition?.["Bool"]?.["aws:SecureTransport"] === "false",
      ) &&
      all.every(
        ({ Effect, Principal, Condition }) =>
          Effect === "Deny" ||
          ((Principal as JsonObject)["Service"] !== undefined && Condition?.["StringEquals"]?.["aws:SourceAccount"]),
      )
    );
  },
};

/** Every bucket must have each of the parts that make it safe, and each must say so. */
function bucketViolations(stack: StackJson): string[] {
  return Object.keys(resourcesOfType(stack, "aws_s3_bucket")).flatMap((at) => {
    const folder = at.replace(/\/bucket$/, "/");
    return Object.entries(bucketParts).flatMap(([type, safe]) => {
      const [part] = Object.entries(resourcesOfType(stack, type)).filter(([other]) => other.startsWith(folder));
      if (!part) return [`${at} has no ${type}`];
      return safe(part[1]) ? [] : [`${part[0]} does not keep ${at} safe`];
    });
  });
}

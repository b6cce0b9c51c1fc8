import type { JsonObject, JsonValue } from "../../constructs/contracts/json";

/** Resources that AWS keeps apart and people do not: what belongs to a role or a bucket is shown with it. */
interface Owner {
  readonly type: string;
  /** The attribute by which a part names its owner, and what of the owner it names. */
  readonly by: Readonly<Record<string, readonly [attribute: string, of: string]>>;
}

const owners: readonly Owner[] = [
  {
    type: "aws_iam_role",
    by: {
      aws_iam_role_policy: ["role", "name"],
      aws_iam_role_policy_attachment: ["role", "name"],
      aws_eks_pod_identity_association: ["role_arn", "arn"],
    },
  },
  { type: "aws_ecr_repository", by: { aws_ecr_lifecycle_policy: ["repository", "name"] } },
  {
    type: "aws_s3_bucket",
    by: {
      aws_s3_bucket_lifecycle_configuration: ["bucket", "id"],
      aws_s3_bucket_logging: ["bucket", "id"],
      aws_s3_bucket_notification: ["bucket", "bucket"],
      aws_s3_bucket_ownership_controls: ["bucket", "id"],
      aws_s3_bucket_policy: ["bucket", "id"],
      aws_s3_bucket_public_access_block: ["bucket", "id"],
      aws_s3_bucket_server_side_encryption_configuration: ["bucket", "id"],
      aws_s3_bucket_versioning: ["bucket", "id"],
    },
  },
];

/** Puts each part beside its owner's attributes, under its construct's own name; nothing is left out but the reference. */
export function together(found: Readonly<Record<string, JsonObject>>): Record<string, JsonObject> {
  const shown: Record<string, JsonObject> = { ...found };
  for (const [id, part] of Object.entries(found)) {
    const [type = "", at = ""] = id.split(" ");
    const owner = owners.find(({ by }) => by[type]);
    const [attribute = "", of = ""] = owner?.by[type] ?? [];
    const path = new RegExp(`^<(.+)\\.${of}>$`).exec(String(part[attribute]))?.[1];
    const whole = path === undefined ? undefined : `${owner?.type} ${path}`;
    if (whole === undefined || !shown[whole]) continue;
    const { [attribute]: _, ...rest } = part;
    const own = at.split("/").at(-1) ?? at;
    shown[whole] = { ...shown[whole], [own]: only(rest) };
    delete shown[id];
  }
  return shown;
}

/** A part with one attribute is that attribute's value. */
function only(part: JsonObject): JsonValue | undefined {
  const values = Object.values(part).filter((each) => each !== undefined);
  return values.length === 1 ? values[0] : part;
}

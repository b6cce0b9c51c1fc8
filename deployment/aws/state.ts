import * as fs from "node:fs";
import * as path from "node:path";
import { GetObjectCommand, HeadObjectCommand, type S3Client } from "@aws-sdk/client-s3";
import { awsClients } from "./clients";
import { isNotFound } from "./errors";

/** What Terraform's state of a stack says, read as it is stored: no program and no provider is needed for it. */
export interface StackState {
  readonly stack: string;
  /** Ids, names and ARNs of what Terraform manages. */
  readonly known: ReadonlySet<string>;
  /** Resources that it manages. */
  readonly count: number;
  /** The lock of a run that is under way, or was killed. */
  readonly lock?: string;
}

interface StateJson {
  readonly resources?: readonly {
    readonly mode?: string;
    readonly instances?: readonly { readonly attributes?: Readonly<Record<string, unknown>> }[];
  }[];
}
interface Backend {
  readonly local?: { readonly path: string };
  readonly s3?: { readonly bucket: string; readonly key: string; readonly region: string };
}

/** Reads the state of a stack that was written to `folder`. A state that is not there is an empty one. */
export async function readState(stack: { readonly name: string; readonly folder: string }): Promise<StackState> {
  const json = JSON.parse(fs.readFileSync(path.join(stack.folder, "cdk.tf.json"), "utf8")) as {
    terraform?: { backend?: Backend };
  };
  const { local, s3 } = json.terraform?.backend ?? {};
  const { text, lock } = local
    ? readLocal(path.resolve(stack.folder, local.path))
    : s3
      ? await readBucket(awsClients(s3.region).s3, s3.bucket, s3.key)
      : { text: undefined, lock: undefined };
  const state = text ? (JSON.parse(text) as StateJson) : {};
  const known = new Set<string>();
  let count = 0;
  for (const resource of state.resources ?? []) {
    if (resource.mode !== "managed") continue;
    for (const { attributes = {} } of resource.instances ?? []) {
      count += 1;
      for (const key of ["id", "arn", "name", "allocation_id", "key_id"]) {
        const value = attributes[key];
        if (typeof value === "string" && value) known.add(value);
      }
    }
  }
  return { stack: stack.name, known, count, lock };
}

function readLocal(file: string): { text?: string; lock?: string } {
  const lock = path.join(path.dirname(file), `.${path.basename(file)}.lock.info`);
  return {
    text: fs.existsSync(file) ? fs.readFileSync(file, "utf8") : undefined,
    lock: fs.existsSync(lock) ? lock : undefined,
  };
}

async function readBucket(s3: S3Client, Bucket: string, key: string): Promise<{ text?: string; lock?: string }> {
  const lockKey = `${key}.tflock`;
  const [text, locked] = await Promise.all([
    orNothing(async () => (await s3.send(new GetObjectCommand({ Bucket, Key: key }))).Body?.transformToString()),
    orNothing(() => s3.send(new HeadObjectCommand({ Bucket, Key: lockKey }))),
  ]);
  return { text, lock: locked ? `s3://${Bucket}/${lockKey}` : undefined };
}

async function orNothing<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

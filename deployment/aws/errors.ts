import type { HandlerExecutionContext, MiddlewareStack } from "@smithy/types";
import { LabError } from "../../lab/errors";
import { DeploymentError } from "../errors";

/** The IAM action behind each failed call: AWS does not always say it, and its remedy is to allow it. */
const actions = new WeakMap<Error, string>();

/** S3 has its own names for these. */
const otherNames: Readonly<Record<string, string>> = {
  "s3:ListBuckets": "s3:ListAllMyBuckets",
  "s3:HeadBucket": "s3:ListBucket",
  "s3:ListObjectVersions": "s3:ListBucketVersions",
  "s3:DeleteObjects": "s3:DeleteObjectVersion",
};

/** Notes, for every call of a client that fails, what one would have to be allowed. */
export function watch<I extends object, O extends object>(stack: MiddlewareStack<I, O>, service: string): void {
  stack.add(
    (next, context: HandlerExecutionContext) => async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const action = `${service}:${(context.commandName ?? "").replace(/Command$/, "")}`;
        if (error instanceof Error) actions.set(error, otherNames[action] ?? action);
        throw error;
      }
    },
    { step: "initialize", name: "noteAction" },
  );
}

/** What is wrong with a call of AWS, and what one does about it. */
export interface AwsFault {
  readonly kind: "credentials" | "permission" | "unreachable" | "other";
  readonly found: string;
  readonly remedy: string;
}

const expired = /^(ExpiredToken|ExpiredTokenException|RequestExpired)$/;
const invalid =
  /^(InvalidClientTokenId|UnrecognizedClientException|AuthFailure|SignatureDoesNotMatch|InvalidAccessKeyId|IncompleteSignature)$/;
const denied = /^(AccessDenied|AccessDeniedException|UnauthorizedOperation|AuthorizationError|Forbidden|403)/;
const network = /^(ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|EHOSTUNREACH|TimeoutError)$/;

export function faultOf(error: unknown): AwsFault {
  const { name = "", message = String(error), code } = (error ?? {}) as Partial<Error> & { code?: unknown };
  const [line = ""] = message.split("\n");
  if (expired.test(name) || /token.*expired|session.*expired/i.test(line)) {
    return {
      kind: "credentials",
      found: "your session with AWS has expired",
      remedy: "sign in again, such as with `aws sso login`",
    };
  }
  if (
    name === "CredentialsProviderError" ||
    name === "TokenProviderError" ||
    /could not load credentials/i.test(line)
  ) {
    return {
      kind: "credentials",
      found: "nobody is signed in to AWS",
      remedy: "sign in, such as with `aws sso login`, and set AWS_PROFILE to the profile",
    };
  }
  if (invalid.test(name)) {
    return {
      kind: "credentials",
      found: `AWS does not know these credentials (${name})`,
      remedy: "sign in again, or set AWS_PROFILE to another profile",
    };
  }
  const status = (error as { $metadata?: { httpStatusCode?: number } } | undefined)?.$metadata?.httpStatusCode;
  if (denied.test(name) || status === 403) {
    const said = /not authorized to perform: ([\w-]+:\w+)/.exec(line)?.[1];
    const action = said ?? actionOf(error) ?? "this";
    return {
      kind: "permission",
      found: `you may not ${action}`,
      remedy: `have ${action} allowed in the policy of who deploys`,
    };
  }
  if (network.test(name) || (typeof code === "string" && network.test(code))) {
    return {
      kind: "unreachable",
      found: `AWS could not be reached: ${line || String(code)}`,
      remedy: "check the network, the proxy and the region's name",
    };
  }
  return { kind: "other", found: `AWS answered: ${line || name}`, remedy: "mend that first, and run it again" };
}

/** Runs what asks AWS, and tells what went wrong there as a thing that a person can mend. */
export async function tellingFaults<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof LabError) throw error;
    const { kind, found, remedy } = faultOf(error);
    // What is no answer of AWS is a defect of ours, and keeps its trace.
    if (kind === "other" && actionOf(error) === undefined) throw error;
    throw new DeploymentError(`${found}; ${remedy}`);
  }
}

/** The IAM action that a failed call needs; undefined where it was no call of ours. */
export function actionOf(error: unknown): string | undefined {
  return error instanceof Error ? actions.get(error) : undefined;
}

/** Whether AWS says that there is no such thing. */
export function isNotFound(error: unknown): boolean {
  const { name = "" } = (error ?? {}) as Partial<Error>;
  return /NotFound|NoSuch|DoesNotExist/.test(name);
}

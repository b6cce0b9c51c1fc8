import { foundationNamespace } from "../constructs/contracts/names";
import type { PushSecret } from "../constructs/custom-resources/external-secrets";
import { makers } from "../constructs/foundation/external-secrets/generate";
import { copiesOf, generatedSecrets, secretNames } from "../constructs/foundation/secrets";
import { DeploymentError } from "./errors";
import type { ClusterEnvironment } from "./synthesize";

/** One secret that gets new values. */
export interface Rotation {
  readonly name: string;
  /** Namespaces with a copy. */
  readonly copies: readonly string[];
  /** Whether a database's user signs in with it. */
  readonly database: boolean;
  /** The part that keeps the values in its own database too, and is told them before anybody else. */
  readonly keptBy?: string;
  /** What writes new values over the old ones, once. */
  readonly pushes: readonly PushSecret[];
}

/**
 * What a rotation of these secrets does; of all, where none is named.
 *
 * @throws DeploymentError with every name that is wrong
 */
export function rotationsOf(environment: ClusterEnvironment, names: readonly string[] = []): Rotation[] {
  const parts = [...environment.foundation, ...environment.components];
  const all = generatedSecrets(parts, foundationNamespace);
  const databases = parts.filter(({ needs }) => needs.database).map(({ name }) => secretNames.database(name));
  const problems = names
    .filter((name) => !all.some((each) => each.name === name))
    .map((name) => `"${name}" is no secret of ${environment.name}; use ${all.map((each) => each.name).join(", ")}`);
  if (problems.length > 0) throw new DeploymentError("Nothing was rotated", problems);
  return all
    .filter(({ name }) => names.length === 0 || names.includes(name))
    .map((secret) => ({
      name: secret.name,
      copies: copiesOf(secret, foundationNamespace),
      database: databases.includes(secret.name),
      ...(secret.keptBy ? { keptBy: secret.keptBy } : {}),
      pushes: makers(secret, foundationNamespace).map(({ push }) => replacing(push)),
    }));
}

function replacing(push: PushSecret): PushSecret {
  return {
    ...push,
    metadata: { ...push.metadata, name: `${push.metadata.name}-rotation` },
    spec: { ...push.spec, updatePolicy: "Replace" },
  };
}

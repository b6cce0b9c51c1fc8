import type { FoundationPart, FoundationSettings } from "../contracts/foundation";
import { ExternalSecrets } from "./external-secrets";
import { Reloader } from "./reloader";

/**
 * The parts that an environment's settings ask for, in the order in which they are installed: secrets, then certificates
 * and the edge, who people are, what is watched, what is kept.
 */
export function foundationParts(_settings: FoundationSettings): FoundationPart[] {
  return [new ExternalSecrets(), new Reloader()];
}

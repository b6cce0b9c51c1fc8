import type { FoundationPart, FoundationSettings } from "../contracts/foundation";
import { Backup } from "./backup";
import { CertManager } from "./cert-manager";
import { EnvoyGateway } from "./envoy-gateway";
import { ExternalSecrets } from "./external-secrets";
import { Gpu } from "./gpu";
import { Keycloak } from "./keycloak";
import { Logging } from "./logging";
import { Monitoring } from "./monitoring";
import { NodeExporter } from "./node-exporter";
import { Reloader } from "./reloader";

/**
 * The parts that an environment's settings ask for, in the order in which they are installed: secrets, then certificates
 * and the gateways, who people are, what is watched, what is kept.
 */
export function foundationParts({
  place,
  edge,
  gpu,
  identity,
  observability,
  backup,
  homes,
}: FoundationSettings): FoundationPart[] {
  return [
    new ExternalSecrets(),
    new Reloader(),
    ...(edge && edge !== "given" ? [new CertManager(edge)] : []),
    new EnvoyGateway(edge !== false),
    ...(identity.mode === "builtin" ? [new Keycloak(identity)] : []),
    // A cluster that exists and has GPUs mostly has an operator for them, which brings the same.
    ...(gpu && place === "aws" ? [new Gpu(observability.mode === "on")] : []),
    ...(observability.mode === "on"
      ? [new NodeExporter(), new Logging(observability), new Monitoring(observability)]
      : []),
    ...(backup.mode === "on" ? [new Backup(backup, place, homes)] : []),
  ];
}

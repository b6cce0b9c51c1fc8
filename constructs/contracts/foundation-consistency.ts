import { field } from "./field";

/** Parts of an environment's foundation that contradict each other. Reads the input as it came. */
export function foundationContradictions(input: unknown, label: string): string[] {
  const [key, edge] =
    field(input, "place") === "existing"
      ? (["edge", field(input, "edge", "mode")] as const)
      : (["domain", field(input, "domain", "mode")] as const);
  const identity = field(input, "identity", "mode") ?? "none";
  const open = edge === "gateway" || edge === "route53";
  const problems: string[] = [];
  if (open && identity === "none") {
    problems.push(
      `${label}.identity.mode is "none", and ${label}.${key} opens the tools to people whom nobody would ask who they are; use "builtin", or "external" with an issuer you have`,
    );
  }
  if (!open && (identity === "builtin" || identity === "external")) {
    problems.push(
      `${label}.identity.mode is "${identity}", and people are sent to and fro between hosts that ${label}.${key} does not give; name a domain there, or use the identity "none"`,
    );
  }
  return problems;
}

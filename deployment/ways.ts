import { roles } from "../constructs/contracts/offers";
import { portForward } from "../stacks/port-forward";
import type { ClusterEnvironment, Deployed } from "./synthesize";

/** How a person opens a tool's page. */
export interface Way {
  readonly component: string;
  /** What to run, and leave running. */
  readonly run: string;
  /** What to open meanwhile. */
  readonly open: string;
}

/** The ways to all pages, with the ports that the stack's outputs name too. */
export function ways(components: readonly Deployed[], environment: ClusterEnvironment): Way[] {
  return components.flatMap(({ name, role, offer }) => {
    if (offer.page === undefined) return [];
    const { command, address } = portForward(offer.page, 8001 + roles.indexOf(role));
    return [{ component: name, run: withContext(command, environment), open: address }];
  });
}

/** How to sign in: who, and the command that reads the password. The password itself is never printed. */
export function signInHelp(components: readonly Deployed[], environment: ClusterEnvironment): string[] {
  const notebooks = components.find(({ role }) => role === "notebooks");
  if (!notebooks) return [];
  const read = (key: string) =>
    withContext(
      `kubectl --namespace ${notebooks.name} get secret ${notebooks.name}-generated --output go-template='{{index .data "${key}" | base64decode}}'`,
      environment,
    );
  return [
    `Sign in to ${notebooks.name} with any name and this password:  ${read("password")}`,
    `As its administrator, as "admin":  ${read("admin-password")}`,
  ];
}

function withContext(command: string, environment: ClusterEnvironment): string {
  if (environment.place === "aws") return command;
  const { context, kubeconfig } = environment;
  return command.replace(/^kubectl/, `kubectl${kubeconfig ? ` --kubeconfig ${kubeconfig}` : ""} --context ${context}`);
}

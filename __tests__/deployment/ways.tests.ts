import { catalogue } from "../../constructs/components/catalogue";
import { loadEnvironment } from "../../constructs/contracts/load";
import type { ClusterEnvironment, Deployed } from "../../deployment/synthesize";
import { signInHelp } from "../../deployment/ways";
import { inputs, withoutDomain } from "../support/environments";
import { teamInput } from "../support/existing";

const hub = [{ name: "jupyterhub", role: "notebooks" }] as unknown as readonly Deployed[];
const help = (input: unknown) => signInHelp(hub, loadEnvironment(input, catalogue) as ClusterEnvironment).join("\n");

describe("who deployed a platform is told how to sign in", () => {
  test("where nobody knows people, by the Hub's shared passwords", () => {
    const told = help(withoutDomain(inputs.dev()));
    expect(told).toMatch(/any name .*--namespace jupyterhub get secret jupyterhub-generated .*"password"/);
    expect(told).toMatch(/as "admin": .*"admin-password"/);
  });

  test("with a Keycloak of the platform's own, as its first admin, and by no shared password", () => {
    const told = help(inputs.dev());
    expect(told).toMatch(
      /as "ada".*must be changed: .*--namespace keycloak get secret keycloak-generated .*"admin-password"/,
    );
    expect(told).not.toContain("jupyterhub");
  });

  test("with an issuer that is there, by what people have there", () => {
    expect(help(teamInput)).toBe("Sign in with an account of https://accounts.team.example");
  });
});

import { existsSync, readFileSync } from "node:fs";
import * as path from "node:path";
import { z } from "zod";
import { noUsageStatistics } from "../../constructs/foundation/usage-statistics";
import { isForeign, type Rule, runsPeoplesCode, valuesText } from "../rule";
import type { Subject } from "../subject";

export const transparency: readonly Rule[] = [
  {
    id: "written-down",
    commandment: "transparency",
    says: "its README says how it is installed, what its chart's traps are, how it runs in the lab and how to swap it",
    check: ({ component: { name } }) => {
      const text = readme(name);
      if (text === undefined) return [`${name} has no README.md`];
      return [/^## In a cluster$/m, /^## Traps of the charts?$/m, /^## In the lab$/m, /^## To swap it$/m]
        .filter((heading) => !heading.test(text))
        .map((heading) => `its README has nothing under ${heading.source.replaceAll(/[\^$?]/g, "")}`);
    },
  },
  {
    id: "options-written-down",
    commandment: "transparency",
    says: "each option that an environment may give it is in its README",
    check: (subject) => {
      const text = readme(subject.component.name) ?? "";
      return optionsOf(subject)
        .filter((option) => !text.includes(`\`${option}\``))
        .map((option) => `its README does not name ${option}`);
    },
  },
  {
    id: "any-value",
    commandment: "transparency",
    says: "an environment may set any value of each of its charts from elsewhere, not only those we thought of",
    check: (subject) => {
      const ways = optionsOf(subject).filter((option) => /^extra\w*Values$/.test(option));
      const foreign = subject.releases.filter(isForeign).map(({ name }) => name);
      return ways.length < foreign.length ? [`${ways.length} ways to values of ${foreign.join(", ")}`] : [];
    },
  },
  {
    id: "runs-here",
    commandment: "transparency",
    says: "it runs on this machine, where everybody can look at it, or says why it cannot",
    check: ({ lab }) => {
      if ("unavailable" in lab) return lab.unavailable.length > 20 ? [] : ["it does not run here, for no reason given"];
      return lab.processes.length > 0 ? [] : ["it has no process on this machine"];
    },
  },
  {
    id: "reports-to-nobody",
    commandment: "transparency",
    says: "clients in people's pods report their use to nobody",
    check: (subject) =>
      runsPeoplesCode(subject)
        ? Object.keys(noUsageStatistics)
            .filter((variable) => !valuesText(subject).includes(variable))
            .map((variable) => `its pods do not get ${variable}`)
        : undefined,
  },
];

function readme(component: string): string | undefined {
  const file = path.join(__dirname, "../../constructs/components", component, "README.md");
  return existsSync(file) ? readFileSync(file, "utf8") : undefined;
}

function optionsOf({ definition }: Subject): string[] {
  const { properties = {} } = z.toJSONSchema(definition.options, { io: "input", unrepresentable: "any" });
  return Object.keys(properties);
}

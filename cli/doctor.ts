import { Command } from "commander";
import { synthesize } from "../deployment/synthesize";
import { examineCluster, examineLab, notChecked } from "../doctor/doctor";
import labEnvironment from "../environments/lab";
import { table } from "./lab-output";

const marks = { pass: "ok", warn: "warn", fail: "FAIL" } as const;

export function doctorCommand(): Command {
  return new Command("doctor")
    .description(
      "Look whether this machine can run the lab, or whether an environment can be deployed. Exits with 1 when something must be mended.",
    )
    .argument("[environment]", "a name among environments/, or the path of a file with one; without it: the lab")
    .option("--json", "print as JSON")
    .action(async (name: string | undefined, options: { json?: boolean }) => {
      const isLab = name === undefined || name === "lab";
      const findings = isLab ? await examineLab(labPorts()) : await examineCluster(synthesize(name, new Date()));
      const unchecked = isLab ? [] : notChecked;
      if (options.json) console.log(JSON.stringify({ findings, notChecked: unchecked }, null, 2));
      else {
        const rows = findings.map(({ check, verdict, found, remedy }) => [check, marks[verdict], found, remedy ?? ""]);
        console.log(table([["CHECK", "IS", "FOUND", "REMEDY"], ...rows]));
        if (unchecked.length > 0) console.log(`\nNot checked: ${unchecked.join("; ")}.`);
      }
      if (findings.some(({ verdict }) => verdict === "fail")) process.exitCode = 1;
    });
}

/** Ports that the lab's environment names, if it does. */
function labPorts(): Readonly<Record<string, number>> {
  return (labEnvironment as { ports?: Readonly<Record<string, number>> }).ports ?? {};
}

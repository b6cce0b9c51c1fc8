import { Command, CommanderError } from "commander";
import { InvalidInputError } from "../constructs/contracts/problems";
import { LabError } from "../lab/errors";

/** Each command by its name. It is loaded when it is asked for: `mlops lab status` does not wait for what AWS needs. */
const commands: Readonly<Record<string, () => Command>> = {
  lab: () => (require("./lab") as typeof import("./lab")).labCommand(),
  deploy: () => (require("./deploy") as typeof import("./deploy")).deployCommand(),
  status: () => (require("./status") as typeof import("./status")).statusCommand(),
  gpu: () => (require("./gpu") as typeof import("./gpu")).gpuCommand(),
  sleep: () => (require("./sleep") as typeof import("./sleep")).sleepCommand(),
  wake: () => (require("./sleep") as typeof import("./sleep")).wakeCommand(),
  rotate: () => (require("./rotate") as typeof import("./rotate")).rotateCommand(),
  restore: () => (require("./restore") as typeof import("./restore")).restoreCommand(),
  destroy: () => (require("./destroy") as typeof import("./destroy")).destroyCommand(),
  leftovers: () => (require("./leftovers") as typeof import("./leftovers")).leftoversCommand(),
  cost: () => (require("./cost") as typeof import("./cost")).costCommand(),
  doctor: () => (require("./doctor") as typeof import("./doctor")).doctorCommand(),
  rehearse: () => (require("./rehearse") as typeof import("./rehearse")).rehearseCommand(),
  login: () => (require("./login") as typeof import("./login")).loginCommand(),
  logout: () => (require("./login") as typeof import("./login")).logoutCommand(),
  token: () => (require("./token") as typeof import("./token")).tokenCommand(),
  lineage: () => (require("./lineage") as typeof import("./lineage")).lineageCommand(),
  tutorial: () => (require("./tutorial") as typeof import("./tutorial")).tutorialCommand(),
};

/** Exit codes: 0 done, 1 failed with a reason, 2 wrong usage, 3 the lab is not running, 4 nobody is signed in. */
async function main(): Promise<void> {
  const program = new Command("mlops")
    .description("The Open MLOps Blueprint: an open MLOps stack on this machine and in your clusters.")
    .exitOverride()
    .showHelpAfterError("(see --help)");
  const [name = ""] = process.argv.slice(2);
  const chosen = Object.hasOwn(commands, name) ? commands[name] : undefined;
  for (const load of chosen ? [chosen] : Object.values(commands)) program.addCommand(load());
  inheritExit(program);
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? 0 : 2;
    } else if (error instanceof LabError) {
      console.error([error.message, ...error.details.map((line) => `  ${line}`)].join("\n"));
      process.exitCode = 1;
    } else if (error instanceof InvalidInputError) {
      console.error(error.message);
      process.exitCode = 1;
    } else {
      console.error(error);
      process.exitCode = 1;
    }
  }
}

/** Commands that were added whole do not inherit how their parent exits. */
function inheritExit(command: Command): void {
  for (const child of command.commands) {
    child.exitOverride();
    inheritExit(child);
  }
}

void main();

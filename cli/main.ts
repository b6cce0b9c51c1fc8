import { Command, CommanderError } from "commander";
import { InvalidInputError } from "../constructs/contracts/problems";
import { LabError } from "../lab/errors";
import { costCommand } from "./cost";
import { deployCommand } from "./deploy";
import { destroyCommand } from "./destroy";
import { doctorCommand } from "./doctor";
import { labCommand } from "./lab";
import { leftoversCommand } from "./leftovers";
import { rehearseCommand } from "./rehearse";
import { sleepCommand, wakeCommand } from "./sleep";
import { statusCommand } from "./status";
import { tutorialCommand } from "./tutorial";

// The clients of AWS are pinned: which Node their next ones will need is no news for who runs a command.
process.env["AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED"] ??= "true";

/** Exit codes: 0 done, 1 failed with a reason, 2 wrong usage, 3 the lab is not running. */
async function main(): Promise<void> {
  const program = new Command("mlops")
    .description("The Open MLOps Blueprint: an open MLOps stack on this machine and in your clusters.")
    .exitOverride()
    .showHelpAfterError("(see --help)");
  program.addCommand(labCommand());
  program.addCommand(deployCommand());
  program.addCommand(statusCommand());
  program.addCommand(sleepCommand());
  program.addCommand(wakeCommand());
  program.addCommand(destroyCommand());
  program.addCommand(leftoversCommand());
  program.addCommand(costCommand());
  program.addCommand(doctorCommand());
  program.addCommand(rehearseCommand());
  program.addCommand(tutorialCommand());
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

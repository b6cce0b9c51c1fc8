import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { NotSignedIn } from "../deployment/identity/faults";
import { personsToken, programsToken, tokenEnv } from "../deployment/identity/fresh";
import { addressEnv, signInPlace } from "../deployment/identity/place";
import { trustEnv } from "../deployment/identity/trust";
import { readEnvironment } from "../deployment/synthesize";
import { exportLines } from "../lab/terminal";

const notSignedIn = 4;

interface Options {
  readonly env?: boolean;
  readonly clientId?: string;
  readonly json?: boolean;
}

export function tokenCommand(): Command {
  return new Command("token")
    .description(
      "Print a fresh access token for an environment's tools. Exits with 4 when nobody is signed in: `mlops login` first.",
    )
    .argument("<environment>", "a name among environments/, or the path of a file with one")
    .option(
      "--env",
      "print export lines for a shell: the tools' public addresses, and the token for MLflow, Prefect and models",
    )
    .option(
      "--client-id <client>",
      "a token of a program instead of yours; its secret is read from OPEN_MLOPS_CLIENT_SECRET, as CI has it",
    )
    .option("--json", "print as JSON, with the time at which it expires and the variables of --env")
    .action(async (name: string, options: Options) => {
      const environment = readEnvironment(name);
      const place = signInPlace(environment, name);
      try {
        const { accessToken, expiresAt } = await (options.clientId
          ? programsToken(place, options.clientId, process.env["OPEN_MLOPS_CLIENT_SECRET"])
          : personsToken(place));
        const env = {
          ...addressEnv(environment),
          ...tokenEnv(accessToken),
          OPEN_MLOPS_TOKEN_COMMAND: again(name, options.clientId),
          ...trustEnv(process.env),
        };
        if (options.json)
          console.log(JSON.stringify({ accessToken, expires: new Date(expiresAt * 1000).toISOString(), env }));
        else console.log(options.env ? exportLines(env) : accessToken);
      } catch (error) {
        if (!(error instanceof NotSignedIn)) throw error;
        console.error(error.message);
        process.exitCode = notSignedIn;
      }
    });
}

/** This command as any folder can run it: code that runs longer than a token lives asks by it again. */
function again(name: string, clientId: string | undefined): string {
  const environment = fs.existsSync(name) ? path.resolve(name) : name;
  const words = [process.execPath, path.join(__dirname, "mlops.mjs"), "token", environment];
  return [...words, ...(clientId ? ["--client-id", clientId] : [])]
    .map((word) => (/^[\w./:@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`))
    .join(" ");
}

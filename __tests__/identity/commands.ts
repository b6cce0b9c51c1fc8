import { loginCommand, logoutCommand } from "../../cli/login";
import { tokenCommand } from "../../cli/token";
import { confirmInBrowser } from "./person";

/**
 * Runs commands one after the other, as `main.ts` does, in one process: it takes seconds to start one. Whoever is asked to
 * confirm a code does. Given `[[...arguments], ...]`; prints what each printed, and its exit code.
 */
async function run(all: readonly (readonly string[])[]): Promise<void> {
  const results = [];
  const { log, error } = console;
  for (const [name = "", ...args] of all) {
    const result = { code: 0, stdout: "", stderr: "" };
    let browser: Promise<string> | undefined;
    console.log = (text: string) => {
      result.stdout += `${text}\n`;
    };
    console.error = (text: string) => {
      result.stderr += `${text}\n`;
      const [, url, code] = /^Open (https:\S+) on any device, and confirm the code (\S+)$/.exec(text) ?? [];
      if (url) browser = confirmInBrowser(`${url}?user_code=${code}`, { login: "ada" });
    };
    const command = [loginCommand(), logoutCommand(), tokenCommand()].find((each) => each.name() === name);
    process.exitCode = 0;
    await command?.parseAsync(args, { from: "user" });
    await browser;
    result.code = process.exitCode;
    results.push(result);
  }
  process.exitCode = 0;
  Object.assign(console, { log, error });
  console.log(JSON.stringify(results));
}

void run(JSON.parse(process.argv[2] ?? "[]"));

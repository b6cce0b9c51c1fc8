import { spawn } from "node:child_process";

export interface CommandResult {
  /** The exit code; 127 where the command was not found or could not be run. */
  readonly code: number;
  readonly stdout: string;
  /** Lines of both streams, as they came. */
  readonly output: readonly string[];
}

/** Runs a command to its end. Never throws: the caller decides what a failure means. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: { readonly env?: NodeJS.ProcessEnv; readonly onLine?: (line: string) => void } = {},
): Promise<CommandResult> {
  return new Promise((resolve) => {
    const child = spawn(command, args, { env: options.env ?? process.env, stdio: ["ignore", "pipe", "pipe"] });
    let stdout = "";
    let all = "";
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk;
      all += chunk;
    });
    child.stderr.on("data", (chunk: Buffer) => {
      all += chunk;
      const line = chunk.toString().trimEnd().split("\n").at(-1);
      if (line) options.onLine?.(line);
    });
    child.once("error", (error) => resolve({ code: 127, stdout, output: [error.message] }));
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, output: all.trim().split("\n") }));
  });
}

import * as fs from "node:fs";
import * as path from "node:path";
import type { UserServer } from "../../deployment/hub";
import { runInKernel } from "../../deployment/kernel";

/** Puts a folder's files, as they are, into a person's home, through the server's own API as the browser does. */
export async function upload(server: UserServer, folder: string, to: string): Promise<void> {
  await put(server, to, { type: "directory" });
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const content = fs.readFileSync(path.join(folder, entry.name)).toString("base64");
    await put(server, `${to}/${entry.name}`, { type: "file", format: "base64", content });
  }
}

async function put(server: UserServer, file: string, model: object): Promise<void> {
  const response = await fetch(`${server.address}/api/contents/${file}`, {
    method: "PUT",
    headers: { authorization: `token ${server.token}`, "content-type": "application/json" },
    body: JSON.stringify(model),
  });
  if (!response.ok) throw new Error(`${file} could not be put: ${response.status} ${await response.text()}`);
}

/** Runs a script of a person's folder, and returns all that it prints. */
export async function pythonIn(server: UserServer, folder: string, script: string): Promise<string> {
  const code = [
    "import subprocess, sys, os",
    `folder = os.path.join(os.path.expanduser("~"), ${JSON.stringify(folder)})`,
    `run = subprocess.Popen([sys.executable, ${JSON.stringify(script)}], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)`,
    'for line in run.stdout: print(line, end="", flush=True)',
    "if run.wait(): raise RuntimeError(f'it ended with {run.returncode}')",
  ].join("\n");
  const lines: string[] = [];
  try {
    await runInKernel(server, code, (line) => lines.push(line));
  } catch (error) {
    throw new Error(`${script} failed: ${(error as Error).message}\n${lines.join("\n")}`);
  }
  return lines.join("\n");
}

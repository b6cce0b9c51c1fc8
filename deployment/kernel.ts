import { randomUUID } from "node:crypto";
import WebSocket from "ws";
import { DeploymentError } from "./errors";
import type { UserServer } from "./hub";

/** What a kernel says, as far as it is read here. */
interface KernelMessage {
  readonly msg_type?: string;
  readonly header?: { readonly msg_type?: string };
  readonly parent_header?: { readonly msg_id?: string };
  readonly content?: {
    readonly text?: string;
    readonly status?: string;
    readonly execution_state?: string;
    readonly ename?: string;
    readonly evalue?: string;
    readonly traceback?: readonly string[];
  };
}

/**
 * Runs Python in a kernel of a person's server, over the HTTP and the web socket that a browser uses, and ends the
 * kernel. Each line that the code prints is passed on as it comes.
 *
 * @throws DeploymentError with the traceback where the code raises
 */
export async function runInKernel(
  server: UserServer,
  code: string,
  onLine: (line: string) => void,
  patience = 1_800_000,
): Promise<void> {
  const headers = { authorization: `token ${server.token}`, "content-type": "application/json" };
  const made = await fetch(`${server.address}/api/kernels`, {
    method: "POST",
    headers,
    body: JSON.stringify({ name: "python3" }),
  });
  if (!made.ok) throw new DeploymentError(`the server makes no kernel: it answers ${made.status}`);
  const { id } = (await made.json()) as { id: string };
  const channels = `${server.address.replace(/^http/, "ws")}/api/kernels/${id}/channels`;
  const socket = new WebSocket(channels, { headers: { authorization: headers.authorization } });
  try {
    await execute(socket, code, onLine, patience);
  } finally {
    socket.close();
    await fetch(`${server.address}/api/kernels/${id}`, { method: "DELETE", headers }).catch(() => {});
  }
}

function execute(socket: WebSocket, code: string, onLine: (line: string) => void, patience: number): Promise<void> {
  const id = randomUUID();
  const header = { msg_id: id, msg_type: "execute_request", username: "smoke-test", session: id, version: "5.3" };
  const content = { code, silent: false, store_history: false, allow_stdin: false, stop_on_error: true };
  let rest = "";
  let error: DeploymentError | undefined;
  let replied = false;
  let idle = false;
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new DeploymentError(`the code ran longer than ${patience / 1000} s`)),
      patience,
    );
    const end = (problem?: Error) => {
      clearTimeout(timer);
      if (rest.trim()) onLine(rest);
      rest = "";
      if (problem) reject(problem);
      else resolve();
    };
    socket.once("open", () => {
      socket.send(JSON.stringify({ header, parent_header: {}, metadata: {}, content, channel: "shell" }));
    });
    socket.once("error", (problem) => end(new DeploymentError(`the kernel's web socket failed: ${problem.message}`)));
    socket.once("close", () =>
      end(new DeploymentError("the kernel's web socket was closed before the code had ended")),
    );
    socket.on("message", (data, isBinary) => {
      if (isBinary) return;
      const message = JSON.parse(String(data)) as KernelMessage;
      if (message.parent_header?.msg_id !== id) return;
      const type = message.msg_type ?? message.header?.msg_type;
      if (type === "stream") {
        const lines = (rest + (message.content?.text ?? "")).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) onLine(line);
      } else if (type === "execute_reply") {
        replied = true;
        if (message.content?.status !== "ok") {
          const { ename = "the code failed", evalue = "", traceback = [] } = message.content ?? {};
          error = new DeploymentError(`${ename}: ${evalue}`, traceback.map(plain).join("\n").split("\n").slice(-20));
        }
      } else if (type === "status") idle = message.content?.execution_state === "idle";
      // The reply and the output come on two channels: only idle says that no more output follows.
      if (replied && idle) end(error);
    });
  });
}

/** Without the colours of a terminal. */
function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character is what is looked for
  return text.replaceAll(/\u001b\[[0-9;]*m/g, "");
}

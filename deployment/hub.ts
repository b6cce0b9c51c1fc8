import { setTimeout as sleep } from "node:timers/promises";
import { DeploymentError } from "./errors";

/** A person's server, and a token that opens it. */
export interface UserServer {
  /** `http://…/user/<name>`. */
  readonly address: string;
  readonly token: string;
}

interface UserModel {
  readonly servers?: Readonly<Record<string, { readonly ready?: boolean; readonly pending?: string | null }>>;
}

/** The Hub's API, as an administrator's script uses it. */
export class Hub {
  constructor(
    private readonly address: string,
    private readonly token: string,
  ) {}

  /** Starts a person's server, or finds it running, and waits until it answers. */
  async start(user: string, say: (text: string) => void, patience = 900_000): Promise<UserServer> {
    const api = `/users/${user}`;
    await this.ask("POST", api, undefined, [409]);
    const deadline = Date.now() + patience;
    let asked = false;
    while (!(await this.isReady(api))) {
      if (Date.now() > deadline) {
        throw new DeploymentError(
          `the server of ${user} was not ready within ${patience / 1000} s; see the pod jupyter-${user} and the Hub's log`,
        );
      }
      if (!asked) {
        await this.ask("POST", `${api}/server`, {}, [400]);
        asked = true;
      }
      say("starting a server");
      await sleep(1000);
    }
    // The same token opens the server: no other has to be made, and none is left.
    return { address: `${this.address}/user/${user}`, token: this.token };
  }

  /** Stops a person's server, waits until it is gone, and deletes the person. */
  async remove(user: string, patience = 120_000): Promise<void> {
    const deadline = Date.now() + patience;
    await this.ask("DELETE", `/users/${user}/server`, undefined, [400, 404]);
    // The Hub refuses to delete a person whose server is still on its way down.
    while (!(await this.isGone(`/users/${user}`)) && Date.now() < deadline) await sleep(1000);
    await this.ask("DELETE", `/users/${user}`, undefined, [404]);
  }

  private async isReady(api: string): Promise<boolean> {
    const model = (await this.ask("GET", api)) as UserModel;
    return model.servers?.[""]?.ready ?? false;
  }

  private async isGone(api: string): Promise<boolean> {
    const model = (await this.ask("GET", api, undefined, [404])) as UserModel | undefined;
    return model?.servers?.[""] === undefined;
  }

  private async ask(method: string, path: string, body?: object, allowed: readonly number[] = []): Promise<unknown> {
    const response = await fetch(`${this.address}/hub/api${path}`, {
      method,
      headers: { authorization: `token ${this.token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(120_000),
    });
    const text = await response.text();
    if (allowed.includes(response.status)) return undefined;
    if (!response.ok) {
      throw new DeploymentError(
        `the Hub answers ${response.status} to ${method} ${path}`,
        text.split("\n").slice(0, 3),
      );
    }
    return text ? (JSON.parse(text) as unknown) : undefined;
  }
}

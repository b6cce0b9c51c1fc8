import { randomBytes } from "node:crypto";
import { realmName, realmPath } from "../../../constructs/foundation/keycloak/address";
import { clients } from "../../../constructs/foundation/keycloak/clients";
import { realmAccount } from "../../../constructs/foundation/keycloak/values";
import type { Forward, Kubectl } from "../../../deployment/kubectl";
import { ask, at } from "./place";

export interface Person {
  readonly name: string;
  readonly password: string;
}

/** What the tests make begins so, and is removed again. */
const prefix = "sign-in-test";

/** People, clients and tokens for tests, made by Keycloak's own interface through a way that kubectl opens. */
export class People {
  private constructor(
    private readonly way: Forward,
    private readonly secret: string,
  ) {}

  static async open(kubectl: Kubectl): Promise<People> {
    const secret = await kubectl.secret("keycloak", "keycloak-generated", "realm-account");
    const way = await kubectl.forward("keycloak", "keycloak-http", 80);
    return new People(way, secret);
  }

  /** A person in these groups. */
  async person(what: string, groups: readonly string[]): Promise<Person> {
    const name = `${prefix}-${what}`;
    const password = randomBytes(12).toString("base64url");
    await this.admin("POST", "/users", {
      username: name,
      enabled: true,
      email: `${name}@example.com`,
      emailVerified: true,
      firstName: what,
      lastName: "Test",
      groups: groups.map((group) => `/${group}`),
      credentials: [{ type: "password", value: password, temporary: false }],
    });
    return { name, password };
  }

  /** Takes a person out of every group, as the docs do it. */
  async leavesGroups({ name }: Person): Promise<void> {
    const [user] = (await (await this.admin("GET", `/users?username=${name}&exact=true`)).json()) as { id: string }[];
    if (!user) throw new Error(`there is no ${name}`);
    const groups = (await (await this.admin("GET", `/users/${user.id}/groups`)).json()) as { id: string }[];
    for (const { id } of groups) await this.admin("DELETE", `/users/${user.id}/groups/${id}`);
  }

  /** A client by which code signs a person in with a password, which none of the platform's own does. */
  async client(what: string, own: { readonly forPlatform: boolean; readonly tokenSeconds?: number }): Promise<string> {
    const clientId = `${prefix}-${what}`;
    const [likeOurs] = clients([], at, () => "");
    await this.admin("POST", "/clients", {
      clientId,
      publicClient: true,
      directAccessGrantsEnabled: true,
      protocolMappers: own.forPlatform ? likeOurs?.protocolMappers : [],
      attributes: own.tokenSeconds ? { "access.token.lifespan": String(own.tokenSeconds) } : {},
    });
    return clientId;
  }

  /** An access token of a person, as the public address gives it. */
  async tokenOf({ name, password }: Person, clientId: string): Promise<string> {
    return this.tokenBy({ grant_type: "password", client_id: clientId, username: name, password, scope: "openid" });
  }

  async tokenBy(form: Readonly<Record<string, string>>): Promise<string> {
    const { status, text } = await ask(`${at("sign-in")}${realmPath}/protocol/openid-connect/token`, {
      method: "POST",
      headers: { "content-type": "application/x-www-form-urlencoded" },
      body: new URLSearchParams(form).toString(),
    });
    const token = status === 200 ? (JSON.parse(text) as { access_token?: string }).access_token : undefined;
    if (!token) throw new Error(`no token for ${form["client_id"]}: ${status} ${text}`);
    return token;
  }

  /** A token of Keycloak's own realm, in which nobody of the platform is. It lives for a minute. */
  async tokenOfAnotherRealm(): Promise<string> {
    const response = await fetch(`${this.way.address}/realms/master/protocol/openid-connect/token`, {
      method: "POST",
      body: new URLSearchParams({
        grant_type: "client_credentials",
        client_id: realmAccount,
        client_secret: this.secret,
      }),
    });
    const { access_token: token } = (await response.json()) as { access_token?: string };
    if (!token) throw new Error(`Keycloak gave no token to ${realmAccount}: ${response.status}`);
    return token;
  }

  /** Removes what tests have made, also what a run that was killed has left. */
  async clear(): Promise<void> {
    for (const [path, key] of [
      [`/users?username=${prefix}&max=100`, "username"],
      [`/clients?clientId=${prefix}&search=true`, "clientId"],
    ] as const) {
      const found = (await (await this.admin("GET", path)).json()) as Record<string, string>[];
      for (const each of found.filter((one) => one[key]?.startsWith(prefix)))
        await this.admin("DELETE", `${path.split("?")[0]}/${each["id"]}`);
    }
  }

  close(): void {
    this.way.close();
  }

  private async admin(method: string, path: string, body?: object): Promise<Response> {
    const response = await fetch(`${this.way.address}/admin/realms/${realmName}${path}`, {
      method,
      headers: { authorization: `Bearer ${await this.tokenOfAnotherRealm()}`, "content-type": "application/json" },
      body: body && JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    return response;
  }
}

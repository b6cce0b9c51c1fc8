import { type BuiltinIdentity, upstreamName } from "../../contracts/identity";
import { clientSecretKey } from "../identity";
import { variables } from "./realm";

/** A secret that a person keeps, and the realm needs. */
export interface GivenSecret {
  readonly from: { readonly namespace: string; readonly name: string };
  /** What the copy in Keycloak's namespace is called. */
  readonly name: string;
  readonly keys: readonly string[];
  /** The variables that are filled with it, and the key of each. */
  readonly variables: Readonly<Record<string, string>>;
}

/** A pod reads secrets of its own namespace only, so each is copied there. */
export function givenSecrets({ smtp, upstreams }: BuiltinIdentity): GivenSecret[] {
  return [
    ...(smtp?.secret
      ? [
          {
            from: smtp.secret,
            name: "smtp",
            keys: ["username", "password"],
            variables: { [variables.smtpUser]: "username", [variables.smtpPassword]: "password" },
          },
        ]
      : []),
    ...upstreams.map((upstream) => ({
      from: upstream.clientSecret,
      name: `upstream-${upstreamName(upstream)}`,
      keys: [clientSecretKey],
      variables: { [variables.upstream(upstreamName(upstream))]: clientSecretKey },
    })),
  ];
}

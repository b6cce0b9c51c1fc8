/**
 * The pod security standard of a namespace: `restricted`, or the next lower one with the reason for it. The API server
 * refuses pods that do not keep to it.
 */
export type PodSecurity =
  | { readonly standard: "restricted" }
  | {
      /** `privileged` holds to nothing: for what looks at the node itself. */
      readonly standard: "baseline" | "privileged";
      /** What keeps the pods from the restricted standard. */
      readonly because: string;
    };

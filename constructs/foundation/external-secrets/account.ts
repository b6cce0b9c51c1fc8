/** The operator's service account, which its chart makes. */
export const operatorAccount = { name: "external-secrets", namespace: "external-secrets" } as const;

/** What the platform makes carries it. */
export const partOf = { "app.kubernetes.io/part-of": "open-mlops" } as const;

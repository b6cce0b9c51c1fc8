/** Where the foundation's own objects live. */
export const foundationNamespace = "open-mlops";

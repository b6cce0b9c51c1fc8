import { github, pin } from "./pin";

/** Versions that several pins share. */

/** What trains a model and what serves it must be the same, so both Python environments read these. */
export const shared = {
  mlflow: pin("3.17.2", "Apache-2.0", github("mlflow/mlflow")),
  "scikit-learn": pin("1.9.1", "BSD-3-Clause", github("scikit-learn/scikit-learn")),
  // pandas 3 is refused by libraries that do not say so in their metadata.
  pandas: pin("2.3.3", "BSD-3-Clause", github("pandas-dev/pandas")),
  numpy: pin("2.4.6", "BSD-3-Clause", github("numpy/numpy")),
  scipy: pin("1.17.1", "BSD-3-Clause", github("scipy/scipy")),
  pyarrow: pin("25.0.1", "Apache-2.0", github("apache/arrow")),
  cloudpickle: pin("3.1.2", "BSD-3-Clause", github("cloudpipe/cloudpickle")),
} as const;
export const prefectVersion = "3.8.3";
export const daskGatewayVersion = "2026.3.0";
/** 1.9 is the first for Kubernetes 1.35, 1.13 for 1.36. */
export const karpenterVersion = "1.14.1";

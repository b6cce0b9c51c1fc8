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
  // The newest for Python 3.11. On Linux the whole package brings 700 MB for GPUs; elsewhere there is no other.
  "xgboost-cpu": { ...pin("3.2.0", "Apache-2.0", github("dmlc/xgboost")), marker: "sys_platform == 'linux'" },
  xgboost: { ...pin("3.2.0", "Apache-2.0", github("dmlc/xgboost")), marker: "sys_platform != 'linux'" },
  lightgbm: pin("4.7.0", "MIT", github("lightgbm-org/LightGBM")),
  onnx: pin("1.23.2", "Apache-2.0", github("onnx/onnx")),
  // No longer made for Macs with Intel's processors.
  onnxruntime: {
    ...pin("1.32.0", "MIT", github("microsoft/onnxruntime")),
    marker: "sys_platform != 'darwin' or platform_machine != 'x86_64'",
  },
  // What Hugging Face's models read words with. Their framework, PyTorch, is not here: it takes gigabytes.
  tokenizers: pin("0.23.3", "Apache-2.0", github("huggingface/tokenizers")),
} as const;
export const prefectVersion = "3.8.3";
export const daskGatewayVersion = "2026.3.0";
/** 1.9 is the first for Kubernetes 1.35, 1.13 for 1.36. */
export const karpenterVersion = "1.14.1";

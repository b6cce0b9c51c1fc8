import type { GpuNodes } from "../constructs/contracts/cluster-profile";
import { imageUser, restrictedContainer, restrictedPod } from "../constructs/foundation/pods";
import { priorities } from "../constructs/foundation/scheduling/priorities";

/** Says what the driver sees, and adds two vectors on it. Its last line is the sample's own verdict. */
const command =
  "nvidia-smi --query-gpu=name,driver_version,memory.total --format=csv,noheader && /cuda-samples/vectorAdd";

/** A job that needs driver, device plugin and CUDA, and little else. It goes by itself, should nobody be left to take it away. */
export function gpuJob(name: string, namespace: string, image: string, gpu: GpuNodes, seconds: number): object {
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: { name, namespace, labels: { "app.kubernetes.io/part-of": "open-mlops" } },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: seconds,
      ttlSecondsAfterFinished: 300,
      template: {
        spec: {
          restartPolicy: "Never",
          automountServiceAccountToken: false,
          priorityClassName: priorities.people,
          nodeSelector: gpu.nodeSelector,
          tolerations: gpu.tolerations,
          securityContext: { ...restrictedPod, runAsUser: imageUser },
          containers: [
            {
              name: "gpu",
              image,
              command: ["sh", "-c", command],
              resources: {
                requests: { cpu: "100m", memory: "256Mi" },
                // CUDA maps much of what it may use.
                limits: { memory: "1Gi", [gpu.resource]: "1" },
              },
              securityContext: restrictedContainer,
            },
          ],
        },
      },
    },
  };
}

import { type PodSpec, podSecurityProblems } from "../../conformance/pod-security";
import { podSecurityLabels } from "../../constructs/foundation/pod-security";
import { restrictedContainer, restrictedPod } from "../../constructs/foundation/pods";

const container = { name: "main", securityContext: restrictedContainer };
const restricted: PodSpec = {
  securityContext: restrictedPod,
  containers: [container],
  volumes: [{ name: "a", emptyDir: {} }],
};

test("what our own pods say is the restricted standard", () => {
  expect(podSecurityProblems(restricted, "restricted")).toEqual([]);
});

test.each<[string, Partial<PodSpec>, string, "baseline" | "restricted"]>([
  ["shares the node's network", { hostNetwork: true }, "it shares the node's network or processes", "baseline"],
  [
    "mounts a folder of the node",
    { volumes: [{ name: "a", hostPath: {} }] },
    "it mounts a folder of the node",
    "baseline",
  ],
  [
    "is privileged",
    { containers: [{ ...container, securityContext: { ...restrictedContainer, privileged: true } }] },
    "main is privileged",
    "baseline",
  ],
  [
    "adds a capability",
    {
      containers: [
        {
          ...container,
          securityContext: { ...restrictedContainer, capabilities: { add: ["NET_ADMIN"], drop: ["ALL"] } },
        },
      ],
    },
    "main adds capabilities",
    "baseline",
  ],
  [
    "takes a port of the node",
    { containers: [{ ...container, ports: [{ containerPort: 80, hostPort: 80 }] }] },
    "main takes a port of the node",
    "baseline",
  ],
  [
    "may run as root",
    { securityContext: { seccompProfile: { type: "RuntimeDefault" } } },
    "main may run as root",
    "restricted",
  ],
  ["runs as root", { securityContext: { ...restrictedPod, runAsUser: 0 } }, "main may run as root", "restricted"],
  ["has no seccomp profile", { securityContext: { runAsNonRoot: true } }, "main has no seccomp profile", "restricted"],
  ["says nothing of its container", { containers: [{ name: "main" }] }, "main keeps capabilities", "restricted"],
  ["has such an init container", { initContainers: [{ name: "first" }] }, "first may gain privileges", "restricted"],
  [
    "mounts a network disk by hand",
    { volumes: [{ name: "a", nfs: {} }] },
    "it mounts a volume of the type nfs",
    "restricted",
  ],
])("a pod that %s is found", (_, change, problem, standard) => {
  const pod = { ...restricted, ...change };
  expect(podSecurityProblems(pod, standard)).toContain(problem);
  if (standard === "restricted") expect(podSecurityProblems(pod, "baseline")).toEqual([]);
});

test("a namespace is restricted unless its component says otherwise", () => {
  expect(podSecurityLabels()).toEqual({
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/warn": "restricted",
    "pod-security.kubernetes.io/audit": "restricted",
  });
  expect(Object.values(podSecurityLabels({ standard: "baseline", because: "a reason" }))).toEqual(
    Array(3).fill("baseline"),
  );
});

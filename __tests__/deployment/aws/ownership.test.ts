import { whyNamedOurs, whyOurs } from "../../../deployment/aws/ownership";
import type { AwsPlace } from "../../../deployment/aws/place";

/** What is removed must be ours beyond doubt: each line here is somebody's resource. */

const place = { environment: "dev", cluster: "open-mlops-dev" } as AwsPlace;
const project = { Project: "open-mlops-blueprint" };

test.each([
  ["Terraform's tags", { ...project, Environment: "dev" }],
  ["the cloud's controller", { "kubernetes.io/cluster/open-mlops-dev": "owned" }],
  ["the load balancer controller", { "elbv2.k8s.aws/cluster": "open-mlops-dev" }],
  ["the network plugin", { "cluster.k8s.amazonaws.com/name": "open-mlops-dev" }],
  ["Karpenter", { "eks:eks-cluster-name": "open-mlops-dev" }],
])("%s make it ours", (_, tags) => expect(whyOurs(tags, place)).toBeTruthy());

test.each([
  ["nobody's", {}],
  ["another environment of the project", { ...project, Environment: "dev-2" }],
  ["another project with an environment of that name", { Project: "shop", Environment: "dev" }],
  ["a subnet that the cluster only uses", { "kubernetes.io/cluster/open-mlops-dev": "shared" }],
  ["a cluster whose name begins like ours", { "kubernetes.io/cluster/open-mlops-dev-2": "owned" }],
  ["a subnet that Karpenter may look for", { "karpenter.sh/discovery": "open-mlops-dev" }],
])("%s: not ours", (_, tags) => expect(whyOurs(tags, place)).toBeUndefined());

test("a name counts where there are no tags, and not against them", () => {
  expect(whyNamedOurs("/aws/eks/open-mlops-dev/cluster", true, {}, place)).toContain("/aws/eks/open-mlops-dev/cluster");
  expect(whyNamedOurs("x", true, { Environment: "prod" }, place)).toBeUndefined();
  expect(whyNamedOurs("x", false, {}, place)).toBeUndefined();
});

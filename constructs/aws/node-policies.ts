/** What a node's role may do: join the cluster, and pull images. Pods have roles of their own. */
export const nodePolicies = ["AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly"] as const;

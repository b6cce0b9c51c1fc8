import type { Kubectl, KubernetesObject } from "./kubectl";

interface Service extends KubernetesObject {
  readonly spec?: { readonly type?: string };
}

/**
 * Deletes every Service of the type LoadBalancer, in all namespaces, and waits for each: it is gone when the load
 * balancer that its controller made is.
 *
 * @returns how many there were
 */
export async function deleteBalancedServices(kubectl: Kubectl, say: (text: string) => void): Promise<number> {
  const services = (await kubectl.list<Service>("services", "--all-namespaces")).filter(
    ({ spec }) => spec?.type === "LoadBalancer",
  );
  for (const { metadata } of services) {
    say(`${metadata.namespace}/${metadata.name}`);
    await kubectl.text(
      ...["delete", "service", metadata.name, "--namespace", metadata.namespace ?? "default"],
      ...["--ignore-not-found", "--wait", "--timeout=300s"],
    );
  }
  return services.length;
}

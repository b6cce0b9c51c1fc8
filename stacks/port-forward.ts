/**
 * The command by which a person reaches a page inside a cluster that has no domain yet.
 *
 * @param page `http://service.namespace:port`, as an offer names it
 * @param localPort the port of the person's machine
 */
export function portForward(page: string, localPort: number): string {
  const { hostname, port, protocol } = new URL(page);
  const [service, namespace] = hostname.split(".");
  if (!service || !namespace) {
    throw new Error(`the page ${page} is not at a service; offer one like http://service.namespace:80`);
  }
  const servicePort = port || (protocol === "https:" ? "443" : "80");
  return `kubectl --namespace ${namespace} port-forward service/${service} ${localPort}:${servicePort}`;
}

/** How a person reaches a page inside a cluster that has no domain yet. */
export interface PortForward {
  /** What to run, and leave running. */
  readonly command: string;
  /** What to open meanwhile. */
  readonly address: string;
}

/**
 * @param page `http://service.namespace:port`, as an offer names it
 * @param otherPort the port of the person's machine where the service's own, such as 80, needs an administrator. A port
 * above 1024 stays what it is: a page that calls its own API by address finds it there.
 */
export function portForward(page: string, otherPort: number): PortForward {
  const { service, namespace, protocol, port: servicePort } = serviceOf(page);
  const localPort = servicePort > 1024 ? servicePort : otherPort;
  return {
    command: `kubectl --namespace ${namespace} port-forward service/${service} ${localPort}:${servicePort}`,
    address: `${protocol}//localhost:${localPort}`,
  };
}

/** The service that a page is at. */
export function serviceOf(page: string) {
  const { hostname, port, protocol } = new URL(page);
  const [service, namespace] = hostname.split(".");
  if (!service || !namespace) {
    throw new Error(`the page ${page} is not at a service; offer one like http://service.namespace:80`);
  }
  return { service, namespace, protocol, port: Number(port) || (protocol === "https:" ? 443 : 80) };
}

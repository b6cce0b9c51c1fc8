import type { PodTraffic } from "../../constructs/contracts/traffic";
import { everyValue, labProcesses, manifestsOf, type Rule, valueAt } from "../rule";
import { isWatched } from "../subject";

/** What is the same for each tool: it is down, its pods end or wait, it tells no figures. */
const coveringAll = ["ToolDown", "PodRestarts", "PodsWait", "NotWatched"] as const;

export const monitoring: readonly Rule[] = [
  {
    id: "answers-for-its-health",
    commandment: "monitoring",
    says: "where it has an address that speaks HTTP, it says where its health is asked for",
    check: ({ component: { role }, platform }) => {
      const { address, health } = platform.offers[role];
      if (!address.startsWith("http")) return undefined;
      return health?.startsWith("http") ? [] : [`${address} has no health`];
    },
  },
  {
    id: "tells-figures",
    of: "all parts",
    commandment: "monitoring",
    says: "pods that others come to tell their figures, and where somebody watches they are gathered; or it says why there are none",
    check: ({ component: { name, traffic }, platform }) => {
      const visited = Object.entries<PodTraffic>(traffic).filter(([, { answers }]) => answers);
      if (visited.length === 0) return undefined;
      const monitors = manifestsOf(platform.releases).filter(({ kind }) => kind === "PodMonitor");
      const gathered = (group: string) => monitors.some(({ metadata }) => metadata.name === `${name}-${group}`);
      return visited.flatMap(([group, { metrics, noMetrics }]) => {
        if (!metrics) return noMetrics ? [] : [`${group} tells no figures, and does not say why`];
        return isWatched(platform) && !gathered(group) ? [`nobody gathers the figures of ${group}`] : [];
      });
    },
  },
  {
    id: "alerts-cover-it",
    of: "all parts",
    commandment: "monitoring",
    says: "where somebody watches, the alerts about tools, pods and figures speak of its namespace too",
    check: ({ component: { name }, platform }) => {
      if (!isWatched(platform)) return undefined;
      const alerts = manifestsOf(platform.releases)
        .filter(({ kind }) => kind === "PrometheusRule")
        .flatMap(({ spec }) => everyValue(spec).filter(({ value }) => valueAt(value, "alert") !== undefined));
      return coveringAll
        .filter((alert) => {
          const found = alerts.find(({ value }) => valueAt(value, "alert") === alert);
          const [, namespaces = ""] = /namespace=~"([^"]*)"/.exec(String(valueAt(found?.value, "expr"))) ?? [];
          return !namespaces.split("|").includes(name);
        })
        .map((alert) => `${alert} does not speak of it`);
    },
  },
  {
    id: "health-here",
    commandment: "monitoring",
    says: "each of its processes on this machine is asked for its health on loopback, at a port of its own",
    check: (subject) => {
      if ("unavailable" in subject.lab) return undefined;
      return labProcesses(subject).flatMap(({ name, ready, ports }) => {
        const { hostname, port } = new URL(ready);
        const own = ports.map((each) => subject.platform.lab.ports.get(each));
        return hostname === "127.0.0.1" && own.includes(Number(port)) ? [] : [`${name} is asked at ${ready}`];
      });
    },
  },
  {
    id: "same-question",
    commandment: "monitoring",
    says: "its health is asked for by the same path in a cluster and on this machine",
    check: (subject) => {
      const { health } = subject.platform.offers[subject.component.role];
      if (health === undefined || "unavailable" in subject.lab) return undefined;
      const { pathname } = new URL(health);
      const here = labProcesses(subject).map(({ ready }) => new URL(ready).pathname);
      return here.includes(pathname) ? [] : [`${pathname} in a cluster, ${here.join(", ")} on this machine`];
    },
  },
  {
    id: "own-logs",
    commandment: "monitoring",
    says: "each of its processes on this machine has a log that no other writes to",
    check: (subject) => {
      if ("unavailable" in subject.lab) return undefined;
      const others = [...subject.platform.lab.forms]
        .filter(([component]) => component !== subject.component.name)
        .flatMap(([, form]) => ("unavailable" in form ? [] : form.processes));
      const own = labProcesses(subject).map(({ name }) => name);
      const taken = [...others.map(({ name }) => name), ...own];
      return own
        .filter((name) => taken.filter((each) => each === name).length > 1)
        .map((name) => `${name}.log is shared`);
    },
  },
];

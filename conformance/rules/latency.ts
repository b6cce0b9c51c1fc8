import {
  everyValue,
  isObject,
  labProcesses,
  mergedValues,
  namesImage,
  type Rule,
  runsPeoplesCode,
  valueAt,
} from "../rule";

export const latency: readonly Rule[] = [
  {
    id: "image-is-there",
    commandment: "latency",
    says: "the image of people's pods is held on nodes before anybody asks for it",
    check: (subject) => {
      if (!runsPeoplesCode(subject)) return undefined;
      const held = subject.platform.releases
        .map(mergedValues)
        .filter((values) => valueAt(values, "prePuller", "continuous", "enabled") === true)
        .map((values) => valueAt(values, "singleuser", "image"))
        .map((image) => ({ repository: String(valueAt(image, "name")), tag: String(valueAt(image, "tag")) }));
      if (held.some((image) => namesImage(subject, image))) return [];
      const names = held.map(({ repository, tag }) => `${repository}:${tag}`);
      return [`no image of its pods is held; those that are: ${names.join(", ") || "none"}`];
    },
  },
  {
    id: "no-detour",
    commandment: "latency",
    says: "what it offers is reached at its own service or process, with no other tool in between",
    check: (subject) => {
      const { component, platform } = subject;
      const { address, clientEnv } = platform.offers[component.role];
      const inCluster = Object.entries({ address, ...clientEnv }).flatMap(([name, value]) => {
        const host = /^[a-z+]+:\/\/([^/:?]+)/.exec(String(value))?.[1];
        const own = host === undefined || host === component.name || host.split(".")[1] === component.name;
        return own ? [] : [`${name} leads to ${host}`];
      });
      if ("unavailable" in subject.lab) return inCluster;
      const { ports } = platform.lab;
      const own = labProcesses(subject).flatMap((process) => process.ports.map((name) => ports.get(name)));
      const { offer } = subject.lab;
      const here = Object.entries({ address: offer.address, ...offer.clientEnv }).flatMap(([name, value]) => {
        const port = /^[a-z+]+:\/\/[^/:?]+:(\d+)/.exec(String(value))?.[1];
        return port === undefined || own.includes(Number(port)) ? [] : [`on this machine ${name} leads to ${value}`];
      });
      return [...inCluster, ...here];
    },
  },
  {
    id: "unthrottled",
    commandment: "latency",
    says: "its values hold no container of the tool to a number of processors, which would slow it while others stand idle",
    check: ({ releases }) =>
      releases.flatMap(({ name, values }) =>
        values.flatMap((value) =>
          everyValue(value)
            .filter(({ key, value: set }) =>
              key === "limits" ? isObject(set) && set["cpu"] !== undefined : /^cpu_?limit$/i.test(key),
            )
            .map(({ at }) => `${name}: ${at}`),
        ),
      ),
  },
];

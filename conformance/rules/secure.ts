import { foundationNamespace } from "../../constructs/contracts/names";
import { dataBucket } from "../../constructs/contracts/needs";
import type { PodTraffic } from "../../constructs/contracts/traffic";
import { generatedSecrets } from "../../constructs/foundation/secrets";
import { differences } from "../graph";
import { literalSecrets } from "../literal-secrets";
import { everyValue, labProcesses, manifestsOf, type Rule, runsPeoplesCode, valueAt } from "../rule";
import type { PlatformFacts } from "../subject";

/** The same for each component of a platform, so it is computed once. */
const networks = new WeakMap<PlatformFacts, ReturnType<typeof differences>>();
function network(platform: PlatformFacts): ReturnType<typeof differences> {
  const found = networks.get(platform) ?? differences(platform, platform.policies);
  networks.set(platform, found);
  return found;
}

export const secure: readonly Rule[] = [
  {
    id: "closed-network",
    of: "all parts",
    commandment: "secure",
    says: "its pods reach and are reached by what it declares, and by nothing else",
    check: ({ component: { name }, platform }) => {
      const { tooMuch, missing } = network(platform);
      const own = (way: string) => way.includes(`${name}/`);
      return [
        ...tooMuch.filter(own).map((way) => `open and not declared: ${way}`),
        ...missing.filter(own).map((way) => `declared and not open: ${way}`),
      ];
    },
  },
  {
    id: "judged-where-made",
    commandment: "secure",
    says: "what it starts for people is judged by the API server, and refused where it cannot be",
    check: (subject) => {
      const { component, platform } = subject;
      const { startsForPeople: starts } = component;
      if (!starts)
        return runsPeoplesCode(subject) ? ["people's code runs in its pods, and it does not say how"] : undefined;
      const name = `open-mlops-${component.name}`;
      const found = manifestsOf(platform.releases).filter(({ metadata }) => metadata.name === name);
      const policy = found.find(({ kind }) => kind === "ValidatingAdmissionPolicy")?.spec;
      const binding = found.find(({ kind }) => kind === "ValidatingAdmissionPolicyBinding")?.spec;
      const maker = `system:serviceaccount:${component.name}:${starts.maker}`;
      return [
        ...(policy?.["failurePolicy"] === "Fail" ? [] : ["no policy refuses what cannot be judged"]),
        ...(JSON.stringify(policy?.["matchConditions"] ?? "").includes(maker)
          ? []
          : [`no policy judges what ${maker} makes`]),
        ...(JSON.stringify(binding?.["validationActions"]) === '["Deny"]' ? [] : ["its policy is not in force"]),
      ];
    },
  },
  {
    id: "pod-security",
    of: "all parts",
    commandment: "secure",
    says: "its namespace enforces the restricted standard, or a lower one with a reason",
    check: ({ component: { podSecurity }, namespaceLabels }) => {
      const enforced = namespaceLabels["pod-security.kubernetes.io/enforce"];
      if (enforced === "restricted") return [];
      if (enforced !== "baseline" && enforced !== "privileged")
        return [`the namespace enforces ${enforced ?? "no standard"}`];
      const because = podSecurity?.standard === enforced ? podSecurity.because : "";
      return because.length > 20 ? [] : [`the namespace enforces ${enforced} without a reason`];
    },
  },
  {
    id: "no-secret-in-values",
    of: "all parts",
    commandment: "secure",
    says: "no secret is in its values: they are read by reference",
    check: ({ releases }) =>
      releases.flatMap(({ name, values }) =>
        values.flatMap((value) => literalSecrets(value).map(({ at }) => `${name}: ${at}`)),
      ),
  },
  {
    id: "secrets-made-once",
    of: "all parts",
    commandment: "secure",
    says: "each secret that its pods read is made in the cluster, never over one that is there, and copied key by key",
    check: ({ component: { name }, platform }) => {
      const parts = [...(platform.foundation ?? []), ...platform.components];
      const wanted = generatedSecrets(parts, foundationNamespace).filter(({ namespaces }) => namespaces.includes(name));
      if (wanted.length === 0) return undefined;
      const manifests = manifestsOf(platform.releases);
      const copied = manifests
        .filter(({ kind, metadata }) => kind === "ExternalSecret" && metadata.namespace === name)
        .flatMap(({ spec }) => everyValue(spec).flatMap(({ key, value }) => (key === "remoteRef" ? [value] : [])))
        .map((reference) => `${valueAt(reference, "key")}.${valueAt(reference, "property")}`);
      const policies = platform.releases
        .filter(({ name: release }) => release === "secrets")
        .flatMap(({ values }) => values.flatMap((value) => everyValue(value)))
        .filter(({ key }) => key === "updatePolicy");
      return [
        ...wanted
          .flatMap((secret) => Object.keys(secret.keys).map((key) => `${secret.name}.${key}`))
          .filter((key) => !copied.includes(key))
          .map((key) => `${key} is not copied to it`),
        ...(policies.length > 0 && policies.every(({ value }) => value === "IfNotExists")
          ? []
          : ["its secrets may be made anew over those that are there"]),
      ];
    },
  },
  {
    id: "closed-services",
    of: "all parts",
    commandment: "secure",
    says: "no service of it is opened to outside the cluster: the edge alone is",
    check: ({ component: { traffic }, releases }) => {
      if (Object.values<PodTraffic>(traffic).some(({ answers }) => answers?.entry)) return undefined;
      return releases.flatMap(({ name, values }) =>
        values.flatMap((value) =>
          everyValue(value)
            .filter(({ key, value: set }) => key === "type" && ["LoadBalancer", "NodePort"].includes(String(set)))
            .map(({ at, value: set }) => `${name}: ${at} is ${set}`),
        ),
      );
    },
  },
  {
    id: "asks-who-comes",
    of: "all parts",
    commandment: "secure",
    says: "where the edge lets everybody through to it, it asks who they are by a client of its own for that host, or is who knows people and names its paths",
    check: ({ component: { published = [], needs, traffic } }) => {
      const own = published.filter(({ signIn }) => signIn === "own");
      if (own.length === 0) return undefined;
      const knowsPeople = Object.values<PodTraffic>(traffic).some(({ answers }) => answers?.identity);
      return own
        .filter(({ host, paths = [] }) => needs.identityClient?.host !== host && !(knowsPeople && paths.length > 0))
        .map(({ host }) => `everybody gets to ${host}, and it has no client of who knows people`);
    },
  },
  {
    id: "no-secret-on-command-lines",
    commandment: "secure",
    says: "no secret is on the command line of its processes on this machine, where anybody's ps shows it",
    check: (subject) => {
      if ("unavailable" in subject.lab) return undefined;
      const { secrets } = subject.platform.lab;
      return labProcesses(subject)
        .filter(({ command, args }) => secrets.some((secret) => [command, ...args].join(" ").includes(secret)))
        .map(({ name }) => name);
    },
  },
  {
    id: "own-buckets",
    commandment: "secure",
    says: "people's code opens the shared bucket and none of a tool's own",
    check: ({ component }) =>
      (component.needs.serviceAccounts ?? [])
        .filter(({ runsPeoplesCode }) => runsPeoplesCode)
        .flatMap(({ name, buckets }) =>
          buckets.filter((bucket) => bucket !== dataBucket).map((bucket) => `${name} opens ${bucket}`),
        ),
  },
];

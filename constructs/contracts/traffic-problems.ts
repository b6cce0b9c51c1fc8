import type { AnyComponent } from "./component";
import type { PodTraffic, Use } from "./traffic";

/**
 * What contradicts itself in what components say of their traffic. A network policy made of it would cut off pods, which
 * shows as a time-out in another tool an hour later.
 */
export function trafficProblems(components: readonly AnyComponent[]): string[] {
  return components.flatMap((component) => [
    ...groupProblems(component),
    ...useProblems(component),
    ...answerProblems(component, components),
  ]);
}

function groupProblems({ name, consumes, traffic }: AnyComponent): string[] {
  const groups = Object.entries(traffic);
  const problems = groups.flatMap(([group, { labels, calls = {}, consumes: reads = [] }]) => {
    const unknown = Object.keys(calls).filter((other) => !traffic[other]);
    const undeclared = reads.filter((role) => !consumes.includes(role));
    const covers = groups.filter(([other, { labels: theirs }]) => other !== group && isPartOf(labels, theirs));
    return [
      ...(Object.keys(labels).length === 0 ? [`${name}'s pods "${group}" have no labels; give those they carry`] : []),
      ...unknown.map(
        (other) => `${name}'s pods "${group}" call "${other}", which its traffic does not have; name a group`,
      ),
      ...undeclared.map((role) => `${name}'s pods "${group}" read ${role}, which ${name} does not consume; declare it`),
      ...(Object.keys(labels).length > 0
        ? covers.map(
            ([other]) => `${name}'s labels of "${group}" are on "${other}" too; give one that tells them apart`,
          )
        : []),
    ];
  });
  const unread = consumes.filter((role) => !groups.some(([, { consumes: reads }]) => reads?.includes(role)));
  return [
    ...problems,
    ...unread.map((role) => `${name} consumes ${role} and none of its pods reads it; name the role in its traffic`),
  ];
}

/** What pods use and what the component needs say the same, or one of the two is wrong. */
function useProblems({ name, needs, traffic }: AnyComponent): string[] {
  const uses = (use: Use) => Object.values<PodTraffic>(traffic).some((group) => group.uses?.includes(use));
  const opensBuckets = needs.serviceAccounts?.some(({ buckets }) => buckets.length > 0) ?? false;
  const pairs: [Use, boolean, string][] = [
    ["database", needs.database ?? false, "a database"],
    ["buckets", opensBuckets, "buckets"],
  ];
  return [
    ...pairs.flatMap(([use, needed, what]) => {
      if (needed === uses(use)) return [];
      return needed
        ? [`${name} needs ${what} and none of its pods uses ${what}; add "${use}" to its traffic`]
        : [`${name}'s pods use ${what}, which ${name} does not need; declare it in its needs`];
    }),
    ...(uses("sign-in") && !needs.signIn
      ? [`${name}'s pods have tokens verified, which ${name} does not need; declare needs.signIn`]
      : []),
  ];
}

function answerProblems({ name, role, signIn, traffic }: AnyComponent, all: readonly AnyComponent[]): string[] {
  const answers = (what: "offer" | "sign-in") =>
    Object.values<PodTraffic>(traffic).some((group) => (group.answers?.[what]?.length ?? 0) > 0);
  return [
    ...(all.some(({ consumes }) => consumes.includes(role)) && !answers("offer")
      ? [`${name} offers ${role} and none of its pods answers; give the ports of "offer" in its traffic`]
      : []),
    ...(signIn && !answers("sign-in")
      ? [`${name} provides sign-in and none of its pods answers; give the ports of "sign-in" in its traffic`]
      : []),
  ];
}

function isPartOf(labels: Readonly<Record<string, string>>, all: Readonly<Record<string, string>>): boolean {
  return Object.entries(labels).every(([key, value]) => all[key] === value);
}

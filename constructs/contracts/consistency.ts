import { awsContradictions } from "./aws-consistency";
import { overlap } from "./cidr";
import { block, field } from "./field";
import { foundationContradictions } from "./foundation-consistency";
import { teamContradictions } from "./teams";

/**
 * What must fit together within an environment and between environments. These checks read the input as it came, part
 * by part, because a schema's own cross-checks are silent as soon as any part of it is wrong.
 */

/**
 * Parts of one environment that contradict each other. `label` is its name, with which every path begins.
 *
 * @param today the day on which it is deployed; left out where an old one is only looked after
 */
export function contradictions(input: unknown, label: string, today?: Date): string[] {
  const place = field(input, "place");
  if (place === "lab") return [];
  return [
    ...foundationContradictions(input, label),
    ...teamContradictions(input, label),
    ...(place === "existing" ? [] : awsContradictions(input, label, today)),
  ];
}

/**
 * Names must differ, and so must the networks of environments in one region: they are often connected later. A bucket
 * of states that several use is made by one of them.
 */
export function betweenEnvironments(inputs: readonly unknown[]): string[] {
  const problems: string[] = [];
  inputs.forEach((a, i) => {
    for (const b of inputs.slice(i + 1)) {
      const [nameA, nameB] = [field(a, "name"), field(b, "name")];
      if (nameA !== undefined && nameA === nameB) problems.push(`two environments are named "${nameA}"; rename one`);
      const [bucketA, bucketB] = [a, b].map(madeBucket);
      if (bucketA !== undefined && bucketA === bucketB) {
        problems.push(
          `${nameA}.state.make and ${nameB}.state.make both make the bucket "${bucketA}"; make it in one, and say \`make: false\` in the other`,
        );
      }
      const [cidrA, cidrB] = [a, b].map((each) => block(field(each, "network", "cidr")));
      if (cidrA && cidrB && field(a, "region") === field(b, "region") && overlap(cidrA, cidrB)) {
        problems.push(
          `${nameA}.network.cidr (${cidrA.text}) and ${nameB}.network.cidr (${cidrB.text}) overlap in one region; choose blocks that do not share addresses`,
        );
      }
    }
  });
  return problems;
}

/** The bucket that an environment makes for its states. */
function madeBucket(input: unknown): unknown {
  const state = field(input, "state");
  return field(state, "mode") === "s3" && field(state, "make") === true ? field(state, "bucket") : undefined;
}

import { onAws } from "../support/arbitrary-environments";
import { inExisting } from "../support/arbitrary-existing";
import { holds } from "../support/environment-property";

// A few of each kind, so that everyone sees a slip at once; `npm run test:property` tries a thousand.
test.each([
  ["on AWS", onAws, "cluster"],
  ["in a cluster that exists", inExisting, "platform"],
] as const)(
  "an environment %s is refused with reasons, or becomes stacks in which nothing is open",
  (_, arbitrary, kind) => {
    const seen = holds(arbitrary, kind, 6);
    // A property that only ever saw one kind would say nothing about the other.
    expect(seen.refused).toBeGreaterThan(0);
    expect(seen.synthesized).toBeGreaterThan(0);
  },
  600_000,
);

import { setTimeout as delay } from "node:timers/promises";
import type { Board } from "../board";
import { faultOf, isNotFound } from "./errors";
import type { AwsLeftover, LeftoverKind } from "./leftover";
import { leftoverKinds } from "./leftovers";
import type { AwsPlace } from "./place";

/** What came of removing one thing. */
export interface Removal {
  readonly left: AwsLeftover;
  /** Absent where it is gone. */
  readonly failed?: string;
}

export interface SweepOptions {
  /** Shows each kind as a row. */
  readonly board: Board;
  /** Milliseconds to wait until AWS has removed a kind. Default: five minutes, as load balancers take. */
  readonly patience?: number;
  /** Milliseconds between two looks. Default: 5000. */
  readonly pause?: number;
  /** Default: every kind. */
  readonly kinds?: readonly LeftoverKind[];
}

/** Those that `sweep` removes: not what goes by itself, not what a person must look at, and data only where it is said. */
export function removable(leftovers: readonly AwsLeftover[], withData: boolean): AwsLeftover[] {
  const kinds = new Set(leftoverKinds.filter(({ remove }) => remove).map(({ kind }) => kind));
  return leftovers.filter(({ kind, data, goesWith }) => kinds.has(kind) && goesWith !== "time" && (withData || !data));
}

/**
 * Removes leftovers, kind by kind, and waits until each kind is gone before it begins with the next: AWS removes
 * nothing that something else still uses.
 *
 * @param chosen what is removed, and nothing else
 */
export async function sweep(
  place: AwsPlace,
  chosen: readonly AwsLeftover[],
  options: SweepOptions,
): Promise<Removal[]> {
  const removals: Removal[] = [];
  for (const kind of options.kinds ?? leftoverKinds) {
    const mine = chosen.filter((left) => left.kind === kind.kind);
    if (mine.length === 0 || !kind.remove) continue;
    options.board.running(kind.kind, `${mine.length} to remove`);
    const reasons = await sweepKind(place, kind, mine, options);
    if (reasons.size === 0) options.board.done(kind.kind, `${mine.length} removed`);
    else options.board.failed(kind.kind, [...reasons.values()][0] ?? "");
    removals.push(...mine.map((left) => ({ left, failed: reasons.get(left.id) })));
  }
  return removals;
}

/** Says why each that is still there is. */
async function sweepKind(
  place: AwsPlace,
  kind: LeftoverKind,
  mine: readonly AwsLeftover[],
  { patience = 300_000, pause = 5_000 }: SweepOptions,
): Promise<ReadonlyMap<string, string>> {
  const deadline = Date.now() + patience;
  const ids = new Set(mine.map(({ id }) => id));
  const there = async () => (await kind.find(place)).filter(({ id, goesWith }) => ids.has(id) && goesWith !== "time");
  const asked = new Set<string>();
  try {
    await kind.prepare?.(place, mine);
  } catch (error) {
    // Each removal then says itself what is in its way.
    if (faultOf(error).kind !== "other") return new Map(mine.map(({ id }) => [id, faultOf(error).found]));
  }
  for (;;) {
    const reasons = new Map<string, string>();
    let hopeless = true;
    for (const left of await there()) {
      const outcome = asked.has(left.id) ? "asked" : await removeOne(place, kind, left);
      if (outcome === "asked") asked.add(left.id);
      if (outcome === "asked" || outcome.mayPass) hopeless = false;
      reasons.set(left.id, outcome === "asked" ? "AWS was asked to remove it, and has not yet" : outcome.reason);
    }
    const left = new Set((await there()).map(({ id }) => id));
    for (const id of [...reasons.keys()]) if (!left.has(id)) reasons.delete(id);
    if (reasons.size === 0 || hopeless || Date.now() > deadline) return reasons;
    await delay(pause);
  }
}

/** What AWS refuses only as long as something else is not gone yet. */
const passes = /DependencyViolation|InUse|InvalidState|IncorrectState|Throttl|RequestLimit|Conflict/;

async function removeOne(
  place: AwsPlace,
  kind: LeftoverKind,
  left: AwsLeftover,
): Promise<"asked" | { readonly reason: string; readonly mayPass: boolean }> {
  if (left.goesWith) return { reason: "something still holds it", mayPass: true };
  try {
    await kind.remove?.(place, left);
    return "asked";
  } catch (error) {
    if (isNotFound(error)) return "asked";
    const { found } = faultOf(error);
    return { reason: found, mayPass: error instanceof Error && passes.test(error.name) };
  }
}

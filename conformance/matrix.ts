import { commandments, type Rule } from "./rule";
import { foundationOf, type Subject } from "./subject";

/** What one rule found of one component, in all environments. */
export interface Cell {
  readonly rule: string;
  readonly component: string;
  /** Whether the rule speaks of the component, in one environment at least. */
  readonly applies: boolean;
  /** By environment; an environment without problems is left out. */
  readonly problems: Readonly<Record<string, readonly string[]>>;
}

/** Every rule over every component of every environment, and over the tools of the foundation under them. */
export function judge(rules: readonly Rule[], subjects: readonly Subject[]): Cell[] {
  const parts = foundationOf(subjects);
  const names = [...new Set([...subjects, ...parts].map(({ component }) => component.name))];
  return rules.flatMap((rule) =>
    names.map((component) => {
      const own = { component: { name: component } };
      const found = [
        ...subjects.filter((each) => isOf(each, own)).map((each) => [each.environment, rule.check(each)] as const),
        ...(rule.of === "all parts" ? parts : [])
          .filter((each) => isOf(each, own))
          .map((each) => [each.environment, (rule as Extract<Rule, { of: "all parts" }>).check(each)] as const),
      ];
      return {
        rule: rule.id,
        component,
        applies: found.some(([, problems]) => problems !== undefined),
        problems: Object.fromEntries(
          found.flatMap(([environment, problems = []]) => (problems.length > 0 ? [[environment, problems]] : [])),
        ),
      };
    }),
  );
}

interface Named {
  readonly component: { readonly name: string };
}
const isOf = (a: Named, b: Named) => a.component.name === b.component.name;

export function hasFailed({ problems }: Cell): boolean {
  return Object.keys(problems).length > 0;
}

/**
 * The matrix as text: a row a rule, a column a component, and under it what is wrong. `-`: it does not apply.
 *
 * @param unwatched environments in which nobody watches: rules about that say nothing of them. Default: none
 */
export function printed(
  rules: readonly Rule[],
  cells: readonly Cell[],
  environments: readonly string[],
  unwatched: readonly string[] = [],
): string {
  const components = [...new Set(cells.map(({ component }) => component))];
  const widest = Math.max(...rules.map(({ id }) => id.length));
  const lines = [`${"".padEnd(widest)}  ${components.join("  ")}`];
  for (const commandment of commandments) {
    const own = rules.filter((rule) => rule.commandment === commandment);
    lines.push(own.length > 0 ? commandment.toUpperCase() : `${commandment.toUpperCase()}: no rule yet`);
    for (const { id, says } of own) {
      const marks = components.map((component) => {
        const cell = cells.find((each) => each.rule === id && each.component === component);
        return (cell ? markOf(cell) : "-").padEnd(Math.max(6, component.length));
      });
      lines.push(`${id.padEnd(widest)}  ${marks.join("  ")}  ${says}`);
    }
  }
  const failed = cells.filter(hasFailed);
  const applying = cells.filter(({ applies }) => applies);
  for (const { rule, component, problems } of failed) {
    for (const [environment, found] of Object.entries(problems)) {
      lines.push(...found.map((problem) => `FAILED ${rule}, ${component} in ${environment}: ${problem}`));
    }
  }
  if (unwatched.length > 0) {
    lines.push(`nobody watches ${unwatched.join(", ")}: observability is off there, and no figure is gathered`);
  }
  lines.push(
    `${rules.length} rules, ${components.length} components, environments ${environments.join(", ")}: ${failed.length} of ${applying.length} failed`,
  );
  return lines.join("\n");
}

function markOf(cell: Cell): string {
  if (hasFailed(cell)) return "FAILED";
  return cell.applies ? "ok" : "-";
}

import { notInTheBill } from "./bill";
import { monthHours } from "./hours";
import { groups, type Line, monthly, total } from "./line";
import { foundationText } from "./print-foundation";
import type { Statement, WholeStatement } from "./statement";
import { dollars, quantity, table, unitPrice } from "./table";

/** A statement as text: what it is made of, and what is not in it. */
export function statementText(statement: WholeStatement): string {
  const { environment, region, usage, lines } = statement;
  const head = ["", "", "IDLE", "IN USE", "UNIT", "PRICE", "IDLE $", "IN USE $", ""];
  const rows = lines.map((line) => [
    line.group,
    line.item,
    quantity(line.quantity.idle),
    quantity(line.quantity.inUse),
    line.unit,
    unitPrice(line.unitPrice),
    dollars(monthly(line, "idle")),
    dollars(monthly(line, "inUse")),
    remarks(line, region),
  ]);
  const sums = ["a month", "", "", "", "", "", dollars(statement.total.idle), dollars(statement.total.inUse), ""];
  return [
    `${environment} in ${region}, dollars a month of ${monthHours} hours`,
    "",
    table([head, ...rows, sums], [2, 3, 5, 6, 7]),
    "",
    `Idle: deployed, and nobody has come. In use: ${workOf(usage)}.`,
    `For each of ${usage.users} people: ${dollars(statement.perPerson)}`,
    ...hours(statement),
    ...statement.remarks.map((remark) => `Note: ${remark}`),
    "",
    foundationText(statement.foundation),
    "",
    ...footer(statement),
  ].join("\n");
}

function workOf({ users, notebookHours, gpuHours, trainingHours, dataGb }: Statement["usage"]): string {
  return `${users} people with ${notebookHours} hours of notebook each, ${gpuHours} hours of a GPU node, ${trainingHours} hours of training, ${dataGb} GB in buckets`;
}

/** What a schedule does to the bill. */
function hours({ awakeHours, total: sum, alwaysOn }: Statement): string[] {
  if (awakeHours >= monthHours) return [];
  return [
    `Awake ${quantity(awakeHours)} hours a month by its schedule; always on: idle ${dollars(alwaysOn.idle)}, in use ${dollars(alwaysOn.inUse)}.`,
    `The schedule saves ${dollars(alwaysOn.idle - sum.idle)} a month when idle, ${dollars(alwaysOn.inUse - sum.inUse)} in use.`,
  ];
}

function remarks(line: Line, region: string): string {
  return [
    line.estimate ? "estimate" : "",
    line.priceRegion === region ? "" : `price of ${line.priceRegion}`,
    line.note ?? "",
  ]
    .filter(Boolean)
    .join("; ");
}

function footer({ prices }: Pick<Statement, "prices">): string[] {
  return [
    `Prices, the oldest of ${prices.readOn}; \`mlops cost --refresh\` reads them anew:`,
    ...prices.sources.map(({ of, from, readOn }) => `  ${of}: ${from}${readOn ? `, ${readOn}` : ""}`),
    `Not in it: ${notInTheBill.join("; ")}.`,
  ];
}

/** Statements side by side, group by group, with what each costs more than the first. */
export function comparisonText(statements: readonly Statement[]): string {
  const [first] = statements;
  if (!first) return "";
  const columns = statements.flatMap((each) => [
    { title: `${each.environment} IDLE`, of: (group?: string) => total(within(each, group), "idle") },
    { title: `${each.environment} IN USE`, of: (group?: string) => total(within(each, group), "inUse") },
  ]);
  const row = (title: string, group?: string) => [title, ...columns.map(({ of }) => dollars(of(group)))];
  const difference = (of: (each: Statement) => readonly [number, number]) =>
    statements.flatMap((each) => of(each)).map(dollars);
  return [
    `${statements.map(({ environment, region }) => `${environment} in ${region}`).join(", ")}: dollars a month`,
    "",
    table(
      [
        ["", ...columns.map(({ title }) => title)],
        ...groups.map((group) => row(group, group)),
        row("a month"),
        [
          `more than ${first.environment}`,
          ...difference((each) => [each.total.idle - first.total.idle, each.total.inUse - first.total.inUse]),
        ],
        ["always on", ...difference((each) => [each.alwaysOn.idle, each.alwaysOn.inUse])],
        ["a person", ...statements.flatMap((each) => ["", dollars(each.perPerson)])],
      ],
      columns.map((_, index) => index + 1),
    ),
    "",
    `Idle: deployed, and nobody has come. In use: ${workOf(first.usage)}.`,
    ...statements.flatMap((each) => each.remarks.map((remark) => `Note on ${each.environment}: ${remark}`)),
    "",
    ...footer(first),
  ].join("\n");
}

function within({ lines }: Statement, group: string | undefined): readonly Line[] {
  return group === undefined ? lines : lines.filter((line) => line.group === group);
}

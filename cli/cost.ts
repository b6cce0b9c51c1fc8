import * as path from "node:path";
import { Command, InvalidArgumentError } from "commander";
import { priceTable } from "../constructs/contracts/price-table";
import { foundationCost } from "../cost/foundation";
import { monthHours } from "../cost/hours";
import { peerTable } from "../cost/peers";
import { comparisonText, statementText } from "../cost/print";
import { refreshed } from "../cost/refresh/refresh";
import { priceListFile, writePriceList } from "../cost/refresh/write";
import { platformReleases } from "../cost/releases";
import { type Statement, statement, type WholeStatement } from "../cost/statement";
import { defaultUsage, type Usage } from "../cost/usage";
import { DeploymentError } from "../deployment/errors";
import { readEnvironment } from "../deployment/synthesize";

interface Options extends Usage {
  readonly alwaysOn?: boolean;
  readonly compare?: readonly string[];
  readonly peers?: boolean;
  readonly refresh?: boolean;
  readonly json?: boolean;
}

export function costCommand(): Command {
  return new Command("cost")
    .description("Tell what an AWS environment costs a month, idle and in use, before anything is deployed.")
    .argument("[environment]", "a name among environments/, or the path of a file with one")
    .option("--users <number>", "people of the team", whole, defaultUsage.users)
    .option("--notebook-hours <hours>", "that each person's notebook runs a month", hours, defaultUsage.notebookHours)
    .option("--gpu-hours <hours>", "of a GPU node a month, all people together", amount, defaultUsage.gpuHours)
    .option("--training-hours <hours>", "of a node for flows and Dask a month", amount, defaultUsage.trainingHours)
    .option("--data-gb <gigabytes>", "in the buckets", amount, defaultUsage.dataGb)
    .option("--always-on", "as if the environment had no schedule")
    .option("--compare <environments>", "several, side by side: dev,prod", (text: string) => text.split(","))
    .option("--peers", "dev and prod beside other stacks, as the README shows them")
    .option("--refresh", "read the AWS price API and write the price list anew; wants a network and credentials")
    .option("--json", "print as JSON")
    .action(async (name: string | undefined, options: Options) => {
      if (options.refresh) return refresh(options.json ?? false);
      if (options.peers && options.json)
        throw new DeploymentError("--peers is a table for the README; use --compare dev,prod with --json");
      if (options.peers) return console.log(peerTable(["dev", "prod"].map((each) => stated(each))));
      if (options.compare) {
        const names = [...new Set([...(name === undefined ? [] : [name]), ...options.compare])];
        const statements = names.map((each) => stated(each, options));
        return console.log(options.json ? JSON.stringify(statements, null, 2) : comparisonText(statements));
      }
      if (name === undefined)
        throw new DeploymentError("Name an environment, such as `mlops cost dev`, or --compare dev,prod");
      const told = withFoundation(name, options);
      console.log(options.json ? JSON.stringify(told, null, 2) : statementText(told));
    });
}

function stated(name: string, options?: Options): Statement {
  return statement(asked(name, options));
}

/** With what the foundation asks of the nodes, which the synthesized platform says. */
function withFoundation(name: string, options: Options): WholeStatement {
  const props = asked(name, options);
  return {
    ...statement(props),
    foundation: foundationCost({ ...props, releases: platformReleases(props.environment) }),
  };
}

function asked(name: string, options?: Options) {
  const environment = readEnvironment(name);
  if (environment.place !== "aws") {
    throw new DeploymentError(
      `The environment "${environment.name}" makes nothing in AWS, so nothing of it is billed; name one with \`place: "aws"\``,
    );
  }
  const { users, notebookHours, gpuHours, trainingHours, dataGb } = options ?? defaultUsage;
  return {
    environment,
    usage: { users, notebookHours, gpuHours, trainingHours, dataGb },
    alwaysOn: options?.alwaysOn,
  };
}

async function refresh(json: boolean): Promise<void> {
  console.error(`Reading the prices of ${Object.keys(priceTable.list.regions).length} regions, one by one ...`);
  // Loaded when they are used: no other command should pay for the clients of AWS.
  const { PricingClient } = require("@aws-sdk/client-pricing") as typeof import("@aws-sdk/client-pricing");
  const { pricingRegion, productsOf } = require("../cost/refresh/aws") as typeof import("../cost/refresh/aws");
  const read = productsOf(new PricingClient({ region: pricingRegion }));
  const { list, changed, kept } = await refreshed(priceTable.list, read, new Date().toISOString().slice(0, 10));
  writePriceList(list);
  if (json) return console.log(JSON.stringify({ changed, kept }, null, 2));
  for (const { region, name, from, to } of changed) console.log(`${region} ${name}: ${from ?? "not known"} -> ${to}`);
  for (const { region, name } of kept) console.log(`${region} ${name}: not in the price API; stays as it was`);
  console.log(`${changed.length} prices changed; written to ${path.relative(process.cwd(), priceListFile)}`);
}

function amount(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || value < 0) {
    throw new InvalidArgumentError(`"${text}" is not an amount; use 0 or more.`);
  }
  return value;
}

function whole(text: string): number {
  const value = amount(text);
  if (!Number.isInteger(value)) throw new InvalidArgumentError(`"${text}" is no number of people; use 0 or more.`);
  return value;
}

function hours(text: string): number {
  const value = amount(text);
  if (value > monthHours) throw new InvalidArgumentError(`a month has ${monthHours} hours; use fewer than ${text}.`);
  return value;
}

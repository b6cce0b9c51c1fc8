import { priceTable, type Service, serviceUnits } from "../../constructs/contracts/price-table";
import { instanceTypes } from "../../constructs/contracts/prices";
import { monthHours } from "../../cost/hours";
import type { Leftover } from "../leftovers";
import type { AwsPlace } from "./place";

/** Something of an environment that is still in AWS. */
export interface AwsLeftover extends Leftover {
  /** What AWS knows it by: an id, a name or an ARN. */
  readonly id: string;
  /** Dollars a month, where they are known. */
  readonly monthly?: number;
  /** Holds what cannot be made again: it is removed only when that is asked for by name. */
  readonly data?: true;
  /** Who removes it, where nobody has to: AWS after a waiting time, or the removal of what holds it. */
  readonly goesWith?: "time" | "its holder";
}

/** One kind of leftover: how it is found, and how it is removed. */
export interface LeftoverKind {
  readonly kind: string;
  /** The ARNs that this kind speaks for: what it does not list of them is gone, or is not ours. */
  readonly arns?: RegExp;
  find(place: AwsPlace): Promise<AwsLeftover[]>;
  /** What must happen to all of them before the first is removed. */
  prepare?(place: AwsPlace, all: readonly AwsLeftover[]): Promise<void>;
  /** Absent where a person has to do it. */
  remove?(place: AwsPlace, left: AwsLeftover): Promise<void>;
}

/** Dollars a month of so many of a service, where the region's price is known or else that of us-east-1. */
export function monthlyPrice(service: Service, { region }: AwsPlace, amount = 1): number {
  const hours = serviceUnits[service] === "hour" ? monthHours : 1;
  return priceTable.service(service, region).dollars * amount * hours;
}

/** Dollars a month of a machine; undefined where the price list does not have it. */
export function monthlyMachine(type: string, { region }: AwsPlace): number | undefined {
  return Object.hasOwn(instanceTypes, type) ? priceTable.instance(type, region).dollars * monthHours : undefined;
}

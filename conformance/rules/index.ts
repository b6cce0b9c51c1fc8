import type { Rule } from "../rule";
import { anyLanguage } from "./any-language";
import { dataIntegration } from "./data-integration";
import { latency } from "./latency";
import { monitoring } from "./monitoring";
import { noDowntime } from "./no-downtime";
import { scale } from "./scale";
import { secure } from "./secure";
import { standard } from "./standard";
import { transparency } from "./transparency";
import { versions } from "./versions";

/** The one table of what holds for every component in every environment. */
export const rules: readonly Rule[] = [
  ...scale,
  ...secure,
  ...standard,
  ...dataIntegration,
  ...monitoring,
  ...anyLanguage,
  ...noDowntime,
  ...versions,
  ...transparency,
  ...latency,
];

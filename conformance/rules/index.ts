import type { Rule } from "../rule";
import { operation } from "./operation";
import { secure } from "./secure";
import { standard } from "./standard";

/** The one table of what holds for every component in every environment. */
export const rules: readonly Rule[] = [...secure, ...standard, ...operation];

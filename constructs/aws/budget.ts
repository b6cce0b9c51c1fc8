import { BudgetsBudget } from "@cdktf/provider-aws/lib/budgets-budget";
import { Construct } from "constructs";
import type { Budget } from "../contracts/aws-environment";
import type { Account } from "./account";

export interface MonthlyBudgetProps {
  readonly account: Account;
  readonly budget: Budget;
}

/**
 * Says by e-mail when the month's bill of what carries the environment's tag comes near its limit; it stops nothing.
 *
 * AWS counts by a tag only after the tag was activated for cost allocation, which the account that pays does once, for
 * all environments: see `activateCostTags`. It is not made here: most accounts may not, and two environments would
 * fight for one switch.
 */
export class MonthlyBudget extends Construct {
  constructor(scope: Construct, id: string, props: MonthlyBudgetProps) {
    super(scope, id);
    const { account, budget } = props;
    const notify = (notificationType: "ACTUAL" | "FORECASTED", threshold: number) => ({
      notificationType,
      threshold,
      thresholdType: "PERCENTAGE",
      comparisonOperator: "GREATER_THAN",
      subscriberEmailAddresses: [...budget.emails],
    });
    new BudgetsBudget(this, "budget", {
      name: account.prefix,
      budgetType: "COST",
      timeUnit: "MONTHLY",
      limitAmount: `${budget.monthly}`,
      limitUnit: "USD",
      costFilter: [{ name: "TagKeyValue", values: [`user:Environment$${account.environment}`] }],
      notification: [notify("ACTUAL", 80), notify("FORECASTED", 100)],
    });
  }
}

/** What the account that pays runs once, a day after the first deployment: AWS must have seen the tags. */
export const activateCostTags =
  "aws ce update-cost-allocation-tags-status --cost-allocation-tags-status TagKey=Environment,Status=Active TagKey=Project,Status=Active";

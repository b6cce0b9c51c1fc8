import { cron } from "../../constructs/aws/schedule-times";
import { awsSchema } from "../../constructs/contracts/environment";
import type { JsonObject } from "../../constructs/contracts/json";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";
import { rightsOfRoles, statements } from "./invariants";

const { "dev-cluster": dev, "prod-cluster": prod } = synthesizeStacks([inputs.dev(), inputs.prod()]) as Record<
  string,
  StackJson
>;
if (!dev || !prod) throw new Error("no stacks");

describe("the budget", () => {
  test("counts what carries the environment's tag, and says so at 80 % spent and 100 % foreseen", () => {
    const [budget] = Object.values(resourcesOfType(dev, "aws_budgets_budget"));
    expect(budget).toMatchObject({
      limit_amount: "200",
      limit_unit: "USD",
      time_unit: "MONTHLY",
      cost_filter: [{ name: "TagKeyValue", values: ["user:Environment$dev"] }],
    });
    const notes = ((budget?.["notification"] ?? []) as JsonObject[]).map((each) => [
      each["notification_type"],
      each["threshold"],
      each["subscriber_email_addresses"],
    ]);
    expect(notes).toEqual([
      ["ACTUAL", 80, ["platform@example.com"]],
      ["FORECASTED", 100, ["platform@example.com"]],
    ]);
  });

  test("its tag is on everything that the provider makes", () => {
    expect(JSON.stringify(dev.provider["aws"])).toContain('"Environment":"dev"');
  });
});

describe("the hours", () => {
  test.each<[string, string, number, string]>([
    ["at the time itself", "19:00", 0, "cron(0 19 ? * MON,FRI *)"],
    ["before it", "07:00", -25, "cron(35 6 ? * MON,FRI *)"],
    ["after it", "23:50", 15, "cron(5 0 ? * TUE,SAT *)"],
    ["before midnight", "00:10", -25, "cron(45 23 ? * SUN,THU *)"],
  ])("%s", (_, clock, minutes, expected) => {
    expect(cron(["MON", "FRI"], clock, minutes)).toBe(expected);
  });

  test("a week goes round", () => {
    expect(cron(["SUN", "SAT"], "00:00", -1)).toBe("cron(59 23 ? * SAT,FRI *)");
  });
});

describe("the schedule", () => {
  const acts = Object.values(resourcesOfType(dev, "aws_scheduler_schedule")).map((each) => {
    const target = each["target"] as JsonObject;
    return {
      name: String(each["name"]),
      when: String(each["schedule_expression"]),
      zone: each["schedule_expression_timezone"],
      call: String(target["arn"]).replace("arn:aws:scheduler:::aws-sdk:", ""),
      input: JSON.parse(String(target["input"])) as JsonObject,
    };
  });
  const act = (name: string) => acts.find((each) => each.name === name);

  test("takes every node group and the database away, the tools and the autoscaler first", () => {
    const groups = Object.keys(resourcesOfType(dev, "aws_eks_node_group"));
    const asleep = acts.filter(({ name }) => name.startsWith("sleep-"));
    expect(asleep).toHaveLength(groups.length + 1);
    expect(act("sleep-system-0")).toMatchObject({
      when: "cron(0 19 ? * MON,TUE,WED,THU,FRI *)",
      zone: "Europe/Dublin",
      call: "eks:updateNodegroupConfig",
      input: { ScalingConfig: { MinSize: 0, DesiredSize: 0 } },
    });
    expect(act("sleep-general-0")?.when).toBe("cron(15 19 ? * MON,TUE,WED,THU,FRI *)");
    expect(act("sleep-database")).toMatchObject({ call: "rds:stopDBInstance" });
  });

  test("brings them back before people come, the database first", () => {
    expect(act("wake-database")).toMatchObject({
      when: "cron(35 6 ? * MON,TUE,WED,THU,FRI *)",
      call: "rds:startDBInstance",
    });
    expect(act("wake-system-0")).toMatchObject({
      when: "cron(50 6 ? * MON,TUE,WED,THU,FRI *)",
      input: { ScalingConfig: { MinSize: 1, DesiredSize: 1 } },
    });
    // Nobody needs a node of it yet.
    expect(act("wake-general-0")).toBeUndefined();
  });

  test("may do that to these groups and this server, and nothing else", () => {
    const rights = rightsOfRoles(dev)["schedule"] ?? [];
    expect(rights.map(({ Action }) => Action)).toEqual([
      ["eks:UpdateNodegroupConfig"],
      ["rds:StartDBInstance", "rds:StopDBInstance"],
      // RDS asks for both, in the name of whoever starts the server.
      ["kms:DescribeKey"],
      ["kms:CreateGrant"],
    ]);
    expect(rights[0]?.Resource).toHaveLength(Object.keys(resourcesOfType(dev, "aws_eks_node_group")).length);
    expect(rights[3]?.Condition).toMatchObject({ Bool: { "kms:GrantIsForAWSResource": "true" } });
    const [trust] = statements(resourcesOfType(dev, "aws_iam_role")["schedule/role/role"]?.["assume_role_policy"]);
    expect(trust?.Condition?.["StringEquals"]).toEqual({
      "aws:SourceAccount": expect.stringContaining("account_id"),
      "aws:SourceArn": expect.stringContaining("aws_scheduler_schedule_group"),
    });
  });

  test("a deployment at night does not wake a group; without a schedule it keeps its smallest size", () => {
    const ignored = (stack: StackJson) =>
      Object.values(resourcesOfType(stack, "aws_eks_node_group")).map((each) =>
        (each["lifecycle"] as { ignore_changes: string[] }).ignore_changes.includes("scaling_config[0].min_size"),
      );
    expect(new Set(ignored(dev))).toEqual(new Set([true]));
    expect(new Set(ignored(prod))).toEqual(new Set([false]));
  });

  test("is not there where an environment has none", () => {
    expect(resourcesOfType(prod, "aws_scheduler_schedule")).toEqual({});
    const awake = synthesizeStacks([changed(inputs.dev(), "schedule", undefined)])["dev-cluster"] as StackJson;
    expect(rightsOfRoles(awake)).not.toHaveProperty("schedule");
  });
});

describe("an awake time", () => {
  const found = (from: string, until: string) => {
    const schedule = { days: ["MON"], from, until, timezone: "UTC" };
    const { error } = awsSchema.safeParse(changed(inputs.dev(), "schedule", schedule));
    return error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`) ?? [];
  };

  test("leaves a night in which one can sleep and wake", () => {
    expect(found("00:30", "23:30")).toEqual([]);
    expect(found("00:00", "23:01")).toEqual([expect.stringMatching(/^schedule\.until: the night .* end it earlier$/)]);
  });

  test("ends after it began", () => {
    expect(found("19:00", "07:00")).toEqual([expect.stringContaining("it is not after `from`")]);
  });
});

import { awsSchema, environmentSchema } from "../../constructs/contracts/environment";
import { kubernetesVersions, versionSupport } from "../../constructs/contracts/kubernetes-versions";
import { changed, inputs } from "../support/environments";

test("what may be left out has a safe default", () => {
  const { network, kubernetes, images } = awsSchema.parse(inputs.dev());
  expect(network.reserved).toEqual([]);
  expect(kubernetes.serviceCidr).toBe("172.20.0.0/16");
  expect(awsSchema.parse(inputs.prod()).nodes.system.spot).toBe(false);
  expect(images.architecture).toBe("x86_64");
});

test("no key is let through unread", () => {
  const open = Object.entries(awsSchema.shape).flatMap(([key, part]) => {
    const input = changed(inputs.dev(), key, { ...((inputs.dev() as Record<string, object>)[key] ?? {}), surprise: 1 });
    return part.def.type === "object" && environmentSchema.safeParse(input).success ? [key] : [];
  });
  expect(open).toEqual([]);
});

describe("a backup is made once a day", () => {
  const at = (schedule: string) =>
    environmentSchema.safeParse(changed(inputs.dev(), "backup", { mode: "on", schedule, keepDays: 30 }));

  test.each(["30 2 * * *", "0 0 * * *", "59 23 * * *", "05 09 * * *"])("at %s", (schedule) => {
    expect(at(schedule).error).toBeUndefined();
  });

  test.each([
    ...["a b c d e", "60 2 * * *", "30 24 * * *", "30 2 * *", "30 2 * * * *", "-1 2 * * *"],
    // Less than daily: it would be said to be too old. More: nobody would have counted it.
    ...["0 3 * * 0", "0 3 1 * *", "0 3 * 1 *", "* * * * *", "0 */6 * * *"],
  ])("not at %s, which is told with what to write instead", (schedule) => {
    expect(at(schedule).error?.message).toContain(`${schedule}\\" is no time of every day; use a minute`);
  });
});

test("Arm nodes are fine with images built for them", () => {
  let arm = changed(inputs.dev(), "images.architecture", "arm64");
  for (const group of ["system", "general"]) arm = changed(arm, `nodes.${group}.instanceTypes`, ["t4g.large"]);
  expect(environmentSchema.safeParse(arm).success).toBe(true);
});

test("each Kubernetes version has an end", () => {
  for (const end of Object.values(kubernetesVersions)) expect(Date.parse(end)).not.toBeNaN();
});

test.each([
  ["2026-12-03", { error: expect.stringMatching(/ended on 2026-12-02; use 1\.35/) }],
  ["2026-12-02", { warning: expect.stringMatching(/2026-12-02, in 0 days; upgrade to 1\.35/) }],
  ["2026-09-05", { warning: expect.stringContaining("in 88 days") }],
  ["2026-08-01", {}],
])("on %s a version whose support ends on 2026-12-02 is %p", (today, expected) => {
  expect(versionSupport("1.34", new Date(`${today}T12:00:00Z`))).toEqual(expected);
});

import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import type { JsonObject } from "../../constructs/contracts/json";
import { resourcesOfType } from "../support/synth";
import { newNetwork, paths } from "./network-stack";

const { awaited, stack } = newNetwork({ mode: "nat-instance" });
const only = (type: string): JsonObject => {
  const found = Object.values(resourcesOfType(stack, type));
  expect(found).toHaveLength(1);
  return found[0] ?? {};
};
const script = () => Buffer.from(String(only("aws_launch_template")["user_data"]), "base64").toString();

test("it is the only way out, and every private subnet leaves by it", () => {
  expect(paths(stack, "aws_nat_gateway")).toEqual([]);
  const routes = resourcesOfType(stack, "aws_route");
  for (const zone of [0, 1]) {
    expect(routes[`network/private-${zone}-nat`]?.["network_interface_id"]).toMatch(/nat_interface.*\.id/);
  }
});

test("one machine at a time, made anew when it fails and once a month", () => {
  expect(only("aws_autoscaling_group")).toMatchObject({
    min_size: 1,
    max_size: 1,
    health_check_type: "EC2",
    max_instance_lifetime: 2592000,
    // There is one interface: a second machine could not start beside the first.
    instance_maintenance_policy: { min_healthy_percentage: 0, max_healthy_percentage: 100 },
  });
});

test("every machine starts with the interface that routes and address belong to, and leaves it when it goes", () => {
  const face = only("aws_network_interface");
  expect(face).toMatchObject({ source_dest_check: false, subnet_id: expect.stringContaining("public-0") });
  expect(only("aws_launch_template")["network_interfaces"]).toEqual([
    {
      device_index: 0,
      network_interface_id: expect.stringMatching(/nat_interface.*\.id/),
      delete_on_termination: "false",
    },
  ]);
  expect(only("aws_eip")["network_interface"]).toMatch(/nat_interface.*\.id/);
  // The zone of the interface; subnets would be refused beside it.
  expect(only("aws_autoscaling_group")["availability_zones"]).toEqual([
    expect.stringMatching(/public-0.*availability_zone/),
  ]);
  expect(only("aws_autoscaling_group")).not.toHaveProperty("vpc_zone_identifier");
});

test("only the private subnets reach it", () => {
  const rules = Object.values(resourcesOfType(stack, "aws_vpc_security_group_ingress_rule"));
  expect(rules.map((rule) => rule["cidr_ipv4"])).toEqual(["10.10.0.0/18", "10.10.64.0/18"]);
});

test("it has no rights to steal, no key to sign in with, and keeps its disk to itself", () => {
  const template = only("aws_launch_template");
  expect(template).not.toHaveProperty("iam_instance_profile");
  expect(template).not.toHaveProperty("key_name");
  expect(template).toMatchObject({ metadata_options: { http_tokens: "required", http_put_response_hop_limit: 1 } });
  expect(paths(stack, "aws_iam_role").filter((at) => at.includes("nat"))).toEqual([]);
});

test("nodes wait for the machine, and not only for the routes", () => {
  expect(awaited).toContainEqual(expect.stringMatching(/aws_route\..*private-0-nat/));
  const route = resourcesOfType(stack, "aws_route")["network/private-0-nat"];
  expect(route?.["depends_on"]).toEqual([expect.stringMatching(/^aws_autoscaling_group\./)]);
});

test("what it runs at boot is a shell script that parses, and small enough for AWS", () => {
  execFileSync("bash", ["-n"], { input: script() });
  expect(Buffer.byteLength(script())).toBeLessThan(16 * 1024);
  expect(script()).toMatch(/^#!\/bin\/bash\n/);
});

describe("the script", () => {
  const etc = mkdtempSync(path.join(tmpdir(), "nat-"));
  afterAll(() => rmSync(etc, { recursive: true }));
  mkdirSync(path.join(etc, "sysctl.d"));
  mkdirSync(path.join(etc, "sysconfig"));

  /** Runs it with its commands replaced by these, so that it writes into a folder of the test and changes nothing else. */
  function run(commands: Readonly<Record<string, string>>): string {
    const quiet = ["dd", "chmod", "mkswap", "swapon", "sleep", "nft"].map((name) => [name, "true"] as const);
    const all = { ...Object.fromEntries(quiet), cat: "/bin/cat", systemctl: 'echo "systemctl $*"', ...commands };
    const functions = Object.entries(all).map(([name, body]) => `${name}() { ${body}; }\n`);
    const body = script()
      .replace(/^set .*$/m, (line) => `${line}\n${functions.join("")}PATH=/nowhere`)
      .replaceAll("/etc/", `${etc}/`)
      .replace(">/dev/console", "");
    return spawnSync("/bin/bash", ["-c", body], { encoding: "utf8" }).stdout;
  }

  test("forwards, hides who sent, and takes nothing for itself", () => {
    expect(run({ dnf: "true" }).trim().split("\n").slice(-2)).toEqual([
      "systemctl restart systemd-sysctl",
      "systemctl enable --now nftables",
    ]);
    expect(readFileSync(path.join(etc, "sysctl.d", "90-nat.conf"), "utf8")).toMatch(/^net.ipv4.ip_forward = 1$/m);
    const rules = readFileSync(path.join(etc, "sysconfig", "nftables.conf"), "utf8");
    expect(rules).toMatch(/hook postrouting [^}]* masquerade\n/);
    expect(rules).toMatch(/hook input [^}]*policy drop;/);
  });

  test.each([
    ["a package that does not come", { dnf: "false", command: "false" }],
    ["rules that do not load", { dnf: "true", nft: "false" }],
  ])("turns the machine off over %s", (_, commands) => {
    expect(run(commands)).toMatch(/systemctl poweroff\n$/);
  });
});

import {
  CreateSubnetCommand,
  CreateVpcCommand,
  ModifyVpcAttributeCommand,
  RunInstancesCommand,
} from "@aws-sdk/client-ec2";
import { CreateHostedZoneCommand, GetHostedZoneCommand } from "@aws-sdk/client-route-53";
import { RequestServiceQuotaIncreaseCommand } from "@aws-sdk/client-service-quotas";
import { AssumeRoleCommand } from "@aws-sdk/client-sts";
import { catalogue } from "../../constructs/components/catalogue";
import type { AwsEnvironment } from "../../constructs/contracts/environment";
import { loadEnvironment } from "../../constructs/contracts/load";
import { type AwsClients, awsClients } from "../../deployment/aws/clients";
import type { ClusterEnvironment } from "../../deployment/synthesize";
import { examineAws } from "../../doctor/aws";
import { refuseWrongAccount } from "../../doctor/aws/begin";
import { type Emulator, startEmulator } from "../../rehearsal/emulator";
import { changed, inputs, withoutDomain } from "../support/environments";

/** Broken set-ups against an AWS of this machine's own: each names its fault with the value, and the remedy. */

// The emulator's account, and what its root user could never be: an administrator of a cluster.
const account = "123456789012";
const region = "eu-west-1";
const today = new Date("2026-11-21T12:00:00Z");
let emulator: Emulator;
let aws: AwsClients;

beforeAll(async () => {
  emulator = await startEmulator({ region });
  Object.assign(process.env, emulator.env);
  aws = awsClients(region);
});
afterAll(() => emulator?.stop());

const ours = (input: unknown): unknown => JSON.parse(JSON.stringify(input).replaceAll("111122223333", account));
const noDns = async (): Promise<string[]> => {
  throw Object.assign(new Error("queryNs ETIMEOUT"), { code: "ETIMEOUT" });
};
async function examined(input: unknown, nameServers = noDns) {
  const environment = loadEnvironment(input, catalogue) as Extract<ClusterEnvironment, { place: "aws" }>;
  return examineAws(environment, today, nameServers);
}
const one = async (check: string, input: unknown, nameServers?: typeof noDns) =>
  (await examined(input, nameServers)).find((each) => each.check === check);
const told = (verdict: "fail" | "warn", found: string | RegExp, remedy: string | RegExp) => ({
  verdict,
  found: expect.stringMatching(found),
  remedy: expect.stringMatching(remedy),
});
const dev = () => ours(withoutDomain(inputs.dev()));

describe("who is signed in", () => {
  test("nobody: nothing else is asked, and that is told", async () => {
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    delete process.env["AWS_ACCESS_KEY_ID"];
    delete process.env["AWS_SECRET_ACCESS_KEY"];
    try {
      const findings = await examined(dev());
      expect(findings).toMatchObject([
        { check: "AWS credentials", ...told("fail", "nobody is signed in", "aws sso login") },
        { check: "AWS account", ...told("warn", /^not asked: .*price/, "mlops cost") },
      ]);
    } finally {
      Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
    }
  });

  test("the example's account", async () => {
    expect(await one("AWS account", inputs.dev())).toMatchObject(
      told("fail", /kubernetes\.admins\.0.*111122223333/, account),
    );
  });

  test("another account than the environment's", async () => {
    const admins = ["arn:aws:iam::999988887777:role/platform-admin"];
    const other = loadEnvironment(changed(dev(), "kubernetes.admins", admins), catalogue) as AwsEnvironment;
    await expect(refuseWrongAccount(other, "destroy")).rejects.toMatchObject({
      details: [
        expect.stringContaining("kubernetes.admins.0 names 999988887777; sign in to the environment's account"),
      ],
    });
    await refuseWrongAccount(loadEnvironment(dev(), catalogue) as AwsEnvironment, "destroy");
    expect(await one("AWS account", changed(dev(), "kubernetes.admins", admins))).toMatchObject(
      told("fail", `signed in to ${account}, and kubernetes.admins.0 names 999988887777`, "AWS_PROFILE"),
    );
    expect(await one("AWS account", dev())).toMatchObject({ verdict: "pass" });
  });

  test("somebody who will not get into the cluster", async () => {
    expect(await one("cluster administrator", dev())).toMatchObject(
      told("fail", "not among kubernetes.admins", "add the ARN"),
    );
    // As single sign-on does it: a role, and a session of it.
    const { Credentials } = await aws.sts.send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/platform-admin`, RoleSessionName: "ada" }),
    );
    const { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY } = process.env;
    process.env["AWS_ACCESS_KEY_ID"] = Credentials?.AccessKeyId;
    process.env["AWS_SECRET_ACCESS_KEY"] = Credentials?.SecretAccessKey;
    process.env["AWS_SESSION_TOKEN"] = Credentials?.SessionToken;
    try {
      expect(await one("cluster administrator", dev())).toMatchObject({ verdict: "pass" });
      const another = changed(dev(), "kubernetes.admins", [`arn:aws:iam::${account}:role/platform-admin-2`]);
      expect(await one("cluster administrator", another)).toMatchObject({ verdict: "fail" });
    } finally {
      Object.assign(process.env, { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY });
      delete process.env["AWS_SESSION_TOKEN"];
    }
  });
});

test("a region that is none", async () => {
  // It does not even have an address, so nothing else is asked there.
  expect((await examined(changed(dev(), "region", "eu-east-9"))).map(({ check }) => check)).not.toContain("zones");
  expect(await one("region", changed(dev(), "region", "eu-east-9"))).toMatchObject(
    told("fail", "no region eu-east-9", "correct"),
  );
  expect(await one("region", dev())).toMatchObject({ verdict: "pass" });
});

describe("quotas", () => {
  const gpu = [{ name: "gpu", instanceTypes: ["g4dn.xlarge"], max: 2 }];
  const withGpu = (spot = false) => changed(dev(), "nodes.gpu", [{ ...gpu[0], spot }]);

  test("a new account has no machines with GPUs, on demand or on spot", async () => {
    expect(await one("quota: GPU machines' vCPUs on demand", withGpu())).toMatchObject(
      told("fail", "0 allowed, 0 used by others, 8 needed", "--quota-code L-DB2E81BA --desired-value 8"),
    );
    expect(await one("quota: GPU machines' vCPUs on spot", withGpu(true))).toMatchObject(
      told("fail", "0 allowed", "L-3819A6DF"),
    );
    expect(await one("quota: GPU machines' vCPUs on demand", dev())).toMatchObject({ verdict: "pass" });
  });

  test("what was granted is enough, and what others use counts", async () => {
    const grant = { ServiceCode: "ec2", QuotaCode: "L-DB2E81BA", DesiredValue: 8 };
    await aws.quotas.send(new RequestServiceQuotaIncreaseCommand(grant));
    expect(await one("quota: GPU machines' vCPUs on demand", withGpu())).toMatchObject({ verdict: "pass" });
    const theirs = { ImageId: "ami-12c6146b", InstanceType: "g4dn.xlarge" as const, MinCount: 1, MaxCount: 1 };
    await aws.ec2.send(new RunInstancesCommand(theirs));
    expect(await one("quota: GPU machines' vCPUs on demand", withGpu())).toMatchObject(
      told("fail", /8 allowed, [1-9]\d* used by others/, "L-DB2E81BA"),
    );
  });

  test("too few networks", async () => {
    const made: string[] = [];
    for (let i = 0; i < 4; i++) {
      const { Vpc } = await aws.ec2.send(new CreateVpcCommand({ CidrBlock: `10.${i}.0.0/16` }));
      made.push(Vpc?.VpcId ?? "");
    }
    expect(await one("quota: VPCs", dev())).toMatchObject(
      told("fail", "5 allowed, 5 used by others, 1 needed", "L-F678F1CE"),
    );
    expect(await one("quota: EKS clusters", dev())).toMatchObject({ verdict: "pass" });
  });
});

describe("machines and zones", () => {
  test("more zones than the region has", async () => {
    const input = changed(changed(dev(), "region", "us-west-1"), "network.zones", 3);
    expect(await one("zones", input)).toMatchObject(told("fail", /us-west-1 has [12] zones/, "fewer zones"));
  });

  test("a type that the zones do not have", async () => {
    const input = changed(dev(), "nodes.gpu", [{ name: "gpu", instanceTypes: ["g5g.xlarge"], max: 1 }]);
    const arm = changed(input, "nodes.system.instanceTypes", ["t4g.large"]);
    expect(
      await one(
        "machines in the zones",
        changed(changed(arm, "nodes.general.instanceTypes", ["m7g.large"]), "images.architecture", "arm64"),
      ),
    ).toMatchObject(told("fail", /g5g\.xlarge of nodes\.gpu gpu in eu-west-1a/, "choose other types"));
    expect(await one("machines in the zones", dev())).toMatchObject({ verdict: "pass" });
  });
});

describe("a network that is there", () => {
  const network = (vpcId: string, privateSubnetIds: string[]) =>
    changed(dev(), "network", { mode: "existing", vpcId, cidr: "10.50.0.0/16", privateSubnetIds });
  const subnet = async (VpcId: string, CidrBlock: string, zone: string) =>
    (await aws.ec2.send(new CreateSubnetCommand({ VpcId, CidrBlock, AvailabilityZone: `${region}${zone}` }))).Subnet
      ?.SubnetId ?? "";
  let vpc: string;
  beforeAll(async () => {
    vpc = (await aws.ec2.send(new CreateVpcCommand({ CidrBlock: "10.50.0.0/16" }))).Vpc?.VpcId ?? "";
    await aws.ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsHostnames: { Value: true } }));
  });

  test("a subnet that is not", async () => {
    expect(
      await one("existing network", network(vpc, ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"])),
    ).toMatchObject(told("fail", "subnet-0123456789abcdef", "correct the id"));
  });

  test("subnets in one zone, and one that is too small", async () => {
    const subnets = [await subnet(vpc, "10.50.0.0/20", "a"), await subnet(vpc, "10.50.16.0/28", "a")];
    const finding = await one("existing network", network(vpc, subnets));
    expect(finding).toMatchObject(
      told("fail", /two private subnets are in one zone.*11 free addresses/, /one a zone.*larger subnet/),
    );
  });

  test("without the DNS that nodes find EKS by", async () => {
    const subnets = [await subnet(vpc, "10.50.32.0/20", "a"), await subnet(vpc, "10.50.48.0/20", "b")];
    expect(await one("existing network", network(vpc, subnets))).toMatchObject({ verdict: "pass" });
    await aws.ec2.send(new ModifyVpcAttributeCommand({ VpcId: vpc, EnableDnsSupport: { Value: false } }));
    expect(await one("existing network", network(vpc, subnets))).toMatchObject(
      told("fail", "enableDnsSupport of vpc-.* is off", "switch it on"),
    );
  });
});

describe("a domain", () => {
  const domain = { mode: "route53", name: "mlops.example.com", zone: "find", from: ["203.0.113.0/24"] };
  const input = () => changed(changed(dev(), "domain", domain), "identity", { mode: "builtin", admin: "ada" });
  const make = (reference: string) =>
    aws.route53.send(new CreateHostedZoneCommand({ Name: domain.name, CallerReference: reference }));

  test("that nobody has made", async () => {
    expect(await one("domain", input())).toMatchObject(
      told("fail", "no public zone mlops.example.com", 'zone: "make"'),
    );
  });

  test("that is delegated to others, to nobody, or cannot be asked for", async () => {
    const { HostedZone } = await make("one");
    const { DelegationSet } = await aws.route53.send(new GetHostedZoneCommand({ Id: HostedZone?.Id }));
    const own = DelegationSet?.NameServers ?? [];
    const [first = ""] = own;
    expect(await one("domain", input(), async () => ["ns1.registrar.example"])).toMatchObject(
      told("fail", "delegated to ns1.registrar.example", first),
    );
    const unknown = async (): Promise<string[]> => {
      throw Object.assign(new Error("queryNs ENOTFOUND"), { code: "ENOTFOUND" });
    };
    expect(await one("domain", input(), unknown)).toMatchObject(told("fail", "knows no mlops.example.com", first));
    expect(await one("domain", input())).toMatchObject(told("warn", "could not be asked", "DNS can be reached"));
    expect(await one("domain", input(), async () => own.map((each) => `${each}.`))).toMatchObject({ verdict: "pass" });
    expect(await one("domain", changed(input(), "domain.zone", "make"))).toMatchObject(
      told("warn", "there already", "find"),
    );
  });

  test("that is there twice", async () => {
    await make("two");
    expect(await one("domain", input())).toMatchObject(told("fail", "2 public zones", "delete"));
  });
});

describe("what will be made", () => {
  test("a Kubernetes whose support ends soon", async () => {
    expect(await one("Kubernetes version", changed(dev(), "kubernetes.version", "1.34"))).toMatchObject(
      told("warn", "2026-12-02", "upgrade"),
    );
    expect(await one("Kubernetes version", dev())).toMatchObject({
      verdict: "pass",
      found: expect.stringContaining("2027-03-27"),
    });
  });

  test("a state bucket that is not there, unless it is made", async () => {
    const prod = ours(inputs.prod());
    expect(await one("state", changed(prod, "state.make", undefined))).toMatchObject(
      told("fail", `no bucket open-mlops-state-${account}`, "make: true"),
    );
    expect(await one("state", changed(prod, "state.make", true))).toMatchObject({ verdict: "pass" });
  });

  test("its price is said before it is made", async () => {
    expect(await one("price", dev())).toMatchObject({
      verdict: "pass",
      found: expect.stringMatching(/\$\d{2,3} a month idle/),
    });
  });
});

test("every finding that is no pass says what to do", async () => {
  for (const { verdict, remedy } of await examined(inputs.prod())) expect(verdict === "pass" || remedy).toBeTruthy();
});

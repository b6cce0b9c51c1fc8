import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import * as path from "node:path";
import { imagePlan } from "../../constructs/aws/image-plan";
import { cachedImages, cachedRegistries } from "../../constructs/aws/pull-through-plan";
import { digestOf, toolboxFiles, toolboxSource } from "../../constructs/aws/toolbox-source";
import { zip } from "../../constructs/aws/zip";
import { type AwsEnvironment, awsSchema } from "../../constructs/contracts/environment";
import type { JsonObject } from "../../constructs/contracts/json";
import { images as pins } from "../../constructs/pins";
import { sources } from "../../constructs/sources";
import { changed, inputs } from "../support/environments";
import { resourcesOfType, type StackJson, synthesizeStacks } from "../support/synth";
import { rightsOfRoles, statements } from "./invariants";

const secret = (name: string) =>
  `arn:aws:secretsmanager:eu-west-1:111122223333:secret:ecr-pullthroughcache/${name}-AbCdEf`;
const caching = (pullThrough: JsonObject) => changed(inputs.prod(), "images", { mode: "build", pullThrough });
const withSecrets = caching({ dockerHub: secret("hub"), github: secret("github") });
const environment = (input: unknown): AwsEnvironment => awsSchema.parse(input);

const folder = mkdtempSync(path.join(tmpdir(), "toolbox-"));
afterAll(() => rmSync(folder, { recursive: true }));

describe("what images are made of", () => {
  const root = path.join(folder, "toolbox");
  cpSync(path.join(__dirname, "../../toolbox"), root, { recursive: true });
  const digest = () => digestOf(toolboxFiles(root));
  const first = digest();
  const append = (file: string) => writeFileSync(path.join(root, file), `${readFileSync(path.join(root, file))}\n# x`);
  afterEach(() => cpSync(path.join(__dirname, "../../toolbox"), root, { recursive: true, force: true }));

  test.each(["locks/toolbox.txt", "locks/serving.txt", "Dockerfile", "src/open_mlops/smoke.py", "image/system.sh"])(
    "a change of %s makes another tag",
    (file) => {
      append(file);
      expect(digest()).not.toBe(first);
    },
  );

  test.each(["README.md", "tests/test_smoke.py", "lock.ts", "locks/rehearsal.txt"])(
    "a change of %s makes none",
    (file) => {
      append(file);
      expect(digest()).toBe(first);
    },
  );

  test("what Python leaves behind is no part of it", () => {
    mkdirSync(path.join(root, "src/open_mlops/__pycache__"), { recursive: true });
    writeFileSync(path.join(root, "src/open_mlops/__pycache__/smoke.pyc"), "x");
    expect(digest()).toBe(first);
  });

  test("a name and its content cannot be mistaken for another's", () => {
    const entry = (name: string, content: string) => ({ name, content: Buffer.from(content) });
    expect(digestOf([entry("ab", "c")])).not.toBe(digestOf([entry("a", "bc")]));
    expect(digestOf([entry("a", ""), entry("b", "")])).not.toBe(digestOf([entry("a", "b")]));
  });

  test("the archive has every file of the Dockerfiles, and is the same each time", () => {
    const script =
      "import json,sys,zipfile; z=zipfile.ZipFile(sys.argv[1]); assert z.testzip() is None; print(json.dumps({n: z.read(n).decode() for n in z.namelist()}))";
    const held = JSON.parse(
      execFileSync("python3", ["-c", script, toolboxSource().file], { encoding: "utf8", maxBuffer: 1e8 }),
    ) as Record<string, string>;
    for (const dockerfile of ["Dockerfile", "serving.Dockerfile"]) {
      const copied = [...(held[dockerfile] ?? "").matchAll(/^COPY (?!--)(\S+)|source=(\w+)/gm)].map(
        ([, file, mounted]) => file ?? mounted ?? "",
      );
      expect(copied.length).toBeGreaterThan(2);
      for (const file of copied) {
        expect(Object.keys(held).some((name) => name === file || name.startsWith(`${file}/`))).toBe(true);
      }
    }
    expect(Object.keys(held).filter((name) => /test|README|\.lock|pycache/.test(name))).toEqual([]);
    expect(zip(toolboxFiles()).equals(zip(toolboxFiles()))).toBe(true);
  });
});

describe("the plan", () => {
  const plan = (input: unknown) => {
    const made = imagePlan(environment(input));
    if (!made) throw new Error("no plan");
    return made;
  };

  test("has an image for GPUs where there are such nodes, and none for images that are given", () => {
    const names = (input: unknown) => plan(input).recipes.map(({ name }) => name);
    expect(names(inputs.dev())).toEqual(["toolbox", "serving"]);
    expect(names(inputs.prod())).toEqual(["toolbox", "serving", "toolbox-gpu"]);
    const given = { mode: "given", toolbox: "registry.example/a:1", serving: "registry.example/b:1" };
    expect(imagePlan(environment(changed(inputs.dev(), "images", given)))).toBeUndefined();
  });

  test("another processor is another tag, because a tag never moves", () => {
    const arm = changed(inputs.dev(), "images.architecture", "arm64");
    expect(plan(arm).tag).not.toBe(plan(inputs.dev()).tag);
  });

  test("GPU nodes that come later start a build, and leave the images that are there", () => {
    const gpu = changed(inputs.dev(), "nodes.gpu", [{ name: "gpu", instanceTypes: ["g4dn.xlarge"], max: 1 }]);
    expect(plan(gpu).build).not.toBe(plan(inputs.dev()).build);
    expect(plan(gpu).tag).toBe(plan(inputs.dev()).tag);
  });

  test("nothing is pulled from Docker Hub, which counts", () => {
    const files = ["Dockerfile", "serving.Dockerfile"].map((name) =>
      readFileSync(path.join(__dirname, "../../toolbox", name), "utf8"),
    );
    const bases = files.join("\n").match(/^(ARG (BASE|UV)=|# syntax=).*$/gm) ?? [];
    expect(bases).toHaveLength(4);
    for (const text of [...bases, plan(inputs.prod()).buildspec])
      expect(text).not.toMatch(/docker\.io|docker\/dockerfile/);
  });

  test("a build does what shells can do: each of its steps is one that bash reads", () => {
    const { commands } = (JSON.parse(plan(withSecrets).buildspec) as { phases: { build: { commands: string[] } } })
      .phases.build;
    expect(commands.length).toBeGreaterThan(4);
    for (const command of commands) execFileSync("bash", ["-n", "-c", command]);
  });
});

describe("the build in AWS", () => {
  const stacks = synthesizeStacks([inputs.dev(), withSecrets]);
  const cluster = (name: string): StackJson => stacks[`${name}-cluster`] as StackJson;
  const prod = cluster("prod");

  test("may push to the project's repositories and to no other", () => {
    const rights = rightsOfRoles(prod)["images/build"] ?? [];
    const pushing = rights.filter(({ Action }) =>
      Action.some((action) => /Put|Upload/.test(action) && !action.startsWith("logs:")),
    );
    const repositories = pushing.flatMap(({ Resource = [] }) => Resource);
    expect(repositories).toHaveLength(3);
    // AWS names it among what a push needs: without it the push of an index is refused after the whole build.
    expect(pushing.flatMap(({ Action }) => Action)).toContain("ecr:BatchGetImage");
    for (const name of ["toolbox", "serving", "toolbox-gpu"]) {
      expect(repositories).toContainEqual(
        expect.stringMatching(
          new RegExp(`^\\$\\{aws_ecr_repository\\.cluster_images_${name}_repository_\\w+\\.arn\\}$`),
        ),
      );
    }
  });

  test("reads the one archive it builds, and the key only for that", () => {
    const rights = rightsOfRoles(prod)["images/build"] ?? [];
    const [read] = rights.filter(({ Action }) => Action.includes("s3:GetObject"));
    expect(read?.Resource).toEqual([expect.stringMatching(/source_bucket_\w+\.arn\}\/toolbox\/[0-9a-f]{16}\.zip$/)]);
    for (const { Condition } of rights.filter(({ Action }) => Action.some((action) => action.startsWith("kms:")))) {
      expect(Object.keys(Condition?.["StringEquals"] ?? {})).toContain("kms:EncryptionContext:aws:s3:arn");
    }
  });

  test("is started by the archive's arrival, and by nothing that people may write", () => {
    const [rule] = Object.values(resourcesOfType(prod, "aws_cloudwatch_event_rule"));
    expect(JSON.parse(String(rule?.["event_pattern"]))).toMatchObject({
      "detail-type": ["Object Created"],
      detail: { bucket: { name: [expect.stringContaining("images_source_bucket")] } },
    });
    const people = Object.entries(rightsOfRoles(prod)).filter(([role]) => role.startsWith("identity-"));
    expect(people.length).toBeGreaterThan(2);
    expect(JSON.stringify(people)).not.toContain("images_source_bucket");
    expect(rightsOfRoles(prod)["images/starter/policy"]).toEqual([
      {
        Effect: "Allow",
        Action: ["codebuild:StartBuild"],
        Resource: [expect.stringContaining("images_build_project")],
      },
    ]);
  });

  test("the archive comes last: whoever waits for it is there", () => {
    const [upload] = Object.values(resourcesOfType(prod, "aws_s3_object"));
    const before = String(upload?.["depends_on"]);
    for (const type of ["aws_s3_bucket_notification", "aws_cloudwatch_event_target", "aws_eks_addon"]) {
      expect(before).toContain(type);
    }
  });

  test("every role is taken by one service of this account, for one thing", () => {
    const roles = Object.entries(resourcesOfType(prod, "aws_iam_role")).filter(([at]) => at.startsWith("images/"));
    expect(roles).toHaveLength(2);
    for (const [, role] of roles) {
      const [trust] = statements(role["assume_role_policy"]);
      expect(Object.keys(trust?.Condition?.["StringEquals"] ?? {})).toEqual(["aws:SourceAccount", "aws:SourceArn"]);
    }
  });

  test("tags never move, and every image is looked through and encrypted", () => {
    const repositories = Object.values(resourcesOfType(prod, "aws_ecr_repository"));
    expect(repositories.length).toBeGreaterThan(10);
    for (const repository of repositories) {
      expect(repository).toMatchObject({
        image_tag_mutability: "IMMUTABLE",
        image_scanning_configuration: { scan_on_push: true },
        encryption_configuration: [{ encryption_type: "KMS", kms_key: expect.stringContaining("aws_kms_key") }],
        force_delete: false,
      });
    }
    expect(
      Object.values(resourcesOfType(cluster("dev"), "aws_ecr_repository")).map((each) => each["force_delete"]),
    ).toEqual([true, true]);
  });

  test("people's servers, flows and models run what was built, and GPU servers their own", () => {
    const { tag } = imagePlan(environment(withSecrets)) ?? {};
    const releases = resourcesOfType(stacks["prod-platform"] as StackJson, "helm_release");
    const [hub] = Object.entries(releases).filter(([at]) => at.startsWith("jupyterhub/"));
    const values = JSON.parse((hub?.[1]["values"] as string[] | undefined)?.[0] ?? "{}") as {
      singleuser: { image: JsonObject; profileList: { slug: string; kubespawner_override: { image?: string } }[] };
    };
    expect(values.singleuser.image).toEqual({ name: expect.stringContaining("toolbox_repository"), tag });
    expect(values.singleuser.profileList.map(({ slug, kubespawner_override: { image } }) => [slug, image])).toEqual([
      ["small", undefined],
      ["large", undefined],
      ["gpu", expect.stringMatching(new RegExp(`toolbox-gpu_repository.*:${tag}$`))],
    ]);
  });
});

describe("copies of other registries", () => {
  const hosts = (pullThrough: JsonObject) =>
    cachedRegistries(environment(caching(pullThrough))).map(({ host }) => host);

  test("are kept of those that ask nobody, and of the others where there is a secret", () => {
    expect(hosts({})).toEqual(["quay.io", "registry.k8s.io", "public.ecr.aws"]);
    expect(hosts({ github: secret("github") })).toContain("ghcr.io");
    expect(cachedRegistries(environment(inputs.prod()))).toEqual([]);
  });

  test.each(Object.values(pins).map(({ image, version }) => [image, version]))(
    "%s comes from the account under its own path",
    (image, version) => {
      const registries = cachedRegistries(environment(withSecrets));
      const at = Object.fromEntries(registries.map(({ host, prefix }) => [host, `account.example/${prefix}`]));
      const [host = "", ...rest] = image.split("/");
      const { repository, tag } = sources({}, at).image({ image, version });
      const cached = registries.find((each) => each.host === host);
      // What no rule is for comes from its maker.
      expect(repository).toBe(cached ? `account.example/${cached.prefix}/${rest.join("/")}` : image);
      expect(tag).toBe(version);
      if (!cached) return;
      // Its repository is made beforehand, so that it is ours and goes with us.
      expect(cachedImages(environment(withSecrets))).toContainEqual({
        repository: `${cached.prefix}/${rest.join("/")}`,
        tag: version,
      });
    },
  );

  test("Docker's own images keep the folder that ECR asks for", () => {
    expect(cachedImages(environment(withSecrets)).map(({ repository }) => repository)).toContain(
      "open-mlops-prod/docker-hub/library/traefik",
    );
  });

  test("a prefix has at most the 30 characters that ECR allows, and differs between environments", () => {
    const prefixes = ["abcdefghijklmno", "abcdefghijklmnp"].flatMap((name) =>
      cachedRegistries(environment(changed(withSecrets, "name", name))).map(({ prefix }) => prefix),
    );
    expect(new Set(prefixes).size).toBe(10);
    for (const prefix of prefixes) expect(prefix.length).toBeLessThanOrEqual(30);
  });

  test("a mirror that the environment names comes first", () => {
    const { repository } = sources({ images: "mirror.example" }, { "quay.io": "account.example/quay" }).image({
      image: "quay.io/team/tool",
      version: "1",
    });
    expect(repository).toBe("mirror.example/team/tool");
  });
});

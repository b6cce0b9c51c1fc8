import { createHash } from "node:crypto";
import type { AwsEnvironment } from "../contracts/environment";
import { prefix } from "./names";
import { cachedImages } from "./pull-through-plan";
import { toolboxSource } from "./toolbox-source";

/** One image that is built from `toolbox/`. */
export interface ImageRecipe {
  readonly name: "toolbox" | "toolbox-gpu" | "serving";
  /** The repository's name in the account's registry. */
  readonly repository: string;
  readonly dockerfile: string;
  /** The image it begins with. Default: the Dockerfile's own. */
  readonly base?: string;
}

/** What is built, and what it is called, before anything of it is there. */
export interface ImagePlan {
  readonly recipes: readonly ImageRecipe[];
  /** The tag of each: a digest of what they are made of, so a new lock is a new tag and an edited note is not. */
  readonly tag: string;
  /** A digest of everything that one build does: the archive's name, and the beginning of the names of its log streams. */
  readonly build: string;
  readonly buildspec: string;
  /** The CodeBuild project. */
  readonly project: string;
  readonly logGroup: string;
  /** Everything that must be in the registry before the platform can start. */
  readonly wanted: readonly { readonly repository: string; readonly tag: string }[];
}

/**
 * CUDA's runtime libraries on Ubuntu, under NVIDIA's own licence, as the driver of every GPU node is. From NVIDIA's
 * registry, which asks for no account.
 */
const cudaBase = "nvcr.io/nvidia/cuda:12.9.1-runtime-ubuntu24.04";

/** The plan of an environment whose images are built; the others have none. */
export function imagePlan(environment: Pick<AwsEnvironment, "name" | "images" | "nodes">): ImagePlan | undefined {
  const { images, nodes } = environment;
  if (images.mode !== "build") return undefined;
  const ours = prefix(environment.name);
  const recipe = (name: ImageRecipe["name"], dockerfile: string, base?: string): ImageRecipe => ({
    name,
    repository: `${ours}/${name}`,
    dockerfile,
    base,
  });
  const recipes = [
    recipe("toolbox", "Dockerfile"),
    recipe("serving", "serving.Dockerfile"),
    ...(nodes.gpu.length > 0 ? [recipe("toolbox-gpu", "Dockerfile", cudaBase)] : []),
  ];
  const { digest } = toolboxSource();
  const cached = cachedImages(environment);
  const buildspec = JSON.stringify(buildspecOf(recipes, cached));
  // A tag never moves, so whatever makes another image must make another tag.
  const tag = short(digest, images.architecture, cudaBase);
  return {
    recipes,
    tag,
    build: short(tag, buildspec),
    buildspec,
    project: `${ours}-images`,
    logGroup: `/aws/codebuild/${ours}-images`,
    wanted: [...recipes.map(({ repository }) => ({ repository, tag })), ...cached],
  };
}

/**
 * The steps of a build, as CodeBuild takes them. What is in the registry already is not built again, so that a build
 * that failed half-way goes on where it ended.
 */
function buildspecOf(recipes: readonly ImageRecipe[], cached: ImagePlan["wanted"]) {
  const isThere = (repository: string) =>
    `aws ecr describe-images --repository-name ${repository} --image-ids imageTag="$IMAGE_TAG" > /dev/null 2>&1`;
  const make = ({ repository, dockerfile, base }: ImageRecipe) => {
    const image = `"$REGISTRY/${repository}:$IMAGE_TAG"`;
    const build = [
      "docker build --file",
      dockerfile,
      ...(base ? [`--build-arg BASE=${base}`] : []),
      "--tag",
      image,
      ".",
    ];
    return `${isThere(repository)} || { ${build.join(" ")} && docker push --quiet ${image}; }`;
  };
  return {
    version: "0.2",
    env: { shell: "bash" },
    phases: {
      build: {
        commands: [
          'aws ecr get-login-password | docker login --username AWS --password-stdin "$REGISTRY"',
          ...recipes.map(make),
          // The first pull goes out to the maker's registry, which nodes without a way out could not.
          ...cached.map(({ repository, tag }) => `docker pull --quiet "$REGISTRY/${repository}:${tag}"`),
        ],
      },
    },
  };
}

function short(...parts: readonly string[]): string {
  return createHash("sha256").update(parts.join("\0")).digest("hex").slice(0, 16);
}
